"""How long a user's write waits while changes are re-checked, and a read while tens of thousands are walked."""

import asyncio
import time
from typing import Any

from bench.configuration import platform
from bench.estate import open_runtime, remove, working_copy
from bench.floors import at_most
from bench.measuring import Act, LoopLag, ms, percentile
from bench.plan import PERSONS
from domain.ci.model import ConfigurationItem
from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from domain.usecases.preview import impact_of
from domain.usecases.reassessment import reassess
from workers.rechecks import BATCH
from workers.runtime import Runtime

CHANGES = 200
ALONE = 40
PAUSE_SECONDS = 0.05


async def main() -> None:
    copy = working_copy("waiting")
    runtime = await open_runtime(copy)
    await runtime.graph.load()
    async with runtime.ports.snapshot() as snapshot:
        change_ids = sorted(await snapshot.open_changes())[:CHANGES]
    await reassess(runtime.ports, change_ids[:1])
    print("waiting: the same act with nothing else running, and beside what runs long")
    _print("a user's write", [await _seconds(lambda: _write(runtime)) for _ in range(ALONE)])
    async with LoopLag() as lag:
        rechecking = asyncio.create_task(_recheck(runtime, change_ids))
        writes = await _beside(rechecking, lambda: _write(runtime))
    _print(f"... {CHANGES} re-checks meanwhile", writes)
    _print("the event loop late meanwhile", lag.late)
    at_most("a user's write beside a consumer, p95", 0.100, percentile(writes, 0.95))
    _print("a read", [await _seconds(lambda: _read(runtime)) for _ in range(ALONE)])
    large = [platform(0), platform(1)]
    async with LoopLag() as lag:
        began = time.perf_counter()
        walking = asyncio.create_task(impact_of(runtime.ports, SYSTEM, large))
        while_walking = await _beside(walking, lambda: _read(runtime))
        taken = time.perf_counter() - began
    reached = len(walking.result()[0].impact.impacted)
    _print(f"... {reached} items impacted, {ms(taken).strip()}", while_walking)
    _print("the event loop late meanwhile", lag.late)
    at_most(f"impact of {reached} items, with names", 2.0, taken)
    await runtime.stop()
    remove(copy)


def _print(name: str, taken: list[float]) -> None:
    print(f"  {name:36} p50 {ms(percentile(taken, 0.5))}  p95 {ms(percentile(taken, 0.95))}  longest {ms(max(taken))}")


async def _seconds(act: Act) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


async def _beside(running: "asyncio.Task[Any]", act: Act) -> list[float]:
    taken = []
    while not running.done():
        taken.append(await _seconds(act))
        await asyncio.sleep(PAUSE_SECONDS)
    running.result()
    return taken


async def _recheck(runtime: Runtime, change_ids: list[str]) -> None:
    for start in range(0, len(change_ids), BATCH):
        await reassess(runtime.ports, change_ids[start : start + BATCH])


async def _write(runtime: Runtime) -> None:
    async with runtime.ports.work(SYSTEM) as work:
        person = await work.get(Person, PERSONS[0])
        person.email = f"{work.new_id()}@example.org"
        work.record("person.updated", person)
        await work.commit()


async def _read(runtime: Runtime) -> None:
    async with runtime.ports.snapshot() as snapshot:
        await snapshot.find(ConfigurationItem, id=platform(0))
