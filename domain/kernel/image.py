"""Records and findings as JSON values: the after-images of the log and the stored answers of the engines."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

_PLAIN = (str, int, float, bool)
"""Most values of a record are JSON values as they are; asking that first halves the cost of an event."""


def image(record: Any) -> dict[str, Any]:
    """Return every field of a dataclass as JSON values, children included."""
    return {field.name: as_json(getattr(record, field.name)) for field in fields(record)}


def as_json(value: Any) -> Any:  # noqa: PLR0911 - one case a kind of value
    """Return JSON values: instants as RFC 3339 in UTC, enums by their word, sets sorted, dataclasses as objects."""
    if value is None or type(value) in _PLAIN:
        return value
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Enum():
            return value.value if isinstance(value.value, str) else value.name
        case Decimal():
            return float(value)
        case list() | tuple():
            return [as_json(item) for item in value]
        case set() | frozenset():
            return sorted(as_json(item) for item in value)
        case dict():
            return {str(key): as_json(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return image(value)
    return value
