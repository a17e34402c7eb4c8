"""A connection to SQLite that hands over to its thread once per statement.

The driver runs every connection in a thread of its own, and the cursor it offers goes there and back for each step: to
be made, to execute, to fetch, to close. A statement that reads a few rows takes less time than one such round.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import aiosqlite

ROWS_AT_ONCE = 1_000
"""Rows that come back with the statement itself; the rest of a larger answer is fetched as it is asked for."""


class PromptCursor:
    """The cursor SQLAlchemy's adapter asks, over a connection: executes and fetches in one round."""

    arraysize = 1

    def __init__(self, connection: "PromptConnection") -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self._has_more = False

    async def __aenter__(self) -> "PromptCursor":
        return self

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (row := await self.fetchone()) is not None:
            yield row

    @property
    def description(self) -> Any:
        """What the columns are called, None for a statement without rows."""
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows were written, -1 where that is not known."""
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The id of the row inserted last."""
        return None if self._cursor is None else self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "PromptCursor":
        """Execute a statement and fetch its first rows."""
        await self._connection.run(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "PromptCursor":
        """Execute a statement without rows for each of the parameters."""
        self._rows, self._has_more = [], False
        self._cursor = await self._connection.run(self._connection.raw.executemany, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        """Return the next row, None after the last."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return as many of the next rows as there are, up to the size."""
        wanted = size or self.arraysize
        if self._cursor is not None and self._has_more and len(self._rows) < wanted:
            await self._connection.run(self._fetch, self._cursor, max(wanted, ROWS_AT_ONCE))
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        if self._cursor is not None and self._has_more:
            await self._connection.run(self._fetch, self._cursor, None)
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget what was not fetched; an answer fetched to its end is closed already."""
        if self._has_more and self._cursor is not None:
            self._has_more = False
            await self._connection.run(self._cursor.close)

    def _execute(self, sql: str, parameters: Sequence[Any]) -> None:
        self._cursor = cursor = self._connection.raw.execute(sql, parameters)
        self._rows, self._has_more = [], cursor.description is not None
        if self._has_more:
            self._fetch(cursor, ROWS_AT_ONCE)

    def _fetch(self, cursor: sqlite3.Cursor, size: int | None) -> None:
        found = cursor.fetchall() if size is None else cursor.fetchmany(size)
        self._rows += found
        self._has_more = size is not None and len(found) == size


class PromptConnection(aiosqlite.Connection):
    """The driver's connection with such cursors."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection of the standard library, for its own thread only."""
        return self._conn

    async def run(self, act: Any, *arguments: Any) -> Any:
        """Run a function in the connection's thread and return what it returns."""
        return await self._execute(act, *arguments)  # type: ignore[no-untyped-call] # of the driver

    def cursor(self) -> PromptCursor:  # type: ignore[override] # the adapter enters it, it need not be awaited
        """Return a cursor; nothing happens yet."""
        return PromptCursor(self)


def prompt_connection(*arguments: Any, **options: Any) -> PromptConnection:
    """Return a connection that opens when it is awaited, as `aiosqlite.connect` does."""
    connection = PromptConnection(lambda: sqlite3.connect(*arguments, **options), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
