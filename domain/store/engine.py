"""Engines over the record: one that writes, one that only reads.

SQLite has a single writer. A transaction that begins as a reader and then writes may lose an update or fail, so
writers begin with BEGIN IMMEDIATE and share one connection, which queues them fairly; readers see a snapshot
of the write-ahead log and never wait.
"""

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from domain.store.prompt_sqlite import prompt_connection
from domain.store.settings import async_url

BUSY_TIMEOUT_MS = 30_000
SQLITE_READERS = 8


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "temp_store=MEMORY",
    "cache_size=-32768",
    "mmap_size=268435456",
)


@dataclass(frozen=True, slots=True)
class Database:
    """The two doors to the record."""

    writer: AsyncEngine
    reader: AsyncEngine

    async def dispose(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()


def open_database(url: str) -> Database:
    """Return the engines for a plain database URL; nothing is connected yet."""
    target = async_url(url)
    json: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": orjson.loads}
    if target.get_backend_name() == "sqlite":
        # Handed to the driver as its own arguments are; the name SQLAlchemy has for it is `async_creator_fn` there.
        shared: dict[str, Any] = json | {"connect_args": {"async_creator_fn": prompt_connection}}
        writer = create_async_engine(target, pool_size=1, max_overflow=0, pool_timeout=60, **shared)
        reader = create_async_engine(target, pool_size=SQLITE_READERS, max_overflow=0, pool_timeout=60, **shared)
        _prepare_sqlite(writer, begin="BEGIN IMMEDIATE", read_only=False)
        _prepare_sqlite(reader, begin="BEGIN", read_only=True)
    else:
        writer = create_async_engine(target, pool_pre_ping=True, **json)
        reader = create_async_engine(target, pool_pre_ping=True, isolation_level="REPEATABLE READ", **json)
    return Database(writer, reader)


def _to_json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, read_only: bool) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        try:
            for pragma in (*_PRAGMAS, f"query_only={'ON' if read_only else 'OFF'}"):
                connection.execute(f"PRAGMA {pragma}").close()
        except Exception:
            connection.close()  # the file is no database: its thread must not outlive the attempt
            raise

    @sa.event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)
