"""Scalars of the schema: instants with offset, answered in UTC; naive input is refused (SCHEMA rule 12)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

JSON = NewType("JSON", object)
LocalDateTime = NewType("LocalDateTime", datetime)
"""A time of a clock on a wall, without offset: the zone is named beside it."""


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as malformed:
        raise StrawberryInputCoercionError(
            f"{value!r} is not an instant, e.g. 2026-11-23T08:00:00+01:00"
        ) from malformed
    if instant.tzinfo is None:
        raise StrawberryInputCoercionError(f"{value!r} needs an offset, e.g. 2026-11-23T08:00:00+01:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError as beyond:
        raise StrawberryInputCoercionError(f"{value!r} lies outside of time") from beyond


def _local(value: Any) -> datetime:
    try:
        local = datetime.fromisoformat(value)
    except (TypeError, ValueError) as malformed:
        raise StrawberryInputCoercionError(f"{value!r} is not a local time, e.g. 2026-11-23T08:00") from malformed
    if local.tzinfo is not None:
        raise StrawberryInputCoercionError(f"{value!r} must have no offset: the zone is named beside it")
    return local


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as malformed:
        raise StrawberryInputCoercionError(f"{value!r} is not a date, e.g. 2026-11-23") from malformed


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant by RFC 3339, with offset; answered in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_instant_text,
        parse_value=_instant,
    ),
    LocalDateTime: strawberry.scalar(
        name="LocalDateTime",
        description="A local time by ISO 8601 without an offset, e.g. 2026-11-23T08:00; its zone is named beside it.",
        serialize=datetime.isoformat,
        parse_value=_local,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day by ISO 8601, e.g. 2026-11-23, without a zone.",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: the full image of a record in the log, for integrations.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
