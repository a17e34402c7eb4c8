"""Connections that wait in the pool: one that ended there is replaced, and whoever asks next never learns of it."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.store import engine
from domain.store.engine import Database, open_database
from tests.records import record_at

OTHERS = sa.text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'headwater'"
)


async def answered(database: Database) -> int:
    """Return the process that answers for the server."""
    async with database.reader.connect() as connection:
        return int(await connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0)


async def ended(database: Database) -> None:
    """End every connection to the record but the one that does it."""
    async with database.writer.connect() as connection:
        assert await connection.scalar(OTHERS)


@pytest.mark.parametrize("rested_seconds", [0.0, 3_600.0], ids=["after a rest", "just given back"])
async def test_a_connection_that_ended_in_the_pool_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rested_seconds: float
) -> None:
    monkeypatch.setattr(engine, "RESTED_SECONDS", rested_seconds)
    database = open_database(record_at(tmp_path / "record.db"))
    first = await answered(database)
    assert await answered(database) == first
    await ended(database)
    await asyncio.sleep(0.2)  # until the end has been heard of
    assert await answered(database) != first
    await database.dispose()
