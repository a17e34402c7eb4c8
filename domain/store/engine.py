"""Engines over the record: one that writes, one that only reads.

SQLite has a single writer. A transaction that begins as a reader and then writes may lose an update or fail, so
writers begin with BEGIN IMMEDIATE and share one connection, which queues them fairly; readers see a snapshot
of the write-ahead log and never wait.

PostgreSQL has as many of both as the pools allow (`StoreSettings`). A reader sees one state of the record for as long
as its transaction lasts, and cannot write.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from domain.store.prompt_sqlite import prompt_connection
from domain.store.settings import StoreSettings, async_url

BUSY_TIMEOUT_MS = 30_000
SQLITE_READERS = 8
RESTED_SECONDS = 1.0
"""After how long a connection that nobody used may have died without its end having been heard of."""


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
        pooled = json | _postgresql_options(StoreSettings())
        writer = create_async_engine(target, **pooled)
        reader = create_async_engine(
            target, isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True}, **pooled
        )
        _ask_the_rested(writer)
        _ask_the_rested(reader)
    return Database(writer, reader)


def _postgresql_options(settings: StoreSettings) -> dict[str, Any]:
    """Return how many connections are kept and what they remember.

    Without a statement cache every statement is prepared under a name of its own and forgotten: a pooler that gives
    each transaction another connection cannot mix them up.
    """
    remembered: dict[str, Any] = {"prepared_statement_cache_size": settings.database_statement_cache}
    if settings.database_statement_cache == 0:
        remembered |= {"statement_cache_size": 0, "prepared_statement_name_func": lambda: f"headwater_{uuid4().hex}"}
    return {
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_pool_overflow,
        "pool_timeout": settings.database_pool_seconds,
        "pool_recycle": 1_800,
        "connect_args": {"server_settings": {"application_name": "headwater"}, **remembered},
    }


def _ask_the_rested(engine: AsyncEngine) -> None:
    """Ask a connection whether it still lives when it has rested; one just given back does, unless it says otherwise.

    SQLAlchemy would ask every time, with three messages to the server: as many as a short question needs for itself.
    """

    @sa.event.listens_for(engine.sync_engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["given_back"] = time.monotonic()

    @sa.event.listens_for(engine.sync_engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        dialect = engine.sync_engine.dialect
        given_back = record.info.get("given_back")
        if given_back is None:
            return  # it was opened for whoever takes it
        try:
            if record.driver_connection.is_closed():
                raise sa.exc.InvalidatePoolError
            if time.monotonic() - given_back > RESTED_SECONDS:
                dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as dead:
            raise sa.exc.InvalidatePoolError from dead


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
