"""Keyset paging: rows in an order that ends with the id, continued after the values of a cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.kernel.errors import InvalidInput
from domain.kernel.page import Listing, Ordering, Page, Row, decode_cursor
from domain.store.reads.noun import Column, Noun

_KEY = "_key"
AFTER = "after"
"""How the parameters with the values of a cursor are called: with their place behind it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One sort term of a listing: by which column, which way, and whether rows may lack a value there."""

    column: Column
    is_descending: bool
    may_lack: bool

    @property
    def term(self) -> sa.ColumnElement[Any]:
        """The sort term; unknown values are the least, which is the order of SQLite's indexes."""
        if not self.may_lack:
            return self.column.desc() if self.is_descending else self.column.asc()
        return self.column.desc().nulls_last() if self.is_descending else self.column.asc().nulls_first()

    def further(self, value: Any) -> sa.ColumnElement[bool]:
        """Return the condition of the rows behind a value."""
        if value is None:
            return sa.false() if self.is_descending else self.column.is_not(None)
        if not self.is_descending:
            return sa.and_(self.column > value)
        return sa.or_(self.column < value, *([self.column.is_(None)] if self.may_lack else []))

    def level(self, value: Any) -> sa.ColumnElement[bool]:
        """Return the condition of the rows that have the value."""
        return self.column.is_(None) if value is None else self.column == value

    def fits(self, value: Any) -> bool:
        """Whether the value can be one of the column's."""
        if value is None:
            return self.may_lack
        expected = self.column.type.python_type
        return isinstance(value, str if issubclass(expected, str) else expected) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of a noun's rows, which ends with the id: its key columns (`_key0`, ...) and what follows a cursor."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, noun: Noun, order: Sequence[Ordering]) -> "Keyset":
        """Return the keyset of an order."""
        parts = [_part(noun, noun.orders[asked.field], asked.is_descending) for asked in order]
        return cls((*parts, _part(noun, noun.id, order[-1].is_descending if order else False)))

    @property
    def columns(self) -> list[sa.Label[Any]]:
        """The columns whose values make the cursor of a row."""
        return [part.column.label(f"{_KEY}{index}") for index, part in enumerate(self.parts)]

    @property
    def order(self) -> list[sa.ColumnElement[Any]]:
        """The sort terms."""
        return [part.term for part in self.parts]

    def decoded(self, listing: Listing) -> tuple[Any, ...] | None:
        """Return the values of the listing's cursor; `InvalidInput` at `after` when it belongs elsewhere."""
        if listing.after is None:
            return None
        key = decode_cursor(listing.after, listing.order_name)
        if len(key) != len(self.parts) or not all(
            part.fits(value) for part, value in zip(self.parts, key, strict=True)
        ):
            raise InvalidInput.at("after", "is not a cursor of this list")
        return key

    def following(self, lacks: Sequence[bool]) -> sa.ColumnElement[bool]:
        """Return the condition of the rows behind a cursor, given which of its values are none: `after0`, ..."""
        values = [
            None if is_lacking else sa.bindparam(f"{AFTER}{index}", type_=part.column.type)
            for index, (part, is_lacking) in enumerate(zip(self.parts, lacks, strict=True))
        ]
        return _following(self.parts, values)

    def page(self, listing: Listing, rows: Sequence[Row]) -> Page:
        """Return the page: rows were read with one more than asked for, which only says that more follow."""
        kept = rows[: listing.first]
        names = [f"{_KEY}{index}" for index in range(len(self.parts))]
        return Page(
            rows=kept,
            keys=[tuple([row[name] for name in names]) for row in kept],
            order_name=listing.order_name,
            has_next=len(rows) > len(kept),
            has_previous=listing.after is not None,
        )


def _part(noun: Noun, column: Column, is_descending: bool) -> _Part:
    return _Part(column, is_descending, noun.may_lack(column))


def _following(parts: Sequence[_Part], key: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition of the rows behind the key: further in the first part, or level there and behind after."""
    first, value = parts[0], key[0]
    if len(parts) == 1:
        return first.further(value)
    behind = sa.or_(first.further(value), sa.and_(first.level(value), _following(parts[1:], key[1:])))
    if value is None or first.may_lack:
        return behind
    # The bound repeats what follows from the rest, in the form with which an index can begin at the cursor.
    return sa.and_(first.column <= value if first.is_descending else first.column >= value, behind)
