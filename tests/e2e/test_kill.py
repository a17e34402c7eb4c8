"""Killed with -9 at any instant: the database opens, what was acknowledged is there, nothing is lost or doubled."""

import sqlite3
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from tests.e2e.editing import SHARED, edit_without_end, open_counting
from tests.e2e.kill import killed_runs

REACHED = "SELECT position FROM consumer_offset WHERE consumer = 'counting'"
EFFECTS = "SELECT value FROM counter WHERE name = 'effects'"


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


async def test_edits_and_their_effects_survive_being_killed(tmp_path: Path, kills: int) -> None:
    record = tmp_path / "record.db"
    url = f"sqlite:///{record}"
    acknowledged: dict[int, str] = {}
    for acts in killed_runs(edit_without_end, repeat(url, kills), seed=1):
        acknowledged |= {int(outbox_id): person_id.decode() for outbox_id, person_id in map(bytes.split, acts)}
        assert rows(record, "PRAGMA integrity_check") == [("ok",)]
        assert rows(record, REACHED) == rows(record, EFFECTS), "an effect without its offset, or an offset without it"
        people = dict(rows(record, "SELECT id, name FROM person"))
        assert set(acknowledged.values()) <= people.keys()

    runtime = await open_counting(url)
    await runtime.drain()
    head = await runtime.log.head()
    assert await runtime.log.offset("assessment") == head
    await runtime.stop()

    people = dict(rows(record, "SELECT id, name FROM person"))
    edits = int(people.pop(SHARED))
    assert edits == len(people) >= len(acknowledged) >= kills
    assert sorted(map(int, people.values())) == list(range(1, edits + 1))
    events = rows(record, "SELECT position, id, kind, subject_id, subject_version FROM outbox ORDER BY position")
    assert [position for position, *_ in events] == list(range(1, 2 * edits + 1))
    assert rows(record, REACHED) == rows(record, EFFECTS) == [(2 * edits,)]
    assert {event_id for _, event_id, *_ in events} >= acknowledged.keys()
    assert [version for *_, subject, version in events if subject == SHARED] == list(range(1, edits + 1))
    assert {subject for _, _, kind, subject, _ in events if kind == "person.added"} == people.keys()


async def test_a_record_survives_being_killed_while_it_is_opened(tmp_path: Path, kills: int) -> None:
    """Twice on the same record: the first run makes its tables, the second finds what the first left."""
    records = [tmp_path / f"{number}.db" for number in range(kills // 10)]
    urls = {record: f"sqlite:///{record}" for record in records}
    twice = chain.from_iterable(repeat(url, 2) for url in urls.values())
    acts = chain.from_iterable(killed_runs(edit_without_end, twice, seed=3, from_first_act=False))
    acknowledged = {act.split()[1].decode() for act in acts}
    people: set[str] = set()
    for record, url in urls.items():
        runtime = await open_counting(url)
        await runtime.drain()
        await runtime.stop()
        people |= {person_id for (person_id,) in rows(record, "SELECT id FROM person")}
    assert acknowledged <= people
