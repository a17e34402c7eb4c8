"""What `arq workers.main.WorkerSettings` is given, and Redis servers that are none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from arq.connections import RedisSettings

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.people.model import Person
from workers.main import worker_settings
from workers.runtime import Runtime

NOBODY = "redis://127.0.0.1:1"


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    opened = await Runtime.open(record_url)
    yield opened
    await opened.stop()


def test_the_redis_server_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_REDIS_URL", "redis://:secret@queue.example:6380/3")
    settings: RedisSettings = worker_settings()["redis_settings"]
    assert (settings.host, settings.port, settings.database, settings.password) == ("queue.example", 6380, 3, "secret")


@pytest.mark.parametrize("url", ["http://localhost", "redis://localhost:not-a-port"])
async def test_a_url_of_no_redis_server_is_refused(runtime: Runtime, url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await runtime.start(url)
    assert [issue.path for issue in refused.value.issues] == ["HEADWATER_REDIS_URL"]


async def test_acts_go_on_while_redis_is_away_and_it_is_said_once(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    await runtime.start(NOBODY)
    for _ in range(50):
        await runtime.ports.wake()
    while not runtime.broker.is_lost:
        await runtime.ports.wake()
        await asyncio.sleep(0.01)
    for _ in range(50):
        await runtime.ports.wake()
    assert caplog.text.count("Redis does not answer") == 1
    assert runtime.is_healthy


async def test_a_worker_goes_on_without_redis(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    async with runtime.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        last = await work.commit()
    await runtime.start(NOBODY, tuple(lane.role for lane in runtime.lanes))
    assert await runtime.log.wait_for(last, "assessment", 60.0)
    assert "are not heard" in caplog.text
