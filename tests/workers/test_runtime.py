"""Embedded mode: the whole program in one process, its wake-ups optional, its end graceful."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from workers import jobs
from workers.advance import Advance
from workers.broker import Broker, embedded, job_bytes
from workers.runtime import Runtime


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


async def is_consumed(runtime: Runtime, outbox_id: int, seconds: float) -> bool:
    return await runtime.log.wait_for(outbox_id, "assessment", seconds)


async def test_an_act_is_consumed_soon_after_it_wakes_the_workers(runtime: Runtime) -> None:
    await runtime.start()
    assert runtime.is_healthy
    for _ in range(3):
        last = await act(runtime)
        await runtime.ports.wake()
        assert await is_consumed(runtime, last, 2.0)


async def test_the_sweep_makes_up_for_a_lost_wake_up(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 1)
    await runtime.start()
    await asyncio.sleep(0.3)
    last = await act(runtime)
    assert await is_consumed(runtime, last, 5.0)


async def test_what_was_committed_before_the_start_is_consumed_at_the_start(runtime: Runtime) -> None:
    last = await act(runtime)
    await runtime.ports.wake()
    await runtime.start()
    assert await is_consumed(runtime, last, 2.0)


async def test_draining_needs_no_worker(runtime: Runtime) -> None:
    last = await act(runtime)
    await runtime.drain()
    assert await is_consumed(runtime, last, 0.0)


async def test_draining_raises_what_stops_a_consumer(runtime: Runtime) -> None:
    async def compute(_events: Any) -> None:
        raise ValueError("broken")

    runtime.advance.consumers = [type(runtime.advance.consumers[0])("broken", compute)]
    await act(runtime)
    with pytest.raises(ValueError, match="broken"):
        await runtime.drain()
    assert not runtime.is_healthy


async def test_a_worker_that_dies_is_started_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await runtime.start()
    redis: Any = runtime.broker._redis
    healthy = redis.zrangebyscore

    async def die_once(*args: Any, **options: Any) -> Any:
        redis.zrangebyscore = healthy
        raise RedisConnectionError("gone")

    with caplog.at_level(logging.ERROR, "workers"):
        redis.zrangebyscore = die_once
        last = await act(runtime)
        await runtime.ports.wake()
        assert await is_consumed(runtime, last, 5.0)
    assert "the embedded worker died" in caplog.text
    assert runtime.is_healthy


async def test_a_worker_that_cannot_start_says_why(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "functions", list)
    monkeypatch.setattr(jobs, "cron_jobs", list)
    with pytest.raises(RuntimeError, match="at least one function"):
        await runtime.start()
    assert not runtime.is_healthy


async def test_stopping_lets_a_running_job_end_and_leaves_nothing_behind(
    record_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asyncio.all_tasks()
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow(_advance: Advance, _seconds: float) -> bool:
        began.set()
        await asyncio.sleep(0.3)
        ended.set()
        return False

    monkeypatch.setattr(Advance, "for_at_most", slow)
    runtime = await Runtime.open(record_url)
    await runtime.start()
    async with asyncio.timeout(2):
        await began.wait()
    started = time.monotonic()
    await runtime.stop()
    assert ended.is_set()
    assert time.monotonic() - started < 2.0
    assert asyncio.all_tasks() == before


async def test_wake_ups_of_the_same_moment_are_one_job() -> None:
    redis, broker = embedded(), Broker()
    broker.use(redis)
    started = time.time()
    for _ in range(200):
        await broker.wake()
    slots = (time.time() - started) * 20 + 2
    assert 1 <= len(await redis.queued_jobs()) <= slots
    await redis.aclose(close_connection_pool=True)


async def test_a_wake_up_that_finds_no_broker_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    class Gone:
        async def enqueue_job(self, *_: Any, **__: Any) -> None:
            raise RedisConnectionError("connection refused")

    broker = Broker()
    await broker.wake()
    broker.use(Gone())  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING, "workers"):
        await broker.wake()
    assert "a wake-up was lost" in caplog.text


async def test_jobs_are_json_in_the_queue() -> None:
    redis, broker = embedded(), Broker()
    broker.use(redis)
    await broker.wake()
    (key,) = await redis.keys("arq:job:*")
    assert (await redis.get(key)).startswith(b'{"t":')
    assert job_bytes({"r": ValueError("no JSON")}) == b'{"r":"ValueError(\'no JSON\')"}'
    await redis.aclose(close_connection_pool=True)
