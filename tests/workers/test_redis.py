"""Wake-ups over a real Redis server: heard by the role they are for, lost and found again with the server."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from tests.chaos.servers import Server
from workers import crew
from workers.broker import MOST_WAITING, connections, queue_of
from workers.roles import ALL_ROLES, Role
from workers.runtime import Runtime

ROOT = Path(__file__).parents[2]


async def act(runtime: Runtime) -> int:
    async with runtime.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        last = await work.commit()
    await runtime.ports.wake()
    return last


async def until_lost(front: Runtime) -> None:
    for _ in range(600):
        if front.broker.is_lost:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody noticed that Redis was gone")


async def test_processes_of_single_roles_wake_each_other_and_find_a_lost_server_again(
    record_url: str, redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "SWEEP_SECONDS", 3_600.0)  # nothing happens unless it is rung
    url = redis.start()["HEADWATER_TEST_REDIS_URL"]
    front, *crowd = [await Runtime.open(record_url) for _ in range(1 + len(ALL_ROLES))]
    await front.start(url)
    for runtime, role in zip(crowd, sorted(ALL_ROLES), strict=True):
        await runtime.start(url, [role])
    assert await front.log.wait_for(await act(front), "assessment", 30.0)
    redis.kill()
    last = await act(front)
    await until_lost(front)
    redis.start()
    assert await front.log.wait_for(last, "assessment", 30.0)
    assert await front.log.wait_for(await act(front), "assessment", 30.0)
    assert not front.broker.is_lost
    for runtime in (front, *crowd):
        await runtime.stop()


async def test_wake_ups_nobody_hears_do_not_pile_up(record_url: str, redis: Server) -> None:
    url = redis.start()["HEADWATER_TEST_REDIS_URL"]
    front, asked = await Runtime.open(record_url), connections(url)
    await front.start(url)
    for _ in range(3 * MOST_WAITING):
        await front.ports.wake()
        await asyncio.sleep(0.06)
    queue = queue_of(Role.RELAY)
    assert 1 < await asked.zcard(queue) <= MOST_WAITING
    (job, *_) = await asked.keys("arq:job:*")
    assert (await asked.get(job)).startswith(b'{"t":')
    await front.stop()
    await asked.aclose(close_connection_pool=True)


def started(named: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "arq", "workers.main.WorkerSettings"]
    return subprocess.Popen(command, env=os.environ | named, stderr=subprocess.DEVNULL)


async def test_a_worker_under_arqs_own_command_outlives_the_loss_of_redis(record_url: str, redis: Server) -> None:
    url = redis.start()["HEADWATER_TEST_REDIS_URL"]
    front = await Runtime.open(record_url)
    await front.start(url)
    named = {"PYTHONPATH": str(ROOT), "HEADWATER_DATABASE_URL": record_url, "HEADWATER_REDIS_URL": url}
    with started(named) as worker:
        assert await front.log.wait_for(await act(front), "assessment", 60.0)
        redis.kill()
        last = await act(front)
        await until_lost(front)
        assert await front.log.wait_for(last, "assessment", 60.0)
        redis.start()
        assert await front.log.wait_for(await act(front), "assessment", 60.0)
        assert worker.poll() is None
        worker.terminate()
    assert worker.returncode == 0
    await front.stop()
