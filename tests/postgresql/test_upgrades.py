"""Bringing a PostgreSQL record up to date while it is in use and while several processes start."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.kernel.errors import InvalidInput
from domain.store import migrate
from domain.store.engine import Database, open_database
from domain.store.migrate import upgrade
from tests.records import record_at, rows


@pytest.fixture
def emptied(tmp_path: Path) -> Any:
    """The address of a database without tables; it gets them back at the end."""
    path = tmp_path / "record.db"
    url = record_at(path)
    rows(path, "DROP SCHEMA public CASCADE")
    rows(path, "CREATE SCHEMA public")
    return url


async def opened_and_upgraded(url: str) -> None:
    database = open_database(url)
    await upgrade(database)
    await database.dispose()


async def test_processes_that_start_at_once_migrate_once(emptied: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    run = migrate.command.upgrade

    def counted(config: Any, target: str) -> None:
        ran.append(target)
        run(config, target)

    monkeypatch.setattr(migrate.command, "upgrade", counted)
    await asyncio.gather(*(opened_and_upgraded(emptied) for _ in range(4)))
    await opened_and_upgraded(emptied)
    assert ran == ["head"]


@pytest.fixture
def altering(monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision to come, which needs a table for a moment."""
    monkeypatch.setattr(migrate, "_is_newest", lambda _connection: False)
    monkeypatch.setattr(
        migrate, "_run", lambda lent: lent.exec_driver_sql("ALTER TABLE counter ALTER value SET NOT NULL")
    )
    monkeypatch.setattr(migrate, "LOCK_MILLISECONDS", 50)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)


async def test_a_table_in_use_is_waited_for_in_short_turns(record_url: str, database: Database, altering: None) -> None:
    """Nobody else waits behind the revision for longer than a turn."""
    somebody = await asyncpg.connect(record_url)
    transaction = somebody.transaction()
    await transaction.start()
    await somebody.execute("UPDATE counter SET value = 1")
    upgrading = asyncio.create_task(upgrade(database))
    another = await asyncpg.connect(record_url)
    await another.execute("SET lock_timeout = '20s'")
    for _ in range(5):
        await asyncio.sleep(0.05)
        await another.execute("INSERT INTO counter VALUES ($1, 1) ON CONFLICT DO NOTHING", "another")
    assert not upgrading.done()
    await transaction.commit()
    await upgrading
    await somebody.close()
    await another.close()


async def test_a_table_that_stays_in_use_is_said(
    record_url: str, database: Database, altering: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "TRIES", 2)
    somebody = await asyncpg.connect(record_url)
    transaction = somebody.transaction()
    await transaction.start()
    await somebody.execute("UPDATE counter SET value = 1")
    with pytest.raises(InvalidInput, match="stayed in use"):
        await upgrade(database)
    await transaction.rollback()
    await somebody.close()
