"""Where the record of a test lies: in a SQLite file, or in a database of the PostgreSQL server that the run is given.

A record is named by the path its file has or would have. Where `HEADWATER_TEST_POSTGRESQL_URL` names a server every
record is a database of its own there, given back when the test that asked for it, or the run, ends.
"""

import asyncio
import atexit
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

from tests.databases import Content, Databases, migrated

SERVER = os.environ.get("HEADWATER_TEST_POSTGRESQL_URL")

_databases = Databases(SERVER) if SERVER else None
_names: dict[Path, str] = {}


def record_at(path: Path) -> str:
    """Return the URL of the record of this name: empty and at the newest schema when it is first asked for."""
    if _databases is not None:
        if path not in _names:
            _names[path] = _databases.take()
        return _databases.url_of(_names[path])
    if not path.exists():
        shutil.copy(empty_sqlite_file(), path)
    return f"sqlite:///{path}"


def copy_record(source: Path, target: Path) -> str:
    """Return the URL of a copy of the record, which nobody may have open; it is copied as it was the first time."""
    if _databases is not None:
        url = record_at(target)
        _databases.fill(_names[target], _content(source))
        return url
    shutil.copy(source, target)
    return f"sqlite:///{target}"


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds in the record, or does to it, behind the back of the product."""
    if _databases is not None:
        return _databases.ask(_names[path], statement)
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def forget(folder: Path) -> None:
    """Give back the databases of the records in a folder; files end with it."""
    for path in [path for path in _names if path.is_relative_to(folder)]:
        assert _databases is not None
        _databases.give_back(_names.pop(path))


@cache
def _content(source: Path) -> Content:
    assert _databases is not None
    return _databases.content(_names[source])


@cache
def empty_sqlite_file() -> Path:
    """Return a SQLite file at the newest schema, to be copied, whatever server the run is given."""
    folder = tempfile.TemporaryDirectory(prefix="headwater-empty-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "record.db"
    making = Thread(target=lambda: asyncio.run(migrated(f"sqlite:///{path}")))  # who asks may be inside a loop
    making.start()
    making.join()
    return path
