"""The port `Reads` over one connection: every statement takes chosen columns and passes `visible`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.actor import Actor
from domain.kernel.page import Listing, Page, Row, Where
from domain.kernel.time import Clock
from domain.store.engine import SQLITE_READERS, Database
from domain.store.json_rows import ids_as_json
from domain.store.reads import statements
from domain.store.reads.keyset import AFTER, Keyset
from domain.store.reads.statements import IDS, LIMIT, NOUNS, PARENT, Question, filters_of
from domain.store.scope import Scope
from domain.store.snapshot import SqlSnapshot, snapshot_on

READERS = SQLITE_READERS // 2
"""How many operations read at once. An engine's walk takes a second connection beside the one its operation holds."""


class SqlReads:
    """Rows as one actor may see them, all from the snapshot of one connection."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._sight, self._parameters = scope.sight, scope.parameters

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
        statement = statements.by_key(Question(noun, self._sight, frozenset(columns)), key)
        return {row[key]: row for row in await self._rows(statement, {IDS.key: ids_as_json(ids)})}

    async def page(self, noun: str, columns: Collection[str], listing: Listing) -> Page:
        """Return one page of the noun."""
        keyset = Keyset.of(NOUNS[noun], listing.order)
        question, parameters = self._asked(noun, columns, listing, keyset)
        return keyset.page(listing, await self._rows(statements.page(question), parameters))

    async def children(
        self, noun: str, link: str, parent_ids: Collection[str], columns: Collection[str], listing: Listing
    ) -> dict[str, Page]:
        """Return one page of the noun for every parent it is linked to, in one statement."""
        if not parent_ids:
            return {}
        keyset = Keyset.of(NOUNS[noun], listing.order)
        question, parameters = self._asked(noun, columns, listing, keyset)
        parameters[IDS.key] = ids_as_json(parent_ids)
        found: dict[str, list[Row]] = {parent: [] for parent in parent_ids}
        for row in await self._rows(statements.children(question, link), parameters):
            found[row[PARENT]].append(row)
        return {parent: keyset.page(listing, rows) for parent, rows in found.items()}

    async def count(self, noun: str, where: Where) -> int:
        """Return how many rows of the noun the filters leave."""
        filters, parameters = filters_of(where)
        statement = statements.count(Question(noun, self._sight, filters=filters))
        return (await self._connection.scalar(statement, self._parameters | parameters)) or 0

    async def count_children(self, noun: str, link: str, parent_ids: Collection[str], where: Where) -> dict[str, int]:
        """Return how many rows of the noun each parent is linked to, in one statement."""
        filters, parameters = filters_of(where)
        statement = statements.count_children(Question(noun, self._sight, filters=filters), link)
        given = self._parameters | parameters | {IDS.key: ids_as_json(parent_ids)}
        counted = {row[0]: row[1] for row in await self._connection.execute(statement, given)}
        return {parent: counted.get(parent, 0) for parent in parent_ids}

    def _asked(
        self, noun: str, columns: Collection[str], listing: Listing, keyset: Keyset
    ) -> tuple[Question, dict[str, Any]]:
        """Return what a listing asks, and with which values."""
        filters, parameters = filters_of(listing.where)
        parameters[LIMIT.key] = listing.first + 1
        lacks, key = None, keyset.decoded(listing)
        if key is not None:
            lacks = tuple(value is None for value in key)
            parameters |= {f"{AFTER}{index}": value for index, value in enumerate(key)}
        return Question(noun, self._sight, frozenset(columns), filters, listing.order, lacks), parameters

    async def _rows(self, statement: sa.Select[Any], parameters: Mapping[str, Any]) -> list[Row]:
        result = await self._connection.execute(statement, {**self._parameters, **parameters})
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result]


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
