"""The queue of changes to look at again, and timers, over every store."""

from datetime import timedelta
from typing import Any

import pytest

from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.store.engine import Database
from domain.store.recheck import SqlRecheckQueue
from domain.store.timers import SqlTimers


@pytest.fixture
def queue(database: Database) -> SqlRecheckQueue:
    return SqlRecheckQueue(database)


@pytest.fixture
async def changes(work: Any) -> list[str]:
    async with work(SYSTEM) as act:
        made = [
            Change(id=f"c{n}", number=f"CHG{n}", external_id=None, title="t", recorded_at=act.now) for n in range(4)
        ]
        for change in made:
            act.add(change)
            act.record("change.requested", change)
        await act.commit()
    return [change.id for change in made]


async def write(database: Database, effect: Any) -> None:
    async with database.writer.begin() as connection:
        await effect(connection)


async def test_a_change_marked_often_is_one_row(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock, rows: Any
) -> None:
    for position, (footprint, risk_only) in enumerate([([], ["c1"]), (["c1"], ["c1", "c2"]), ([], ["c1"])], start=1):
        mark = queue.mark(footprint=footprint, risk_only=risk_only, position=position, now=clock.now())
        await write(database, mark)
    marked = {row["change_id"]: (row["needs_footprint"], row["position"]) for row in await rows("recheck")}
    assert marked == {"c1": (True, 3), "c2": (False, 2)}
    assert await queue.waiting() == 2


async def test_ids_of_no_change_are_passed_over(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    await write(database, queue.mark(footprint=["c0", "gone"], risk_only=["lost"], position=1, now=clock.now()))
    assert [row.change_id for row in await queue.due(clock.now(), 10)] == ["c0"]


async def test_a_row_marked_again_while_it_is_worked_on_stays(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    await write(database, queue.mark(footprint=["c0", "c1"], risk_only=[], position=1, now=clock.now()))
    taken = await queue.due(clock.now(), 10)
    await write(database, queue.mark(footprint=["c1"], risk_only=[], position=1, now=clock.now()))
    await queue.finish(taken)
    (left,) = await queue.due(clock.now(), 10)
    assert left.change_id == "c1"
    await queue.fail(taken[1], "too late to say", clock.now() + timedelta(hours=1))
    assert await queue.due(clock.now(), 10) == [left]
    await queue.finish([left])
    assert await queue.waiting() == 0


async def test_a_failed_row_waits_and_the_longest_waiting_comes_first(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    await write(database, queue.mark(footprint=changes, risk_only=[], position=1, now=clock.now()))
    first, *others = await queue.due(clock.now(), 10)
    await queue.fail(first, "x" * 9_999, clock.now() + timedelta(seconds=5))
    assert await queue.due(clock.now(), 2) == others[:2]
    clock.advance(timedelta(seconds=5))
    assert [(row.change_id, row.attempts) for row in await queue.due(clock.now(), 10)][-1] == ("c0", 1)
    await write(database, queue.mark(footprint=["c0"], risk_only=[], position=2, now=clock.now()))
    assert [row.attempts for row in await queue.due(clock.now(), 10) if row.change_id == "c0"] == [0]


async def test_a_timer_fires_at_its_instant_and_once(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock, work: Any
) -> None:
    timers = SqlTimers(database)
    fired: list[list[str]] = []

    def effect(subject_ids: Any) -> Any:
        fired.append(list(subject_ids))
        return queue.mark(footprint=subject_ids, risk_only=[], position=0, now=clock.now())

    async with work(SYSTEM) as act:
        minutes = {"c1": 10, "c0": 5, "c2": 60}
        due = {change_id: act.now + timedelta(minutes=late) for change_id, late in minutes.items()}
        await act.assessments.set_timers("recheck", due)
        await act.assessments.set_timers("unknown kind", {"c3": act.now})
        await act.commit()
    assert await timers.fire({"recheck": effect}, clock.now()) == 0
    assert await timers.next_due(["recheck"]) == clock.now() + timedelta(minutes=5)
    clock.advance(timedelta(minutes=10))
    assert await timers.fire({"recheck": effect}, clock.now()) == 2
    assert await timers.fire({"recheck": effect}, clock.now()) == 0
    assert fired == [["c0", "c1"]]
    assert [row.change_id for row in await queue.due(clock.now(), 10)] == ["c0", "c1"]
    assert await timers.next_due(["recheck"]) == clock.now() + timedelta(minutes=50)


async def test_a_timer_whose_effect_fails_has_not_fired(
    database: Database, changes: list[str], clock: FixedClock, work: Any
) -> None:
    timers = SqlTimers(database)

    def effect(_subject_ids: Any) -> Any:
        async def fail(_connection: Any) -> None:
            raise RuntimeError("the effect failed")

        return fail

    async with work(SYSTEM) as act:
        await act.assessments.set_timers("recheck", {"c0": act.now})
        await act.commit()
    with pytest.raises(RuntimeError, match="the effect failed"):
        await timers.fire({"recheck": effect}, clock.now())
    assert await timers.next_due(["recheck"]) == clock.now()
