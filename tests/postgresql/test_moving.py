"""Moving from the embedded database to PostgreSQL: the demo arrives whole, and what is not empty is left alone."""

import io
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.demo.report import print_report
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.kernel.time import FixedClock
from domain.people.model import Person
from domain.store.engine import Database, open_database
from domain.store.moving import move
from domain.store.tables import metadata
from tests.records import record_at, rows
from workers.runtime import Runtime

PRESENT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


async def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    database = open_database(url)
    async with database.reader.connect() as connection:
        found = {
            table.name: [tuple(row) for row in await connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    await database.dispose()
    return found


async def report(url: str) -> str:
    runtime = await Runtime.open(url, clock=FixedClock(PRESENT))
    printed = io.StringIO()
    await print_report(runtime.ports, 1, PRESENT, printed)
    await runtime.stop()
    return printed.getvalue()


async def act(runtime: Runtime) -> int:
    async with runtime.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        return await work.commit()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo in a SQLite file."""
    folder = tmp_path_factory.mktemp("bank")
    url = f"sqlite:///{folder}/bank.db"
    headwater("demo", "--report-only", "--as-of", PRESENT.isoformat(), "--database", url)
    return url


def headwater(*arguments: str, status: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    command = [sys.executable, "-m", "api.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


async def test_the_demo_arrives_whole(bank: str, tmp_path: Path) -> None:
    target = record_at(tmp_path / "moved.db")
    told = headwater("migrate-to", target, "--database", bank)
    before, after = await everything(bank), await everything(target)
    for table, moved in after.items():
        assert moved == before[table], table
    assert f"{sum(map(len, after.values())):,} rows" in told
    assert await report(target) == await report(bank)
    refused = headwater("migrate-to", target, "--database", bank, status=2)
    assert "TARGET: holds other data" in refused
    assert await everything(target) == after
    runtime = await Runtime.open(target)
    last = await act(runtime)
    assert last > max(row[0] for row in after["outbox"])
    await runtime.log.number()
    assert await runtime.log.position_of(last) == len(after["outbox"]) + 1
    await runtime.stop()


@pytest.fixture
async def small(tmp_path: Path) -> Any:
    """A record of one person in a SQLite file, opened."""
    runtime = await Runtime.open(f"sqlite:///{tmp_path}/small.db")
    await act(runtime)
    yield runtime
    await runtime.stop()


def unheard(*_: object) -> None:
    """Nobody watches."""


async def test_a_move_that_is_broken_off_leaves_nothing_and_is_started_again(
    small: Runtime, database: Database, tmp_path: Path
) -> None:
    def break_off(table: str, done: int, _total: int) -> None:
        if table == "person" and done:
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        await move(small.database, database, break_off)
    assert rows(tmp_path / "record.db", "SELECT count(*) FROM person") == [(0,)]
    moved = {part.name: part.rows for part in await move(small.database, database, unheard)}
    assert (moved["person"], moved["outbox"]) == (1, 1)


async def test_what_is_written_meanwhile_stops_the_move(small: Runtime, database: Database, tmp_path: Path) -> None:
    def act_meanwhile(table: str, done: int, _total: int) -> None:
        if table == "person" and done:
            with closing(sqlite3.connect(tmp_path / "small.db")) as somebody, somebody:
                somebody.execute(
                    "INSERT INTO outbox (kind, subject_type, subject_id, subject_version, occurred_at, actor_id, body)"
                    " VALUES ('person.changed', 'person', 'ada', 2, '2026-11-23 08:00:00', 'somebody', '{}')"
                )

    with pytest.raises(InvalidInput, match="was changed meanwhile") as refused:
        await move(small.database, database, act_meanwhile)
    assert [issue.path for issue in refused.value.issues] == ["--database"]
    assert rows(tmp_path / "record.db", "SELECT count(*) FROM person") == [(0,)]


def test_a_target_of_another_kind_is_refused(tmp_path: Path) -> None:
    told = headwater("migrate-to", f"sqlite:///{tmp_path}/other.db", status=2)
    assert "TARGET" in told
    assert list(tmp_path.iterdir()) == []
