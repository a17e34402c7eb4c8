"""Typed comparators of `where` inputs. The comparators of one filter are joined by and."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry

Choice = TypeVar("Choice")


def comparator(description: str, name: str | None = None) -> Any:
    """Return a comparator, absent unless given."""
    return strawberry.field(description=description, name=name, default=strawberry.UNSET)


@strawberry.input(description="Compares an id.")
class IdFilter:
    """Ids are compared for equality only."""

    eq: strawberry.ID | None = comparator("Is this one.")
    in_: list[strawberry.ID] | None = comparator("Is one of these, at most 100.", "in")


@strawberry.input(description="Compares a text, exactly and by case.")
class StringFilter:
    """Texts are compared for equality only: that is what an index serves."""

    eq: str | None = comparator("Is this text.")
    in_: list[str] | None = comparator("Is one of these texts, at most 100.", "in")


@strawberry.input(description="Compares a whole number.")
class IntFilter:
    """Numbers by value."""

    eq: int | None = comparator("Is this number.")
    in_: list[int] | None = comparator("Is one of these numbers, at most 100.", "in")
    gte: int | None = comparator("Is this number or more.")
    lte: int | None = comparator("Is this number or less.")


@strawberry.input(description="Compares a truth value.")
class BooleanFilter:
    """True or false."""

    eq: bool | None = comparator("Is this.")


@strawberry.input(description="Compares an instant.")
class DateTimeFilter:
    """Instants by time; together `gte` and `lt` are a half-open span."""

    gte: datetime | None = comparator("At this instant or later.")
    lt: datetime | None = comparator("Before this instant.")


@strawberry.input(name="Filter", description="Compares a value of a closed set.")
class ChoiceFilter(Generic[Choice]):
    """Enum values for equality; `StateFilter` is the filter of the enum `State`."""

    eq: Choice | None = comparator("Is this value.")
    in_: list[Choice] | None = comparator("Is one of these values.", "in")
