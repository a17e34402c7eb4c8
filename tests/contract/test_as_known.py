"""The record as it was known, over every store: at any past instant it equals a copy taken at that instant."""

import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.conflict.acceptance import Acceptance, ConflictRecord, ConflictStatus
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictKind, ConflictSeverity
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.people.model import Person, Team
from domain.store.as_known import KnownRecord, known_record, position_at, standing_conflicts
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.mapping import AGGREGATES, Aggregate
from domain.store.throw_away import LOCK, PREFIX, throw_away_folder
from tests.builders import a_change, a_ci, a_class, a_person, a_team, an_incident, saved
from tests.contract.whole_records import Made

TABLES = [
    table
    for aggregate in AGGREGATES
    for table in (aggregate.table, *(children.table for children in aggregate.children))
]
MINUTE = timedelta(minutes=1)

Copy = dict[str, list[tuple[Any, ...]]]


async def copied(database: Database) -> Copy:
    """Return every row of every record, table by table."""
    async with database.reader.connect() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(sa.select(table).order_by(table.c.id))]
            for table in TABLES
        }


@pytest.fixture
def log(database: Database) -> SqlEventLog:
    return SqlEventLog(database)


@pytest.fixture
async def known(database: Database) -> AsyncIterator[KnownRecord]:
    async with known_record(database) as record:
        yield record


async def numbered(log: SqlEventLog) -> None:
    while await log.number():
        pass


def add(act: Any, made: Made, aggregate: Aggregate) -> None:
    """Add a whole record and what it refers to."""
    before = len(made.records)
    made.root(aggregate)
    for record in made.records[before:]:
        act.add(record)
        act.record("thing.added", record)


async def act_at_random(work: Any, made: Made) -> None:
    """Add a whole record of any noun, or alter one: a field of its own, or the children it has."""
    dice = made.dice
    async with work(SYSTEM) as act:
        for _ in range(dice.randrange(1, 4)):
            aggregate = dice.choice(AGGREGATES)
            there = await act.find_all(aggregate.cls)
            if not there or dice.random() < 0.4:
                add(act, made, aggregate)
                await act.commit()
                continue
            record = dice.choice(there)
            made.altered(record)
            for children in aggregate.children:
                parts = getattr(record, children.attribute)
                if parts and dice.random() < 0.5:
                    parts.remove(dice.choice(parts))
            act.record("thing.altered", record)
        await act.commit()


async def test_the_record_of_any_instant_equals_a_copy_taken_then(
    database: Database, work: Any, clock: FixedClock, log: SqlEventLog, worlds: Callable[[int], int]
) -> None:
    made = Made(11)
    copies: list[tuple[datetime, Copy]] = []
    for number in range(worlds(120)):
        if number < len(AGGREGATES):
            async with work(SYSTEM) as act:
                add(act, made, AGGREGATES[number])
                await act.commit()
        await act_at_random(work, made)
        await numbered(log)
        copies.append((clock.now(), await copied(database)))
        clock.advance(MINUTE)
    made.dice.shuffle(copies)
    async with known_record(database) as known:
        for instant, copy in copies:
            await known.move_to(await position_at(database, instant + MINUTE / 2))
            assert await copied(known.database) == copy, instant
    assert all(any(copy[table.name] for _, copy in copies) for table in TABLES)


async def test_going_back_is_like_never_having_gone_on(
    database: Database, work: Any, clock: FixedClock, log: SqlEventLog, known: KnownRecord
) -> None:
    await saved(work, a_person(id="ada", name="Ada"))
    await numbered(log)
    first = await log.head()
    clock.advance(MINUTE)
    await saved(work, a_person(id="ben"))
    await numbered(log)
    for position in (2, first, 2, first):
        await known.move_to(position)
        people = (await copied(known.database))["person"]
        assert len(people) == (1 if position == first else 2)


async def test_unique_values_may_change_hands(work: Any, log: SqlEventLog, known: KnownRecord) -> None:
    await saved(work, a_team(id="first", name="North"), a_team(id="second", name="South"))
    await numbered(log)
    await known.move_to(await log.head())
    for team_id, name in (("first", "Aside"), ("second", "North"), ("first", "South")):
        async with work(SYSTEM) as act:
            team = await act.get(Team, team_id)
            team.name = name
            act.record("team.renamed", team)
            await act.commit()
    await numbered(log)
    await known.move_to(await log.head())
    names = {row[0]: row[2] for row in (await copied(known.database))["team"]}
    assert names == {"first": "South", "second": "North"}


async def test_what_is_entered_later_of_an_earlier_time_was_not_known(
    database: Database, work: Any, clock: FixedClock, log: SqlEventLog, known: KnownRecord
) -> None:
    await saved(work, a_class(), a_ci(id="ci"))
    then = clock.now()
    clock.advance(MINUTE)
    long_ago = then - timedelta(days=30)
    await saved(work, an_incident("ci", id="late", opened_at=long_ago, recorded_at=long_ago))
    await numbered(log)
    await known.move_to(await position_at(database, then))
    assert (await copied(known.database))["incident"] == []
    await known.move_to(await position_at(database, clock.now()))
    assert [row[0] for row in (await copied(known.database))["incident"]] == ["late"]


async def test_how_far_the_log_had_come(database: Database, work: Any, clock: FixedClock, log: SqlEventLog) -> None:
    start = clock.now()
    assert await position_at(database, start) == 0
    for _ in range(3):
        await saved(work, a_person())
        clock.advance(MINUTE)
    await numbered(log)
    found = [await position_at(database, start + half * MINUTE / 2) for half in range(-1, 7)]
    assert found == [0, 1, 1, 2, 2, 3, 3, 3]


async def test_a_clock_set_back_changes_nothing_of_what_was_known(
    database: Database, work: Any, clock: FixedClock, log: SqlEventLog
) -> None:
    start = clock.now()
    for minutes in (0, 10, 5):
        clock.instant = start + minutes * MINUTE
        await saved(work, a_person())
    await numbered(log)
    assert await position_at(database, start + 7 * MINUTE) == 1
    assert await position_at(database, start + 10 * MINUTE) == 3


async def test_the_position_read_in_it_is_that_of_the_log(
    database: Database, work: Any, log: SqlEventLog, known: KnownRecord
) -> None:
    await saved(work, *(a_person() for _ in range(4)))
    await numbered(log)
    for position in (3, 4, 2):
        await known.move_to(position)
        assert await SqlEventLog(known.database).head() == position


def conflict(window: tuple[int, int], fingerprint: str = "f") -> Conflict:
    return Conflict(
        change_ids=("one", "two"),
        code=ConflictCode.SAME_CI,
        kind=ConflictKind.PLANNED,
        severity=ConflictSeverity.MAJOR,
        weight=0.7,
        window=window,
        cis=(AffectedCi("ci", 0.1 + 0.2, ("a", "ci")),),
        total_cis=1,
        subject=None,
        message="Both touch the same server",
        rule_version="1",
        fingerprint=fingerprint,
    )


async def test_conflicts_stand_as_they_were_stored_with_who_accepted_them(
    database: Database, work: Any, log: SqlEventLog
) -> None:
    await saved(work, a_class(), a_ci(id="ci"), a_change("ci", id="one"), a_change("ci", id="two"))
    found, acceptance = conflict((0, 3600)), Acceptance("ada", "agreed by phone", "f")
    stages = [
        ConflictRecord(found, 4),
        ConflictRecord(found, 4, ConflictStatus.ACCEPTED, acceptance),
        ConflictRecord(conflict((60, 3600), "g"), 5),
        ConflictRecord(found, 6, ConflictStatus.RESOLVED),
    ]
    heads = []
    for stage in stages:
        async with work(SYSTEM) as act:
            await act.assessments.save_conflicts([stage])
            await act.commit()
        await numbered(log)
        heads.append(await log.head())
    for head, stage in zip(heads[:-1], stages[:-1], strict=True):
        assert await standing_conflicts(database, head) == {found.key: stage}
    assert await standing_conflicts(database, heads[-1]) == {}
    assert await standing_conflicts(database, heads[0] - 1) == {}


async def test_nothing_is_written_to_the_record_itself(
    database: Database, work: Any, log: SqlEventLog, known: KnownRecord
) -> None:
    await saved(work, a_person(id="ada"))
    await numbered(log)
    await known.move_to(1)
    async with known.database.writer.begin() as connection:
        await connection.execute(sa.delete(sa.inspect(Person).local_table))
    assert len((await copied(database))["person"]) == 1


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_gone_at_the_end_however_it_ends(temporary: Path) -> None:
    with throw_away_folder() as folder:
        (folder / "record.db").write_bytes(b"x")
        assert folder.parent == temporary
    with pytest.raises(ValueError, match="on the way"), throw_away_folder():
        raise ValueError("on the way")
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_is_in_use_stays(temporary: Path) -> None:
    abandoned = temporary / f"{PREFIX}killed"
    abandoned.mkdir()
    (abandoned / LOCK).touch()
    (abandoned / "record.db").write_bytes(b"x" * 1000)
    elsewhere = (
        "import tempfile, sys; from domain.store.throw_away import throw_away_folder\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "with throw_away_folder() as folder:\n print(folder, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", elsewhere], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        in_use = Path(other.stdout.readline().strip())
        assert not abandoned.exists()
        with throw_away_folder() as own:
            assert in_use.exists()
            assert own != in_use
        assert in_use.exists()
        other.kill()
    assert in_use.exists()
    with throw_away_folder():
        assert not in_use.exists()
