"""From an act to its effects: relay, consumers, rechecks and timers, with what happens when one of them fails."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.events import Event
from workers.consumers import Consumer
from workers.following import Following
from workers.rechecks import BATCH
from workers.retries import TRIES, retry_at


async def waiting(following: Any, clock: Any) -> list[Any]:
    """Every row of the recheck queue, due by tomorrow; the claim is void at once."""
    tomorrow = clock.now() + timedelta(days=1)
    return await following.rechecks.claim(tomorrow, 10, clock.now())


async def test_an_act_leads_to_one_assessment_of_what_it_touched(following: Any, edit: Any, assessing: Any) -> None:
    for change_id, kind in (("c1", "change.edited"), ("c2", "change.edited"), ("c1", "change.edited")):
        last = await edit(change_id, kind)
    await edit("c3", "change.scored")
    await edit("c2", "change.scored")
    await following.until_idle()
    assert assessing.asked == [(["c1", "c2"], ["c3"])]
    assert await following.log.position_of(last) == 3
    assert await following.log.offset("assessment") == 5
    await following.until_idle()
    assert len(assessing.asked) == 1


async def test_a_change_that_cannot_be_assessed_holds_up_no_other(
    following: Any, edit: Any, assessing: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assessing.poisoned = {"c1"}
    for change_id in ("c0", "c1", "c2"):
        await edit(change_id)
    with caplog.at_level(logging.WARNING, "workers"):
        await following.until_idle()
    assert sorted(assessing.done) == ["c0", "c2"]
    assert "change c1 could not be assessed (1)" in caplog.text
    await edit("c0")
    await following.until_idle()
    assert sorted(assessing.done) == ["c0", "c0", "c2"]
    clock.advance(timedelta(seconds=5))
    await following.until_idle()
    (row,) = await waiting(following, clock)
    assert (row.change_id, row.attempts) == ("c1", 2)
    clock.advance(timedelta(seconds=9))
    assessing.poisoned = set()
    await following.until_idle()
    assert "c1" not in assessing.done
    clock.advance(timedelta(seconds=1))
    await following.until_idle()
    assert "c1" in assessing.done
    assert await waiting(following, clock) == []


def test_retries_wait_longer_each_time_until_a_person_has_to_look(clock: Any) -> None:
    waits = [retry_at(failures, clock.now()) for failures in range(1, TRIES + 1)]
    assert [at and (at - clock.now()).total_seconds() for at in waits] == [*(5 * 2**n for n in range(10)), 3_600, None]


async def test_more_changes_than_a_batch_are_all_assessed(following: Any, edit: Any, assessing: Any) -> None:
    touched = [f"c{n:03d}" for n in range(BATCH * 2 + 1)]
    for change_id in touched:
        await edit(change_id)
    await following.until_idle()
    assert sorted(assessing.done) == touched
    assert [len(asked) for asked, _ in assessing.asked] == [BATCH, BATCH, 1]


async def test_a_consumer_that_fails_is_tried_again_and_holds_up_no_other(
    following: Any, edit: Any, assessing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    is_broken = True

    async def compute(events: Sequence[Event]) -> None:
        if is_broken:
            raise ValueError("broken")

    lane = following.add(Consumer("broken", compute))
    await edit("c1")
    with caplog.at_level(logging.ERROR, "workers"):
        await following.until_idle()
    assert caplog.text.count("consumer broken stopped") == 1
    assert assessing.done == ["c1"]
    assert isinstance(lane.failure, ValueError)
    assert await following.log.offset("broken") == 0
    is_broken = False
    await following.until_idle()
    assert await following.log.offset("broken") == 1
    assert lane.failure is None


async def test_two_processes_consuming_beside_each_other_have_one_effect(following: Any, edit: Any) -> None:
    effects: list[int] = []

    async def compute(events: Sequence[Event]) -> Any:
        await asyncio.sleep(0)
        positions = [event.position for event in events]

        async def write(_connection: Any) -> None:
            effects.extend(positions)

        return write

    for number in range(30):
        await edit(f"c{number}")
    await following.log.number()
    consumer = Consumer("counting", compute)
    follower = Following(consumer, following.log, following.letters, following.clock)
    taken = await asyncio.gather(*(follower.take_next() for _ in range(4)))
    assert effects == list(range(1, 31))
    assert sum(taken) == 30


async def test_a_timer_that_falls_due_puts_its_change_into_the_queue(
    following: Any, edit: Any, assessing: Any, clock: Any
) -> None:
    await edit("c1", "change.renamed", timer=clock.now() + timedelta(hours=1))
    await following.until_idle()
    assert assessing.done == []
    clock.advance(timedelta(hours=1))
    await following.until_idle()
    await following.until_idle()
    assert assessing.done == ["c1"]
