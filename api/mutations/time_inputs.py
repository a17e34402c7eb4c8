"""Spans of time as inputs say them."""

from datetime import datetime

import strawberry

from api.scalars import LocalDateTime
from api.verbs import given


@strawberry.input(description="A span of time: its start belongs to it, its end does not.")
class TimeWindowInput:
    """Half open."""

    start: datetime = given("First instant of the span.")
    end: datetime = given("First instant after the span.")


@strawberry.input(description="A span of local time.")
class LocalTimeWindowInput:
    """Half open, on the clock of a zone named beside it."""

    start: LocalDateTime = given("First local time of the span.")
    end: LocalDateTime = given("First local time after the span.")
