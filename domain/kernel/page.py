"""Pages of a list: which rows, in which order, how many, after which. Cursors are keyset: sort values and the id."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from domain.kernel.errors import InvalidInput

FIRST = 25
"""Rows of a page when nobody says how many."""
MOST = 100
"""Most rows of a page."""

Row: TypeAlias = Mapping[str, Any]
"""A row of a read: column to value."""

Where: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Filters joined by and: field to comparator (`eq`, `in`, `gte`, `gt`, `lte`, `lt`) to value."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """One sort field. An unknown value sorts before every known one."""

    field: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows of a noun, in which order (ties by id), and which page of them."""

    where: Where = field(default_factory=dict)
    order: tuple[Ordering, ...] = ()
    first: int = FIRST
    after: str | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is too large or less than nothing."""
        if not 0 <= self.first <= MOST:
            raise InvalidInput.at("first", f"must lie between 0 and {MOST}")

    @property
    def order_name(self) -> str:
        """What a cursor of this order carries, so that it is refused in another."""
        return ",".join(f"{'-' if part.is_descending else ''}{part.field}" for part in self.order)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, the keyset value of each, and whether more follow."""

    rows: Sequence[Row]
    keys: Sequence[tuple[Any, ...]]
    order_name: str
    has_next: bool
    has_previous: bool

    def cursor(self, index: int) -> str:
        """Return the cursor of a row: what `after` continues from."""
        return encode_cursor(self.order_name, self.keys[index])

    @property
    def end_cursor(self) -> str | None:
        """Return from where to go on, None on an empty page."""
        return self.cursor(len(self.rows) - 1) if self.rows else None


def encode_cursor(order_name: str, key: Sequence[Any]) -> str:
    """Return an opaque cursor for the row with these sort values and id, under this order."""
    values = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in key]
    body = json.dumps([order_name, values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4) + body).decode().rstrip("=")


def decode_cursor(cursor: str, order_name: str) -> tuple[Any, ...]:
    """Return the sort values and id of a cursor; `InvalidInput` at `after` when it is none, or of another order."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if raw[:4] != zlib.crc32(raw[4:]).to_bytes(4):
            raise InvalidInput.at("after", "is not a cursor of this list")
        name, values = json.loads(raw[4:])
        key = tuple(datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in values)
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError) as malformed:
        raise InvalidInput.at("after", "is not a cursor of this list") from malformed
    if name != order_name:
        raise InvalidInput.at("after", "is a cursor of another order: begin again without it")
    return key
