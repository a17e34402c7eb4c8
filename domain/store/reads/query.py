"""The port `Reads` over one connection: every statement takes chosen columns and passes `visible`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.actor import Actor
from domain.kernel.page import Listing, Page, Row, Where
from domain.kernel.time import Clock
from domain.store.engine import SQLITE_READERS, Database
from domain.store.loading import NO_TEXT
from domain.store.reads import boards, changes, configuration, findings, integration, people, tickets
from domain.store.reads.keyset import Keyset
from domain.store.reads.noun import Column, Link, Noun
from domain.store.scope import Scope, visible
from domain.store.snapshot import SqlSnapshot, snapshot_on

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for group in (people, configuration, tickets, changes, boards, findings, integration)
    for noun in group.NOUNS
}

READERS = SQLITE_READERS // 2
"""How many operations read at once. An engine's walk takes a second connection beside the one its operation holds."""

_PARENT = "_parent"
_COMPARE: Mapping[str, Callable[[Column, Any], sa.ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, values: column.in_(values),
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


class SqlReads:
    """Rows as one actor may see them, all from the snapshot of one connection."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection, self._scope = connection, scope

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqlSnapshot]:
        """Yield what the engines read from: the same instant on the same connection, without a scope."""
        async with snapshot_on(self._connection) as snapshot:
            yield snapshot

    async def by_ids(
        self, noun: str, columns: Collection[str], ids: Collection[str], key: str = "id"
    ) -> dict[str, Row]:
        """Return the rows of these ids, by id; `key` names another unique column to find them by."""
        if not ids:
            return {}
        asked = NOUNS[noun]
        statement = (
            sa.select(*_labelled(asked, {*columns, key}))
            .select_from(asked.source)
            .where(visible(noun, self._scope), *asked.conditions, asked.columns[key].in_(sorted(set(ids))))
        )
        return {row[key]: row for row in await self._rows(statement)}

    async def page(self, noun: str, columns: Collection[str], listing: Listing) -> Page:
        """Return one page of the noun."""
        asked, keyset = NOUNS[noun], Keyset.of(NOUNS[noun], listing)
        statement = (
            sa.select(*_labelled(asked, columns), *keyset.columns)
            .select_from(asked.source)
            .where(visible(noun, self._scope), *asked.conditions, *self._filters(asked, listing.where), *keyset.after)
            .order_by(*keyset.order)
            .limit(listing.first + 1)
        )
        return keyset.page(await self._rows(statement))

    async def children(
        self, noun: str, link: str, parent_ids: Collection[str], columns: Collection[str], listing: Listing
    ) -> dict[str, Page]:
        """Return one page of the noun for every parent it is linked to, in one statement."""
        asked, keyset, hanging = NOUNS[noun], Keyset.of(NOUNS[noun], listing), NOUNS[noun].links[link]
        parents = sorted(set(parent_ids))
        if not parents:
            return {}
        place = sa.func.row_number().over(partition_by=hanging.parent, order_by=keyset.order).label("_place")
        ranked = (
            sa.select(*_labelled(asked, columns), *keyset.columns, hanging.parent.label(_PARENT), place)
            .select_from(_through(asked, hanging))
            .where(
                visible(noun, self._scope),
                hanging.parent.in_(parents),
                *asked.conditions,
                *hanging.conditions,
                *self._filters(asked, listing.where),
                *keyset.after,
            )
            .subquery()
        )
        chosen = sa.select(ranked).where(ranked.c["_place"] <= listing.first + 1)
        found: dict[str, list[Row]] = {parent: [] for parent in parents}
        for row in await self._rows(chosen.order_by(ranked.c[_PARENT], ranked.c["_place"])):
            found[row[_PARENT]].append(row)
        return {parent: keyset.page(rows) for parent, rows in found.items()}

    async def count(self, noun: str, where: Where) -> int:
        """Return how many rows of the noun the filters leave."""
        asked = NOUNS[noun]
        statement = (
            sa.select(sa.func.count())
            .select_from(asked.counted)
            .where(visible(noun, self._scope), *asked.conditions, *self._filters(asked, where))
        )
        return (await self._connection.scalar(statement)) or 0

    async def count_children(self, noun: str, link: str, parent_ids: Collection[str], where: Where) -> dict[str, int]:
        """Return how many rows of the noun each parent is linked to, in one statement."""
        asked, hanging = NOUNS[noun], NOUNS[noun].links[link]
        statement = (
            sa.select(hanging.parent, sa.func.count())
            .select_from(_through(asked, hanging))
            .where(
                visible(noun, self._scope),
                hanging.parent.in_(sorted(set(parent_ids))),
                *asked.conditions,
                *hanging.conditions,
                *self._filters(asked, where),
            )
            .group_by(hanging.parent)
        )
        counted = {row[0]: row[1] for row in await self._connection.execute(statement)}
        return {parent: counted.get(parent, 0) for parent in parent_ids}

    def _filters(self, asked: Noun, where: Where) -> list[sa.ColumnElement[bool]]:
        """Return the conditions of the filters; one over a link asks which rows hang on visible parents."""
        conditions: list[sa.ColumnElement[bool]] = []
        for field, comparators in where.items():
            target = asked.filters[field]
            if not isinstance(target, Link):
                conditions += _compared(target, comparators)
                continue
            hanging = sa.select(asked.id if target.child is None else target.child).where(
                *_compared(target.parent, comparators), *target.conditions
            )
            conditions.append(sa.and_(asked.id.in_(hanging), visible(asked.name, self._scope)))
        return conditions

    async def _rows(self, statement: sa.Select[Any]) -> list[Row]:
        result = await self._connection.execute(statement)
        names = list(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result]


def _labelled(asked: Noun, columns: Collection[str]) -> list[sa.Label[Any]]:
    return [asked.columns[name].label(name) for name in sorted(columns)]


def _through(asked: Noun, link: Link) -> sa.FromClause:
    """Return the noun's rows, joined with the table that links them to the parent where one lies between."""
    if link.child is None:
        return asked.source
    return asked.source.join(link.child.table, link.child == asked.id)


def _compared(column: Column, comparators: Mapping[str, Any]) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions; what no text can hold equals nothing, and PostgreSQL refuses to be asked for it."""
    conditions = []
    for name, value in comparators.items():
        if name == "in":
            value = [one for one in value if not _is_no_text(one)]  # noqa: PLW2901 - the same question
        conditions.append(sa.false() if _is_no_text(value) else _COMPARE[name](column, value))
    return conditions


def _is_no_text(value: Any) -> bool:
    return isinstance(value, str) and NO_TEXT in value


def reads(database: Database, clock: Clock) -> Callable[[Actor], AbstractAsyncContextManager[SqlReads]]:
    """Return the factory of reads: everything inside one context belongs to one state of the record.

    At most `READERS` contexts are open at once, the next waits: who holds a connection may ask the graph for another.
    """
    places = asyncio.Semaphore(READERS)

    @asynccontextmanager
    async def open_reads(actor: Actor) -> AsyncIterator[SqlReads]:
        async with places, database.reader.connect() as connection:
            yield SqlReads(connection, Scope(actor, clock.now()))

    return open_reads
