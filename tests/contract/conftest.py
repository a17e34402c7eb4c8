"""Units of work over an empty record, and a look at its rows."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.store.engine import Database
from domain.store.tables import metadata
from domain.store.unit_of_work import unit_of_work


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
