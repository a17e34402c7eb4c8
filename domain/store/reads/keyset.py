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
class Keyset:
    """The order of one listing: its key columns (`_key0`, ... the last is the id) and what comes after the cursor."""

    listing: Listing
    columns: list[sa.Label[Any]]
    order: list[sa.ColumnElement[Any]]
    after: list[sa.ColumnElement[bool]]

    @classmethod
    def of(cls, noun: Noun, listing: Listing) -> "Keyset":
        """Return the keyset of a listing; `InvalidInput` at `after` when its cursor belongs elsewhere."""
        parts = [(noun.orders[part.field], part.is_descending) for part in listing.order]
        parts.append((noun.id, listing.order[-1].is_descending if listing.order else False))
        after: list[sa.ColumnElement[bool]] = []
        if listing.after is not None:
            key = decode_cursor(listing.after, listing.order_name)
            _check_types(parts, key)
            after = [_following(parts, key)]
        return cls(
            listing,
            [column.label(f"{_KEY}{index}") for index, (column, _) in enumerate(parts)],
            [_ordered(column, is_descending) for column, is_descending in parts],
            after,
        )

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


def _ordered(column: Column, is_descending: bool) -> sa.ColumnElement[Any]:
    """Return the sort term; unknown values are the least, which is the order of SQLite's indexes."""
    if not _is_nullable(column):
        return column.desc() if is_descending else column.asc()
    return column.desc().nulls_last() if is_descending else column.asc().nulls_first()


def _following(parts: Sequence[tuple[Column, bool]], key: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition of the rows behind the key: further in the first part, or level there and behind after."""
    (column, is_descending), value = parts[0], key[0]
    further = _below(column, value) if is_descending else _above(column, value)
    if len(parts) == 1:
        return further
    level = column.is_(None) if value is None else column == value
    behind = sa.or_(further, sa.and_(level, _following(parts[1:], key[1:])))
    if value is None or _is_nullable(column):
        return behind
    # The bound repeats what follows from the rest, in the form with which an index can begin at the cursor.
    return sa.and_(column <= value if is_descending else column >= value, behind)


def _above(column: Column, value: Any) -> sa.ColumnElement[bool]:
    return column.is_not(None) if value is None else column > value


def _below(column: Column, value: Any) -> sa.ColumnElement[bool]:
    if value is None:
        return sa.false()
    return sa.or_(column < value, column.is_(None)) if _is_nullable(column) else column < value


def _is_nullable(column: Column) -> bool:
    return bool(getattr(column, "nullable", True))


def _check_types(parts: Sequence[tuple[Column, bool]], key: Sequence[Any]) -> None:
    fits = len(key) == len(parts) and all(_fits(column, value) for (column, _), value in zip(parts, key, strict=True))
    if not fits:
        raise InvalidInput.at("after", "is not a cursor of this list")


def _fits(column: Column, value: Any) -> bool:
    if value is None:
        return _is_nullable(column)
    expected = column.type.python_type
    return isinstance(value, str if issubclass(expected, str) else expected) and not isinstance(value, bool)
