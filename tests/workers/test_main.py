"""The worker of its own: the same jobs over the same record, started by arq."""

import asyncio
import logging
from typing import Any

import pytest
from arq.connections import RedisSettings
from arq.worker import Worker

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.people.model import Person
from workers.broker import connect, embedded
from workers.embedded import without_redis_info
from workers.main import worker_settings
from workers.runtime import Runtime


def test_the_redis_server_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_REDIS_URL", "redis://:secret@queue.example:6380/3")
    settings: RedisSettings = worker_settings()["redis_settings"]
    assert (settings.host, settings.port, settings.database, settings.password) == ("queue.example", 6380, 3, "secret")


async def test_a_worker_of_its_own_consumes_what_another_process_committed(
    record_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DATABASE_URL", record_url)
    without_redis_info()
    options: dict[str, Any] = worker_settings() | {"redis_settings": None, "redis_pool": embedded()}
    worker = Worker(**options, handle_signals=False)
    running = asyncio.create_task(worker.async_run())
    front = await Runtime.open(record_url)
    async with front.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        last = await work.commit()
    assert await front.log.wait_for(last, "assessment", 10.0)
    await front.stop()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await worker.on_shutdown(worker.ctx)
    await worker.pool.aclose(close_connection_pool=True)


@pytest.mark.parametrize("url", ["http://localhost", "redis://localhost:not-a-port"])
async def test_a_url_of_no_redis_server_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await connect(url)
    assert [issue.path for issue in refused.value.issues] == ["HEADWATER_REDIS_URL"]


async def test_a_redis_server_that_does_not_answer_is_refused(
    record_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(RedisSettings, "conn_retries", 0)
    runtime = await Runtime.open(record_url)
    with caplog.at_level(logging.WARNING), pytest.raises(InvalidInput, match="no Redis server answers"):
        await runtime.start("redis://127.0.0.1:1")
    await runtime.stop()
