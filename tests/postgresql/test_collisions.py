"""Acts that get in each other's way on a server with many writers: one goes through, the other is undone whole."""

import asyncio
from typing import Any

import pytest

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import Collision, StaleVersion
from domain.kernel.ids import random_ids
from domain.kernel.time import SystemClock
from domain.people.model import Person
from domain.store.engine import Database
from domain.store.timers import SqlTimers
from domain.store.unit_of_work import unit_of_work


@pytest.fixture
def work(database: Database) -> Any:
    clock = SystemClock()
    return unit_of_work(database, clock, random_ids(clock))


async def test_of_acts_in_each_others_way_one_is_refused_and_leaves_nothing(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        await act.next_number("A")
        await act.next_number("B")
        await act.commit()
    both = asyncio.Barrier(2)

    async def add(first: str, second: str) -> str:
        async with work(SYSTEM) as act:
            added = Person(id=act.new_id(), external_id=await act.next_number(first), name=first)
            await both.wait()
            await act.next_number(second)
            act.add(added)
            act.record("person.added", added)
            await act.commit()
        return first

    outcomes = await asyncio.gather(add("A", "B"), add("B", "A"), return_exceptions=True)
    (through,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    (refused,) = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert isinstance(refused, Collision)
    assert isinstance(refused, StaleVersion)
    assert "repeat" in str(refused)
    assert [row["name"] for row in await rows("person")] == [through]
    assert {row["name"]: row["value"] for row in await rows("counter")} == {"A": 2, "B": 2}


async def test_a_schedule_armed_by_many_at_once_is_one_timer(database: Database, rows: Any) -> None:
    timers, due = SqlTimers(database), SystemClock().now()
    await asyncio.gather(*(timers.arm("nightly", "fit", due) for _ in range(8)))
    assert len(await rows("timer")) == 1


async def test_timers_are_fired_by_one_of_many_that_sweep_at_once(database: Database) -> None:
    timers, now = SqlTimers(database), SystemClock().now()
    for number in range(40):
        await timers.arm("nightly", f"s{number}", now)
    fired: list[str] = []

    def effect(subject_ids: Any) -> Any:
        async def write(_connection: Any) -> None:
            await asyncio.sleep(0.01)
            fired.extend(subject_ids)

        return write

    while sum(await asyncio.gather(*(timers.fire({"nightly": effect}, now, limit=7) for _ in range(4)))):
        pass
    assert sorted(fired) == sorted(f"s{number}" for number in range(40))
