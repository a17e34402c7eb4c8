"""Risk, preview and re-check of open changes on the whole estate, with the statements each takes."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from bench.estate import open_runtime, remove, working_copy
from bench.floors import at_most
from bench.measuring import Taken, ms, percentile
from domain.change.model import Change
from domain.risk.past_incidents import PastIncidents
from domain.usecases.assessment import Session, risk_of, walk, walk_estate
from domain.usecases.footprints import target_steps
from domain.usecases.preview import preview_in
from domain.usecases.reassessment import reassess
from domain.usecases.surroundings import Surroundings
from workers.rechecks import BATCH
from workers.relay import relay
from workers.runtime import Runtime

SAMPLE = 100
LARGEST_CLOSURE = 2_000
FLOORS = {
    "risk": ("risk, warm, p95", 0.150),
    "preview": ("preview, p95", 1.0),
    "re-check": ("re-check of one change, warm, p95", 0.050),
}


async def main() -> None:
    copy = working_copy("assessments")
    runtime = await open_runtime(copy)
    await runtime.graph.load()
    statements = counted(runtime)
    ids = await small_changes(runtime)
    print(f"assessments: {len(ids)} of the open changes, closures of at most {LARGEST_CLOSURE} items, warm", flush=True)
    # Stored once the way the product stores it, so that a re-check finds what a re-check has left.
    await reassess(runtime.ports, ids)
    await relay(runtime.log)
    for name, act in (("risk", risk), ("preview", preview), ("re-check", _recheck), ("... cold", _recheck_cold)):
        taken, counts = await timed(runtime, act, ids, statements)
        print(f"  {name:9} {taken.told()}")
        print(f"            statements p50 {percentile(counts, 0.5):.0f}, most {max(counts):.0f}", flush=True)
        if name in FLOORS:
            at_most(*FLOORS[name], percentile(taken.wall, 0.95))
    await _batches(runtime, ids)
    await runtime.stop()
    remove(copy)


async def _batches(runtime: Runtime, ids: list[str]) -> None:
    """Time re-checks as the workers do them: many changes of one snapshot, written together; a batch after another."""
    per_change = Taken()
    dice = random.Random(7)
    for _ in range(5):
        batch = dice.sample(ids, min(BATCH, len(ids)))
        one = Taken()
        await one.time(partial(reassess, runtime.ports, batch))
        per_change.wall.append(one.wall[0] / len(batch))
        per_change.cpu.append(one.cpu[0] / len(batch))
    print(
        f"  re-check of a change, {len(batch)} in a batch: worst wall {ms(max(per_change.wall))}"
        f"  worst cpu {ms(max(per_change.cpu))}"
    )
    at_most(f"re-check, per change, {len(batch)} in a batch", 0.050, max(per_change.wall))


async def small_changes(runtime: Runtime) -> list[str]:
    async with runtime.ports.snapshot() as snapshot:
        ids = random.Random(5).sample(sorted(await snapshot.open_changes()), 3 * SAMPLE)
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        chosen = []
        for change in await snapshot.find_all(Change, id=ids):
            estate = await walk_estate(session, list(target_steps(change).values()))
            if estate.impact.reached_nodes <= LARGEST_CLOSURE:
                chosen.append(change.id)
    return chosen[:SAMPLE]


async def timed(
    runtime: Runtime, act: Callable[[Runtime, str], Awaitable[object]], ids: list[str], statements: list[int]
) -> tuple[Taken, list[float]]:
    await act(runtime, ids[0])
    taken, counts = Taken(), []
    for change_id in ids:
        before = statements[0]
        await taken.time(partial(act, runtime, change_id))
        counts.append(float(statements[0] - before))
        await relay(runtime.log)  # as the product does all the time
    return taken, counts


async def risk(runtime: Runtime, change_id: str) -> object:
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        [change] = await snapshot.find_all(Change, id=change_id)
        return await risk_of(session, await walk(session, change), await snapshot.conflicts_of([change_id]))


async def preview(runtime: Runtime, change_id: str) -> object:
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        [change] = await snapshot.find_all(Change, id=change_id)
        return await preview_in(session, change)


async def _recheck(runtime: Runtime, change_id: str) -> None:
    await reassess(runtime.ports, [change_id])


async def _recheck_cold(runtime: Runtime, change_id: str) -> None:
    await reassess(replace(runtime.ports, incidents=PastIncidents()), [change_id])


def counted(runtime: Runtime) -> list[int]:
    """Return a number that goes up with every statement sent to the database."""
    count = [0]
    for engine in (runtime.database.reader, runtime.database.writer):

        @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
        def on_statement(*_: object) -> None:
            count[0] += 1

    return count
