"""Moving the whole record to another database: every row, in one transaction, compared before it is committed.

Broken off at any moment it leaves the target as empty as it was, so it is simply started again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.errors import InvalidInput
from domain.store.engine import Database
from domain.store.tables import metadata
from domain.store.tables.log import outbox

ROWS_AT_A_TIME = 1_000
TARGET = "TARGET"

Listen = Callable[[str, int, int], None]
"""Told the table, how many of its rows are copied, and how many it has."""


@dataclass(frozen=True, slots=True)
class MovedTable:
    """One table that is now the same in both databases: its rows, and the SHA-256 of their values in order."""

    name: str
    rows: int
    checksum: str


async def move(source: Database, target: Database, listen: Listen) -> list[MovedTable]:
    """Copy the record into an empty PostgreSQL database at the same schema and return what was copied, by table.

    `InvalidInput` when the target holds anything, when the source changes meanwhile, or when a table that was read
    back differs; nothing is written then.
    """
    async with source.reader.connect() as here, target.writer.begin() as there:
        await there.execute(sa.text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
        await _check_empty(there)
        written = await _last_written(here)
        moved = [await _move_table(here, there, table, listen) for table in metadata.sorted_tables]
        for part in moved:
            if await _checksum(there, metadata.tables[part.name]) != (part.rows, part.checksum):
                raise InvalidInput.at(TARGET, f"the table {part.name} came out otherwise: nothing was written")
        async with source.reader.connect() as now:
            if await _last_written(now) != written:
                raise InvalidInput.at("--database", "was changed meanwhile: stop the server, then start the move again")
        for table in metadata.sorted_tables:
            await _continue_numbering(there, table)
    async with target.writer.connect() as there:
        at_once = await there.execution_options(isolation_level="AUTOCOMMIT")
        await at_once.execute(sa.text("ANALYZE"))  # plans are made from statistics, of which a new database has none
    return moved


async def _check_empty(there: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if await there.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)) is not None:
            raise InvalidInput.at(TARGET, f"holds other data, in the table {table.name}: name an empty database")


async def _last_written(connection: AsyncConnection) -> int:
    """Return the id of the last event: whatever changes a record appends one."""
    return await connection.scalar(sa.select(sa.func.max(outbox.c.id))) or 0


async def _move_table(here: AsyncConnection, there: AsyncConnection, table: sa.Table, listen: Listen) -> MovedTable:
    total = await here.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    copied, digest = 0, hashlib.sha256()
    listen(table.name, copied, total)
    async with here.stream(_all(table)) as found:
        async for rows in found.mappings().partitions(ROWS_AT_A_TIME):
            values = [dict(row) for row in rows]
            _take_in(digest, values)
            await there.execute(sa.insert(table), values)
            copied += len(values)
            listen(table.name, copied, total)
    return MovedTable(table.name, copied, digest.hexdigest())


async def _checksum(connection: AsyncConnection, table: sa.Table) -> tuple[int, str]:
    counted, digest = 0, hashlib.sha256()
    async with connection.stream(_all(table)) as found:
        async for rows in found.mappings().partitions(ROWS_AT_A_TIME):
            values = [dict(row) for row in rows]
            _take_in(digest, values)
            counted += len(values)
    return counted, digest.hexdigest()


def _all(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).order_by(*table.primary_key.columns)


def _take_in(digest: Any, rows: list[dict[str, Any]]) -> None:
    """Take rows into a checksum by their values as the program sees them, which is the same on every database."""
    for row in rows:
        digest.update(orjson.dumps(list(row.values()), default=bytes.hex, option=orjson.OPT_SORT_KEYS) + b"\n")


async def _continue_numbering(there: AsyncConnection, table: sa.Table) -> None:
    """Have the numbers the database itself gives go on above those that were copied."""
    column = table.autoincrement_column
    if column is None:
        return
    last = sa.select(sa.func.max(column)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    await there.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))))
