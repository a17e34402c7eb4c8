"""Replays: every stored assessment recomputes to the last bit, and its inputs from the log, whatever came later."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.store.tables.assessments import risk_assessment
from domain.store.tables.log import outbox
from domain.usecases.reassessment import reassess
from domain.usecases.replay import Replayed, replayed
from tests.edited_worlds import MONDAY, act_on, edit, seed
from tests.records import record_at
from workers.runtime import Runtime

MINUTE = timedelta(minutes=1)


async def all_replayed(runtime: Runtime, *, deep: bool = True) -> list[Replayed]:
    async with runtime.history() as history:
        return [found async for found in replayed(runtime.ports, history, None, deep=deep)]


async def differing(runtime: Runtime, *, deep: bool = True) -> list[tuple[str, list[str]]]:
    """Return the changes whose stored assessments come out otherwise, with the paths of what differs."""
    return [
        (found.assessment.row.change_id, [difference.path for difference in found.differences])
        for found in await all_replayed(runtime, deep=deep)
        if found.differences
    ]


async def open_world(folder: Path, number: int, dice: random.Random, clock: FixedClock) -> Runtime:
    runtime = await Runtime.open(record_at(folder / f"{number}.db"), clock=clock)
    async with runtime.ports.work(SYSTEM) as work:
        await seed(work, dice)
        await work.commit()
    return runtime


@pytest.fixture
async def assessed(tmp_path: Path):
    """A small world whose changes are assessed."""
    runtime = await open_world(tmp_path, 0, random.Random(3), FixedClock(MONDAY))
    await runtime.drain()
    yield runtime
    await runtime.stop()


async def test_every_assessment_of_a_long_story_replays_from_its_inputs_and_from_the_log(
    worlds: Callable[[int], int], tmp_path: Path
) -> None:
    """Acts, late entries and acceptances; workers that come at once, late, or while an act is not yet numbered."""
    for world in range(max(2, worlds(200) // 20)):
        dice, clock = random.Random(100 + world), FixedClock(MONDAY)
        runtime = await open_world(tmp_path, world, dice, clock)
        for number in range(8):
            clock.advance(dice.choice([timedelta(0), MINUTE, timedelta(hours=20)]))
            if dice.random() < 0.7:
                await runtime.drain()
            await act_on(runtime.ports, dice, number)
            if dice.random() < 0.3:
                async with runtime.ports.snapshot() as snapshot:
                    some = sorted(await snapshot.open_changes())
                await reassess(runtime.ports, some[::2], some[1::2])
        await runtime.drain()
        assert await differing(runtime) == [], f"world {world}"
        assert len(await all_replayed(runtime, deep=False)) > 8
        await runtime.stop()


async def test_a_look_that_saw_an_act_before_it_was_numbered_is_recognised(assessed: Runtime) -> None:
    async with assessed.ports.work(SYSTEM) as work:
        moved = await work.get(Change, "c0")
        moved.is_irreversible = True
        work.record("change.updated", moved)
        await work.commit()
    before = await assessed.log.head()
    await reassess(assessed.ports, ["c0"])
    latest = (await all_replayed(assessed))[-1].assessment
    assert (latest.row.change_id, latest.row.position) == ("c0", before)
    assert "G3" in {rule["code"] for rule in latest.row.inputs["guardrails"]}
    assert await differing(assessed) == []


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"score": 12.3}, "score"),
        ({"probability": 0.123}, "probability"),
        ({"input_hash": "0" * 64}, "input_hash"),
        ({"level": "LOW"}, "level"),
        ({"params_version": "risk-99"}, "params_version"),
    ],
)
async def test_a_stored_number_that_was_altered_is_found(assessed: Runtime, values: dict, path: str) -> None:
    altered = sa.update(risk_assessment).where(risk_assessment.c.change_id == "c1").values(**values)
    async with assessed.database.writer.begin() as connection:
        await connection.execute(altered)
    found = await differing(assessed, deep=False)
    assert [change_id for change_id, _ in found] == ["c1"]
    assert path in found[0][1]


async def test_stored_inputs_that_agree_with_themselves_but_not_with_the_log_are_found_deep_down(
    assessed: Runtime,
) -> None:
    """Whoever alters inputs, hash and result together is found by what the log gives."""
    first, second = (found.assessment.row for found in (await all_replayed(assessed))[:2])
    alike = {"inputs": first.inputs | {"change_id": second.change_id}, "result": first.result}
    async with assessed.database.writer.begin() as connection:
        await connection.execute(
            sa.update(risk_assessment).where(risk_assessment.c.change_id == second.change_id).values(**alike)
        )
    paths = dict(await differing(assessed))[second.change_id]
    assert any(path.startswith("inputs.factors") for path in paths)


async def test_a_log_that_tells_another_story_is_found(assessed: Runtime) -> None:
    async with assessed.database.writer.begin() as connection:
        for event in (await connection.execute(sa.select(outbox).where(outbox.c.subject_id == "c2"))).all():
            told = event.body | {"rollback_state": "NONE"}
            await connection.execute(sa.update(outbox).where(outbox.c.id == event.id).values(body=told))
    assert [change_id for change_id, _ in await differing(assessed)] == ["c2"]
    assert await differing(assessed, deep=False) == []


async def test_an_assessment_that_the_log_does_not_tell_of_is_found(assessed: Runtime) -> None:
    async with assessed.database.writer.begin() as connection:
        await connection.execute(
            sa.text(
                "DELETE FROM outbox WHERE subject_type = 'risk_assessment'"
                " AND subject_id IN (SELECT id FROM risk_assessment WHERE change_id = 'c3')"
            )
        )
    assert await differing(assessed) == [("c3", ["log"])]


async def test_only_the_changes_meant_are_replayed(assessed: Runtime) -> None:
    async with assessed.history() as history:
        meant = [found async for found in replayed(assessed.ports, history, ["c1", "c4"], deep=True)]
    assert sorted(found.assessment.row.change_id for found in meant) == ["c1", "c4"]


async def test_edits_after_an_assessment_leave_its_replay_alone(assessed: Runtime) -> None:
    for number in range(6):
        async with assessed.ports.work(SYSTEM) as work:
            await edit(work, random.Random(number), number)
            await work.commit()
    assert await differing(assessed) == []
