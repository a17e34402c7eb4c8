"""Where the record of a test lies: in a SQLite file, or in a database of the PostgreSQL server that the run is given.

A record is named by the path its file has or would have. `HEADWATER_TEST_POSTGRESQL_URL` names the server; every record
is then a database of its own there, dropped when the test that asked for it, or the run, ends.
"""

import asyncio
import atexit
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from domain.store.engine import open_database
from domain.store.migrate import upgrade

Result = TypeVar("Result")

SERVER = os.environ.get("HEADWATER_TEST_POSTGRESQL_URL")
PREFIX = "headwater_test_"

_made: dict[Path, str] = {}


def record_at(path: Path) -> str:
    """Return the URL of the record of this name: empty and at the newest schema when it is first asked for."""
    if SERVER is not None:
        return _database_of(path, _empty_database())
    if not path.exists():
        shutil.copy(_empty_file(), path)
    return f"sqlite:///{path}"


def copy_record(source: Path, target: Path) -> str:
    """Return the URL of a copy of the record, which nobody may have open."""
    if SERVER is not None:
        return _database_of(target, _made[source])
    shutil.copy(source, target)
    return f"sqlite:///{target}"


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds in the record, asked by nothing of the product."""
    if SERVER is not None:
        return [tuple(row) for row in _told(_asked(_made[path], statement))]
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def change(path: Path, statement: str) -> None:
    """Alter the record behind the back of the product."""
    if SERVER is not None:
        _told(_asked(_made[path], statement))
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def forget(folder: Path) -> None:
    """Drop the databases of the records in a folder; files end with it."""
    for path in [path for path in _made if path.is_relative_to(folder)]:
        _drop(_made.pop(path))


def _database_of(path: Path, template: str) -> str:
    if path not in _made:
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        _made[path] = f"{PREFIX}{os.getpid()}_{digest}"
        _told(_asked("postgres", f"CREATE DATABASE {_made[path]} TEMPLATE {template}"))
    return _url_of(_made[path])


def _url_of(database: str) -> str:
    assert SERVER is not None
    return f"{SERVER.rpartition('/')[0]}/{database}"


@cache
def _empty_file() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="headwater-empty-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "record.db"
    _told(_migrated(f"sqlite:///{path}"))
    return path


@cache
def _empty_database() -> str:
    _drop_abandoned()
    name = f"{PREFIX}{os.getpid()}_empty"
    _told(_asked("postgres", f"CREATE DATABASE {name}"))
    atexit.register(_drop_all, name)
    _told(_migrated(_url_of(name)))
    return name


def _drop_abandoned() -> None:
    """Drop what runs left that were killed."""
    for (name,) in _told(_asked("postgres", f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'")):
        if not Path(f"/proc/{name.removeprefix(PREFIX).partition('_')[0]}").exists():
            _drop(name)


def _drop_all(empty: str) -> None:
    for name in (*_made.values(), empty):
        _drop(name)


def _drop(name: str) -> None:
    _told(_asked("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


async def _migrated(url: str) -> None:
    database = open_database(url)
    await upgrade(database)
    await database.dispose()


async def _asked(database: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(_url_of(database))
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


def _told(asked: Coroutine[Any, Any, Result]) -> Result:
    """Run to its end what is asked of a server, in a thread: the caller may be inside a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()
