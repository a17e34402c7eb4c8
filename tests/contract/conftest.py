"""Every store there is to test on: a SQLite file always, PostgreSQL where a server is named."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.store.engine import Database, open_database
from domain.store.migrate import upgrade
from domain.store.tables import metadata
from domain.store.unit_of_work import unit_of_work

POSTGRESQL_URL = os.environ.get("HEADWATER_TEST_POSTGRESQL_URL")
STORES = ["sqlite", *(["postgresql"] if POSTGRESQL_URL else [])]


@pytest.fixture(scope="session")
def postgresql_url() -> str | None:
    """A PostgreSQL database at the newest schema, where one is named."""
    if POSTGRESQL_URL is not None:
        asyncio.run(_begin_anew(POSTGRESQL_URL))
    return POSTGRESQL_URL


async def _begin_anew(url: str) -> None:
    opened = open_database(url)
    async with opened.writer.begin() as connection:
        await connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        await connection.execute(sa.text("CREATE SCHEMA public"))
    await upgrade(opened)
    await opened.dispose()


@pytest.fixture(params=STORES)
async def database(
    request: pytest.FixtureRequest, empty_record: Path, postgresql_url: str, tmp_path: Path
) -> AsyncIterator[Database]:
    """An empty record at the newest schema."""
    if request.param == "sqlite":
        shutil.copy(empty_record, tmp_path / "record.db")
        opened = open_database(f"sqlite:///{tmp_path}/record.db")
    else:
        opened = open_database(postgresql_url)
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        async with opened.writer.begin() as connection:
            await connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
    yield opened
    await opened.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


@pytest.fixture
def work(database: Database, clock: FixedClock):
    """The factory of units of work."""
    return unit_of_work(database, clock, random_ids(clock))


@pytest.fixture
def rows(database: Database):
    """Return every row of a table, as another process would see it."""

    async def read(name: str) -> list[dict[str, object]]:
        async with database.reader.connect() as connection:
            found = await connection.execute(sa.select(metadata.tables[name]))
            return [dict(row) for row in found.mappings()]

    return read
