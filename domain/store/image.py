"""The after-image of a record: every field of the aggregate as JSON values, children included."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any


def image(record: Any) -> dict[str, Any]:
    """Return the record as JSON values: instants as RFC 3339 in UTC, enums by value, children as lists."""
    return {field.name: _value(getattr(record, field.name)) for field in fields(record)}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_value(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return image(value)
    return value
