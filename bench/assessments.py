"""Risk, preview and re-check of open changes on the whole estate, with the statements each takes."""

import random
import time
from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from bench.estate import open_runtime, remove, working_copy
from bench.measuring import ms, percentile
from domain.change.model import Change
from domain.usecases.assessment import Session, risk_of, walk
from domain.usecases.preview import preview_in
from domain.usecases.reassessment import reassess
from domain.usecases.surroundings import Surroundings
from workers.runtime import Runtime

SAMPLE = 40
LARGEST_CLOSURE = 2_000


async def main() -> None:
    copy = working_copy("assessments")
    runtime = await open_runtime(copy)
    await runtime.graph.load()
    statements = _counted(runtime)
    ids = await _small_changes(runtime)
    print(f"assessments: {len(ids)} of the open changes, closures of at most {LARGEST_CLOSURE} items, warm")
    for name, act in (("risk", _risk), ("preview", _preview), ("re-check", _recheck)):
        taken, counts = await _timed(runtime, act, ids, statements)
        print(
            f"  {name:9} p50 {ms(percentile(taken, 0.5))}  p95 {ms(percentile(taken, 0.95))}"
            f"  statements p50 {percentile(counts, 0.5):.0f}, most {max(counts):.0f}"
        )
    began = time.perf_counter()
    await reassess(runtime.ports, ids)
    print(f"  re-check, in a batch of {len(ids)}: {ms((time.perf_counter() - began) / len(ids))} per change")
    await runtime.stop()
    remove(copy)


async def _small_changes(runtime: Runtime) -> list[str]:
    async with runtime.ports.snapshot() as snapshot:
        ids = random.Random(5).sample(sorted(await snapshot.open_changes()), 3 * SAMPLE)
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        chosen = []
        for change in await snapshot.find_all(Change, id=ids):
            own = await walk(session, change)
            if own.estate.impact.reached_nodes <= LARGEST_CLOSURE:
                chosen.append(change.id)
    return chosen[:SAMPLE]


async def _timed(
    runtime: Runtime, act: Callable[[Runtime, str], Awaitable[object]], ids: list[str], statements: list[int]
) -> tuple[list[float], list[float]]:
    await act(runtime, ids[0])
    taken, counts = [], []
    for change_id in ids:
        before, began = statements[0], time.perf_counter()
        await act(runtime, change_id)
        taken.append(time.perf_counter() - began)
        counts.append(float(statements[0] - before))
    return taken, counts


async def _risk(runtime: Runtime, change_id: str) -> object:
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        [change] = await snapshot.find_all(Change, id=change_id)
        return await risk_of(session, await walk(session, change), await snapshot.conflicts_of([change_id]))


async def _preview(runtime: Runtime, change_id: str) -> object:
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        [change] = await snapshot.find_all(Change, id=change_id)
        return await preview_in(session, change)


async def _recheck(runtime: Runtime, change_id: str) -> object:
    return await reassess(runtime.ports, [change_id])


def _counted(runtime: Runtime) -> list[int]:
    """Return a number that goes up with every statement sent to the database."""
    count = [0]
    for engine in (runtime.database.reader, runtime.database.writer):

        @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
        def on_statement(*_: object) -> None:
            count[0] += 1

    return count
