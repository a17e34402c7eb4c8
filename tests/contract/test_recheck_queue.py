"""The queue of changes to look at again, and timers, over every store."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.store.dead_letters import SqlDeadLetters
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


async def to_do(queue: SqlRecheckQueue, clock: FixedClock, limit: int = 10) -> list[Any]:
    """Rows that are due and claimed by nobody; the claim is void at once."""
    return await queue.claim(clock.now(), limit, clock.now())


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
    assert [row.change_id for row in await to_do(queue, clock)] == ["c0"]


async def test_a_row_marked_again_while_it_is_worked_on_stays(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    await write(database, queue.mark(footprint=["c0", "c1"], risk_only=[], position=1, now=clock.now()))
    taken = await to_do(queue, clock)
    await write(database, queue.mark(footprint=["c1"], risk_only=[], position=1, now=clock.now()))
    await queue.finish(taken)
    (left,) = await to_do(queue, clock)
    assert left.change_id == "c1"
    await queue.fail(taken[1], "too late to say", clock.now(), clock.now() + timedelta(hours=1))
    assert await to_do(queue, clock) == [left]
    await queue.finish([left])
    assert await queue.waiting() == 0


async def test_many_workers_share_the_rows_and_take_over_what_a_killed_one_left(
    database: Database, queue: SqlRecheckQueue, work: Any, clock: FixedClock
) -> None:
    many = [f"c{n:03d}" for n in range(100)]
    async with work(SYSTEM) as act:
        for change_id in many:
            change = Change(id=change_id, number=change_id, external_id=None, title="t", recorded_at=act.now)
            act.add(change)
            act.record("change.requested", change)
        await act.commit()
    await write(database, queue.mark(footprint=many, risk_only=[], position=1, now=clock.now()))
    until = clock.now() + timedelta(seconds=20)
    taken: list[Any] = []
    while len(taken) < len(many):
        for batch in await asyncio.gather(*(queue.claim(clock.now(), 7, until) for _ in range(10))):
            taken += batch
    assert sorted(row.change_id for row in taken) == many
    assert await queue.is_claimed(clock.now())
    assert await queue.claim(clock.now(), 7, until) == []
    await queue.release(taken[:1])
    assert await queue.claim(clock.now(), 7, until) == taken[:1]
    await queue.finish(taken[:10])
    clock.advance(timedelta(seconds=20))
    assert not await queue.is_claimed(clock.now())
    later = clock.now() + timedelta(seconds=20)
    again = await queue.claim(clock.now(), 100, later)
    assert len(again) == len(many) - 10
    assert await queue.hold(taken[10], later) is None
    assert await queue.hold(again[0], later + timedelta(seconds=1)) is not None


async def test_a_row_marked_again_while_it_is_worked_on_belongs_to_one_worker_until_it_ends(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    mark = queue.mark(footprint=["c0"], risk_only=[], position=1, now=clock.now())
    await write(database, mark)
    until = clock.now() + timedelta(seconds=20)
    taken = await queue.claim(clock.now(), 10, until)
    await write(database, mark)
    assert await queue.claim(clock.now(), 10, until) == []
    await queue.finish(taken)
    assert [row.change_id for row in await queue.claim(clock.now(), 10, until)] == ["c0"]


async def test_a_row_given_up_becomes_a_dead_letter_until_the_change_is_assessed(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    letters = SqlDeadLetters(database)
    for position in (3, 4):
        await write(database, queue.mark(footprint=["c0"], risk_only=[], position=position, now=clock.now()))
        (row,) = await to_do(queue, clock)
        await queue.fail(row, "broken", clock.now(), None)
        assert await queue.waiting() == 0
        (letter,) = await letters.all()
        told = (letter.consumer, letter.subject_id, letter.position, letter.error, letter.retry_at)
        assert told == ("rechecks", "c0", position, "broken", None)
    await write(database, queue.mark(footprint=["c0"], risk_only=[], position=5, now=clock.now()))
    await queue.finish(await to_do(queue, clock))
    assert await letters.all() == []


async def test_a_failed_row_waits_and_the_longest_waiting_comes_first(
    database: Database, queue: SqlRecheckQueue, changes: list[str], clock: FixedClock
) -> None:
    await write(database, queue.mark(footprint=changes, risk_only=[], position=1, now=clock.now()))
    first, *others = await to_do(queue, clock)
    await queue.fail(first, "x" * 9_999, clock.now(), clock.now() + timedelta(seconds=5))
    assert await to_do(queue, clock, 2) == others[:2]
    clock.advance(timedelta(seconds=5))
    assert [(row.change_id, row.attempts) for row in await to_do(queue, clock)][-1] == ("c0", 1)
    await write(database, queue.mark(footprint=["c0"], risk_only=[], position=2, now=clock.now()))
    assert [row.attempts for row in await to_do(queue, clock) if row.change_id == "c0"] == [0]


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
    assert [row.change_id for row in await to_do(queue, clock)] == ["c0", "c1"]
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
