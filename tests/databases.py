"""Databases of a PostgreSQL server for the records of tests: few, emptied and filled again, which is much cheaper
than making one for every test.
"""

import asyncio
import atexit
import io
import os
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import asyncpg

from domain.store.engine import open_database
from domain.store.migrate import upgrade

Result = TypeVar("Result")
Content = dict[str, bytes]
"""What every table holds that holds anything, as the server copies it."""

PREFIX = "headwater_test_"
_EMPTY = """
DO $$ DECLARE found record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' LOOP
        IF found.relkind = 'r' THEN EXECUTE format('DELETE FROM %s', found.name);
        ELSE EXECUTE format('ALTER SEQUENCE %s RESTART', found.name); END IF;
    END LOOP;
END $$
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


class Databases:
    """Hands out empty databases at the newest schema, and takes them back.

    The server is spoken to by a loop in a thread of its own: who asks may be inside a loop already.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, asyncpg.Connection] = {}
        self._made: list[str] = []
        self._free: list[str] = []
        Thread(target=self._loop.run_forever, daemon=True).start()

    def url_of(self, name: str) -> str:
        """Return the URL of a database."""
        return f"{self._server.rpartition('/')[0]}/{name}"

    def take(self) -> str:
        """Return the name of an empty database that nobody else has."""
        return self._free.pop() if self._free else self._make()

    def give_back(self, name: str) -> None:
        """Empty a database for the next."""
        self.ask(name, _EMPTY)
        self._free.append(name)

    def ask(self, name: str, statement: str) -> list[tuple[Any, ...]]:
        """Return what a statement finds."""
        return [tuple(row) for row in self._told(self._fetch(name, statement))]

    def content(self, name: str) -> Content:
        """Return what is in a database."""
        return self._told(self._copy_out(name))

    def fill(self, name: str, content: Content) -> None:
        """Put into an empty database what was in another."""
        self._told(self._copy_in(name, content))

    @cached_property
    def _template(self) -> str:
        self._drop_abandoned()
        atexit.register(self._drop_all)
        name = f"{PREFIX}{os.getpid()}_0"
        self.ask("postgres", f"CREATE DATABASE {name}")
        self._made.append(name)
        self._told(migrated(self.url_of(name)))
        return name

    def _make(self) -> str:
        template = self._template
        name = f"{PREFIX}{os.getpid()}_{len(self._made)}"
        self.ask("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return name

    def _drop_abandoned(self) -> None:
        """Drop what runs left that were killed."""
        for (name,) in self.ask("postgres", f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"):
            if not Path(f"/proc/{name.removeprefix(PREFIX).partition('_')[0]}").exists():
                self.ask("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _drop_all(self) -> None:
        for name in self._made:
            self.ask("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _told(self, asked: Coroutine[Any, Any, Result]) -> Result:
        told: Future[Result] = asyncio.run_coroutine_threadsafe(asked, self._loop)
        return told.result()

    async def _connection(self, name: str) -> asyncpg.Connection:
        connection = self._connections.get(name)
        if connection is None or connection.is_closed():
            connection = self._connections[name] = await asyncpg.connect(self.url_of(name))
        return connection

    async def _fetch(self, name: str, statement: str) -> list[Any]:
        return await (await self._connection(name)).fetch(statement)

    async def _copy_out(self, name: str) -> Content:
        connection, content = await self._connection(name), Content()
        for (table,) in await connection.fetch(_TABLES):
            if table != "alembic_version" and await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
                copied = io.BytesIO()
                await connection.copy_from_table(table, output=copied, format="binary")
                content[table] = copied.getvalue()
        return content

    async def _copy_in(self, name: str, content: Content) -> None:
        connection = await self._connection(name)
        await connection.execute("SET session_replication_role = replica")  # references come in any order
        for table, copied in content.items():
            await connection.copy_to_table(table, source=io.BytesIO(copied), format="binary")
        await connection.execute("RESET session_replication_role")
        if "outbox" in content:
            await connection.execute("SELECT setval('outbox_id_seq', (SELECT max(id) FROM outbox))")


async def migrated(url: str) -> None:
    database = open_database(url)
    await upgrade(database)
    await database.dispose()
