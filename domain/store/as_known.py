"""The record as it was known: rebuilt from the after-images of the log into a database that is thrown away.

What was known at a position is the last image of every subject up to it. Positions are given once and events are
never altered, so nothing that is recorded later changes what is rebuilt. What engines found is not rebuilt: it is found
again.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.store.engine import Database, open_database
from domain.store.finding_rows import logged_conflict
from domain.store.loading import chunks
from domain.store.mapping import AGGREGATES
from domain.store.tables import metadata
from domain.store.tables.log import outbox
from domain.store.throw_away import throw_away_folder
from domain.store.types import EnumList, UtcDateTime

IMAGES_PER_READ = 1_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of an aggregate and how its rows are read from an image: the inverse of `domain.kernel.image`.

    `attribute` is where the image of the root keeps the rows and `key` the column that names the root; the rows of a
    root are the image itself, by its id.
    """

    table: sa.Table
    key: str
    attribute: str | None
    decoded: Mapping[str, Callable[[Any], Any]]

    def rows(self, image: Mapping[str, Any]) -> Iterable[Row]:
        """Return the rows of this table in the image of a root."""
        if self.attribute is None:
            return (self._row(image),)
        return (self._row(part) | {self.key: image["id"]} for part in image[self.attribute])

    def _row(self, image: Mapping[str, Any]) -> Row:
        row = {column.name: image[column.name] for column in self.table.columns}
        for name, decode in self.decoded.items():
            if row[name] is not None:
                row[name] = decode(row[name])
        return row


def _decoder(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return how a column's value is read from its JSON value; None where it is the same."""
    match kind:
        case UtcDateTime():
            return datetime.fromisoformat
        case sa.Date():
            return date.fromisoformat
        case EnumList():
            return partial(_members, kind.enum)
        case sa.Enum():
            return kind.enum_class
    return None


def _members(enum: type[StrEnum], values: Iterable[str]) -> list[StrEnum]:
    return [enum(value) for value in values]


def _part(table: sa.Table, key: str = "id", attribute: str | None = None) -> _Part:
    decoders = {column.name: _decoder(column.type) for column in table.columns}
    return _Part(table, key, attribute, {name: decode for name, decode in decoders.items() if decode is not None})


_PARTS: Mapping[str, tuple[_Part, ...]] = {
    aggregate.table.name: (
        _part(aggregate.table),
        *(_part(children.table, children.key, children.attribute) for children in aggregate.children),
    )
    for aggregate in AGGREGATES
}
"""The tables of every subject that is a record, by the type under which the log knows it."""


class KnownRecord:
    """A record of its own that can be moved to any position of the log it is rebuilt from."""

    def __init__(self, source: Database, database: Database) -> None:
        self.database = database
        self.position = 0
        self._source = source

    async def move_to(self, position: int) -> None:
        """Hold what was known at the position; on from where it stands, only what happened in between is read."""
        async with self._source.reader.connect() as log, self.database.writer.begin() as record:
            if position < self.position:
                await _empty(record)
                self.position = 0
            if self.position:
                await _forget(record, await _touched(log, self.position, position))
            async for images in _last_images(log, self.position, position):
                await _insert(record, images)
            await _stand_at(record, log, position)
        self.position = position


@asynccontextmanager
async def known_record(source: Database) -> AsyncIterator[KnownRecord]:
    """Yield an empty record that follows the log of another; its database is thrown away at the end."""
    with throw_away_folder() as folder:
        database = open_database(f"sqlite:///{folder}/record.db")
        try:
            async with database.writer.begin() as connection:
                await connection.run_sync(metadata.create_all)
            yield KnownRecord(source, database)
        finally:
            await database.dispose()


async def position_at(source: Database, instant: datetime) -> int:
    """Return how far the log had come at an instant: up to its first event from after it; 0 when it had not begun."""
    later = sa.select(outbox.c.position).where(outbox.c.position.is_not(None), outbox.c.occurred_at > instant)
    async with source.reader.connect() as log:
        first_later = await log.scalar(later.order_by(outbox.c.position).limit(1))
        if first_later is not None:
            return int(first_later) - 1
        return await log.scalar(sa.select(sa.func.max(outbox.c.position))) or 0


async def standing_conflicts(source: Database, position: int) -> dict[str, ConflictRecord]:
    """Return the conflicts that were stored and not resolved at a position, by key, as their last images tell."""
    last = _last_ids(0, position, outbox.c.subject_type == "conflict")
    async with source.reader.connect() as log:
        bodies = (await log.scalars(sa.select(outbox.c.body).where(outbox.c.id.in_(last)))).all()
    found = (logged_conflict(body) for body in bodies)
    return {record.conflict.key: record for record in found if record.status is not ConflictStatus.RESOLVED}


def _last_ids(after: int, upto: int, *conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    """Return the statement for the last event of every subject that has any in (after, upto]."""
    within = sa.and_(outbox.c.position > after, outbox.c.position <= upto, *conditions)
    return sa.select(sa.func.max(outbox.c.id)).where(within).group_by(outbox.c.subject_type, outbox.c.subject_id)


async def _touched(log: AsyncConnection, after: int, upto: int) -> dict[str, list[str]]:
    within = sa.and_(outbox.c.position > after, outbox.c.position <= upto, outbox.c.subject_type.in_(_PARTS))
    found: dict[str, list[str]] = {}
    for row in await log.execute(sa.select(outbox.c.subject_type, outbox.c.subject_id).where(within).distinct()):
        found.setdefault(row.subject_type, []).append(row.subject_id)
    return found


async def _last_images(log: AsyncConnection, after: int, upto: int) -> AsyncIterator[list[tuple[str, Any]]]:
    """Yield what the subjects of (after, upto] became, some at a time, each with its type."""
    last = _last_ids(after, upto).subquery()
    images = sa.select(outbox.c.subject_type, outbox.c.body).join(last, last.c[0] == outbox.c.id)
    async with log.stream(images.where(outbox.c.subject_type.in_(_PARTS))) as found:
        async for some in found.partitions(IMAGES_PER_READ):
            yield [(row.subject_type, row.body) for row in some]


async def _insert(record: AsyncConnection, images: Iterable[tuple[str, Any]]) -> None:
    rows: dict[sa.Table, list[Row]] = {}
    for subject_type, image in images:
        for part in _PARTS[subject_type]:
            rows.setdefault(part.table, []).extend(part.rows(image))
    for table, values in rows.items():
        if values:
            await record.execute(sa.insert(table), values)


async def _forget(record: AsyncConnection, subject_ids: Mapping[str, Iterable[str]]) -> None:
    for subject_type, ids in subject_ids.items():
        for some in chunks(list(ids)):
            for part in _PARTS[subject_type]:
                await record.execute(sa.delete(part.table).where(part.table.c[part.key].in_(some)))


async def _empty(record: AsyncConnection) -> None:
    for table in reversed(metadata.sorted_tables):
        await record.execute(sa.delete(table))


async def _stand_at(record: AsyncConnection, log: AsyncConnection, position: int) -> None:
    """Have the record say which position it holds: of the log it keeps the one event that has it."""
    await record.execute(sa.delete(outbox))
    if position:
        event = (await log.execute(sa.select(outbox).where(outbox.c.position == position))).mappings().one()
        await record.execute(sa.insert(outbox).values(**event))
