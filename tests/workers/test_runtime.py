"""Embedded mode: the whole program in one process, its wake-ups optional, its end graceful."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from workers import crew
from workers.broker import job_bytes
from workers.consumers import Consumer
from workers.lanes import Lane
from workers.roles import Role
from workers.runtime import Runtime

MOST_SECONDS = 60.0
"""How long is waited on a busy machine for what comes at once on a quiet one."""


@pytest.fixture
def is_unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only wake-ups move a lane."""
    monkeypatch.setattr(crew, "SWEEP_SECONDS", 3_600.0)


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    opened = await Runtime.open(record_url)
    yield opened
    await opened.stop()


async def act(runtime: Runtime) -> int:
    async with runtime.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        return await work.commit()


async def is_consumed(runtime: Runtime, outbox_id: int, seconds: float = MOST_SECONDS) -> bool:
    return await runtime.log.wait_for(outbox_id, "assessment", seconds)


@pytest.mark.usefixtures("is_unswept")
async def test_an_act_is_consumed_soon_after_it_wakes_the_workers(runtime: Runtime) -> None:
    await runtime.start()
    assert runtime.is_healthy
    for _ in range(3):
        last = await act(runtime)
        await runtime.ports.wake()
        assert await is_consumed(runtime, last)


async def test_the_sweep_makes_up_for_a_lost_wake_up(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "SWEEP_SECONDS", 1)
    await runtime.start()
    await asyncio.sleep(0.3)
    last = await act(runtime)
    assert await is_consumed(runtime, last)


@pytest.mark.usefixtures("is_unswept")
async def test_what_was_committed_before_the_start_is_consumed_at_the_start(runtime: Runtime) -> None:
    last = await act(runtime)
    await runtime.ports.wake()
    await runtime.start()
    assert await is_consumed(runtime, last)


async def test_draining_needs_no_worker(runtime: Runtime) -> None:
    last = await act(runtime)
    await runtime.drain()
    assert await is_consumed(runtime, last, 0.0)


async def test_draining_raises_what_stops_a_consumer(runtime: Runtime) -> None:
    async def compute(_events: Any) -> None:
        raise ValueError("broken")

    runtime.lanes += runtime.following(Consumer("broken", compute))
    await act(runtime)
    with pytest.raises(ValueError, match="broken"):
        await runtime.drain()
    assert not runtime.is_healthy


async def test_a_lane_that_fails_is_left_alone_for_a_while_however_often_it_is_rung(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(crew, "PAUSE_SECONDS", 60.0)
    tries = 0

    async def fail() -> int:
        nonlocal tries
        tries += 1
        raise ValueError("broken")

    runtime.lanes[:] = [Lane("broken", Role.RELAY, fail)]
    await runtime.start()
    for _ in range(100):
        await runtime.ports.wake()
        await asyncio.sleep(0.002)
    assert tries == 1
    assert caplog.text.count("broken stopped") == 1


async def test_a_lane_looks_at_the_instant_time_brings_it_something(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "SWEEP_SECONDS", 60.0)
    fired = asyncio.Event()
    due = runtime.ports.clock.now() + timedelta(seconds=0.3)

    async def fire() -> int:
        if runtime.ports.clock.now() >= due:
            fired.set()
        return 0

    async def next_due() -> datetime:
        return runtime.ports.clock.now() + timedelta(minutes=1) if fired.is_set() else due

    runtime.lanes[:] = [Lane("timers", Role.TIMERS, fire, next_due)]
    await runtime.start()
    async with asyncio.timeout(10):
        await fired.wait()


async def test_stopping_lets_a_running_step_end_and_leaves_nothing_behind(record_url: str) -> None:
    before = asyncio.all_tasks()
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        began.set()
        await asyncio.sleep(0.3)
        ended.set()
        return 1

    runtime = await Runtime.open(record_url)
    runtime.lanes.append(Lane("slow", Role.CONSUMERS, slow))
    await runtime.start()
    await began.wait()
    await runtime.stop()
    assert ended.is_set()
    assert asyncio.all_tasks() == before


async def test_a_step_that_does_not_end_is_given_up(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(crew, "STOP_SECONDS", 0.1)
    began = asyncio.Event()

    async def endless() -> int:
        began.set()
        await asyncio.Event().wait()
        return 1

    runtime.lanes[:] = [Lane("endless", Role.CONSUMERS, endless)]
    await runtime.start()
    await began.wait()
    await runtime.stop()
    assert "endless did not end in time" in caplog.text


def test_jobs_are_json() -> None:
    assert job_bytes({"r": ValueError("no JSON")}) == b'{"r":"ValueError(\'no JSON\')"}'
