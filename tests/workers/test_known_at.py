"""Answers as known then: asked later about an instant, the engines say to the letter what they said at that instant."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.change.model import Change
from domain.conflict.model import ConflictCode
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.kernel.time import FixedClock
from domain.ports import Ports
from domain.usecases import as_known
from domain.usecases.preview import impact_of, preview
from tests.edited_worlds import CIS, MONDAY, SERVICES, act_on, edit, seed
from tests.records import record_at
from workers.runtime import Runtime

MINUTE = timedelta(minutes=1)
ACTS = 6


async def answers(ports: Ports) -> dict[str, Any]:
    """Return what is answered of every change, of the calendar and of a failing configuration item."""
    async with ports.snapshot() as snapshot:
        changes = await snapshot.find_all(Change)
        conflicts = await snapshot.conflicts_of(await snapshot.open_changes())
    found: dict[str, Any] = {"position": snapshot.position}
    found["conflicts"] = {
        record.conflict.key: (record.conflict, record.status, record.acceptance) for record in conflicts
    }
    for place, change in enumerate(changes):
        told = await preview(ports, SYSTEM, change, with_slots=place == 0)
        offered = told.slots.slots if told.slots else ()
        found[change.id] = (
            told.risk.assessment,
            told.risk.route,
            told.meeting,
            [(record.conflict, record.status, record.acceptance) for record in told.conflicts],
            [(slot.slot, slot.risk.assessment.score) for slot in offered],
            told.names,
        )
    for ci_id in (*CIS[:3], *SERVICES):
        estate, names, _ = await impact_of(ports, SYSTEM, [ci_id])
        found[f"impact of {ci_id}"] = (estate.impact, names)
    return found


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[[str, FixedClock], Any]]:
    """Opens records in files of their own, by name, and closes them all."""
    runtimes: list[Runtime] = []

    async def open_record(name: str, clock: FixedClock) -> Runtime:
        runtimes.append(await Runtime.open(record_at(tmp_path / f"{name}.db"), clock=clock))
        return runtimes[-1]

    yield open_record
    for runtime in runtimes:
        await runtime.stop()


async def seeded(runtime: Runtime, dice: random.Random) -> None:
    async with runtime.ports.work(SYSTEM) as work:
        await seed(work, dice)
        await work.commit()


async def test_answers_about_an_instant_are_those_given_at_it(
    opened: Callable[[str, FixedClock], Any], worlds: Callable[[int], int]
) -> None:
    met: set[ConflictCode] = set()
    accepted = 0
    for world in range(max(2, worlds(100) // 20)):
        dice, clock = random.Random(world), FixedClock(MONDAY)
        runtime = await opened(str(world), clock)
        await seeded(runtime, dice)
        given: list[tuple[datetime, dict[str, Any]]] = []
        for number in range(ACTS):
            await runtime.drain()
            given.append((clock.now(), await answers(runtime.ports)))
            clock.advance(MINUTE)
            await act_on(runtime.ports, dice, number)
        await runtime.drain()
        for instant, answer in dice.sample(given, 3):
            async with runtime.known_at(instant) as ports:
                assert await answers(ports) == answer, f"world {world} at {instant}"
            met |= {conflict.code for conflict, _, _ in answer["conflicts"].values()}
            accepted += sum(acceptance is not None for _, _, acceptance in answer["conflicts"].values())
    assert {ConflictCode.SAME_CI, ConflictCode.PERSON, ConflictCode.CAPACITY} <= met
    assert accepted


@pytest.mark.parametrize("at_a_time", [as_known.CHANGES_AT_A_TIME, 2])
async def test_workers_that_came_late_then_are_not_waited_for_now(
    opened: Callable[[str, FixedClock], Any], monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    """What had been entered by an instant is assessed as of it, even where the workers got to it only later."""
    monkeypatch.setattr(as_known, "CHANGES_AT_A_TIME", at_a_time)
    clocks = FixedClock(MONDAY), FixedClock(MONDAY)
    late, prompt = [await opened(name, clock) for name, clock in zip(("late", "prompt"), clocks, strict=True)]
    for runtime, clock in ((late, clocks[0]), (prompt, clocks[1])):
        dice = random.Random(5)
        await seeded(runtime, dice)
        for number in range(ACTS):
            clock.advance(MINUTE)
            async with runtime.ports.work(SYSTEM) as work:
                await edit(work, dice, number)
                await work.commit()
    await prompt.drain()
    clocks[0].advance(timedelta(hours=5))
    await late.drain()
    async with late.known_at(clocks[1].now()) as ports:
        then = await answers(ports)
    now = await answers(prompt.ports)
    assert then["conflicts"] == now["conflicts"]
    assert then["conflicts"]
    changes = [key for key in now if key.startswith("c") and key != "conflicts"]
    assert [then[key][0].score for key in changes] == [now[key][0].score for key in changes]


async def test_before_the_first_event_nothing_was_known(opened: Callable[[str, FixedClock], Any]) -> None:
    runtime = await opened("record", FixedClock(MONDAY))
    await seeded(runtime, random.Random(1))
    with pytest.raises(InvalidInput, match="nothing was known yet"):
        async with runtime.known_at(MONDAY - MINUTE):
            pass
