"""Keyset paging: rows in an order that ends with the id, continued after the values of a cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.kernel.errors import InvalidInput
from domain.kernel.page import Listing, Page, Row, decode_cursor
from domain.store.reads.noun import Column, Noun

_KEY = "_key"


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
    """The order of one listing: its key columns (`_key0`, ... the last is the id) and what comes after the cursor."""

    listing: Listing
    columns: list[sa.Label[Any]]
    order: list[sa.ColumnElement[Any]]
    after: list[sa.ColumnElement[bool]]

    @classmethod
    def of(cls, noun: Noun, listing: Listing) -> "Keyset":
        """Return the keyset of a listing; `InvalidInput` at `after` when its cursor belongs elsewhere."""
        parts = [_part(noun, noun.orders[asked.field], asked.is_descending) for asked in listing.order]
        parts.append(_part(noun, noun.id, listing.order[-1].is_descending if listing.order else False))
        after: list[sa.ColumnElement[bool]] = []
        if listing.after is not None:
            key = decode_cursor(listing.after, listing.order_name)
            if len(key) != len(parts) or not all(part.fits(value) for part, value in zip(parts, key, strict=True)):
                raise InvalidInput.at("after", "is not a cursor of this list")
            after = [_following(parts, key)]
        columns = [part.column.label(f"{_KEY}{index}") for index, part in enumerate(parts)]
        return cls(listing, columns, [part.term for part in parts], after)

    def page(self, rows: Sequence[Row]) -> Page:
        """Return the page: rows were read with one more than asked for, which only says that more follow."""
        kept = rows[: self.listing.first]
        names = [column.name for column in self.columns]
        return Page(
            rows=kept,
            keys=[tuple(row[name] for name in names) for row in kept],
            order_name=self.listing.order_name,
            has_next=len(rows) > len(kept),
            has_previous=self.listing.after is not None,
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
