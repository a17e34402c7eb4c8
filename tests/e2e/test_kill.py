"""Killed with -9 at any instant: the database opens, what was acknowledged is there, nothing is lost or doubled."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.editing import SHARED
from tests.e2e.kill import killed_runs
from workers.runtime import Runtime


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often a program is killed: ten times with --full, else three times."""
    return 10 if request.config.getoption("--full") else 3


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


async def test_edits_survive_being_killed(record: Path, kills: int) -> None:
    acknowledged: dict[int, str] = {}
    url = f"sqlite:///{record}"
    for lines in killed_runs(["-m", "tests.e2e.editing", url], times=kills, seed=1):
        acknowledged |= {int(outbox_id): person_id for outbox_id, person_id in map(str.split, lines)}
        assert rows(record, "PRAGMA integrity_check") == [("ok",)]
        people = dict(rows(record, "SELECT id, name FROM person"))
        assert set(acknowledged.values()) <= people.keys()

    runtime = await Runtime.open(url)
    await runtime.drain()
    head = await runtime.log.head()
    assert await runtime.log.offset("assessment") == head
    await runtime.stop()

    people = dict(rows(record, "SELECT id, name FROM person"))
    edits = int(people.pop(SHARED))
    assert edits == len(people) >= len(acknowledged) > kills
    assert sorted(map(int, people.values())) == list(range(1, edits + 1))
    events = rows(record, "SELECT position, id, kind, subject_id, subject_version FROM outbox ORDER BY position")
    assert [position for position, *_ in events] == list(range(1, 2 * edits + 1))
    assert {event_id for _, event_id, *_ in events} >= acknowledged.keys()
    assert [version for *_, subject, version in events if subject == SHARED] == list(range(1, edits + 1))
    assert {subject for _, _, kind, subject, _ in events if kind == "person.added"} == people.keys()
    assert len(events) == 2 * edits


async def test_consumers_go_on_with_every_effect_once(record: Path, kills: int) -> None:
    url = f"sqlite:///{record}"
    counted = 0
    for lines in killed_runs(["-m", "tests.e2e.counting", url], times=kills, seed=2):
        offset, effects = rows(
            record,
            "SELECT (SELECT position FROM consumer_offset WHERE consumer = 'counting'),"
            " (SELECT value FROM counter WHERE name = 'effects')",
        )[0]
        assert offset == effects >= counted
        assert lines
        counted = effects
    assert counted > kills


async def test_a_record_survives_being_killed_while_it_is_opened(record: Path, kills: int) -> None:
    url = f"sqlite:///{record}"
    acknowledged: set[str] = set()
    for lines in killed_runs(["-m", "tests.e2e.editing", url], times=kills, seed=3, longest=2.0, from_first_line=False):
        acknowledged |= {line.split()[1] for line in lines}
        runtime = await Runtime.open(url)
        await runtime.drain()
        await runtime.stop()
        assert acknowledged <= {person_id for (person_id,) in rows(record, "SELECT id FROM person")}
