"""How the graph database follows the log: relations a second, and how long an edit under load takes to be there."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bench import plan
from bench.floors import at_least, at_most
from bench.measuring import ms, percentile
from bench.widened import CONFIGURATION, TWIN
from domain.ci.model import Relation
from domain.kernel.actor import SYSTEM
from domain.store.images import SqlImages
from domain.store.tables.log import outbox
from graph.projection import Projection
from workers.runtime import Runtime

ROWS_PER_INSERT = 5_000
LEAST_RELATIONS_A_SECOND = 15_000

EDITS, EDITS_AT_ONCE = 60, 50
"""So many transactions of so many edits each, one after another without a pause."""


async def rate(runtime: Runtime, projection: Projection) -> None:
    """Project the twins of the whole configuration from the log; only relations are held against the floor."""
    for subject_type in CONFIGURATION:
        logged = await _log_twins(runtime, subject_type)
        began, used = time.perf_counter(), time.process_time()
        if await projection.catch_up() != logged:
            raise ValueError(f"the projection did not take in {logged} events of a {subject_type}")
        seconds, own = time.perf_counter() - began, time.process_time() - used
        print(f"  {logged:8,} {subject_type:20}{seconds:8.1f} s  {own:6.1f} s of it on our processor", flush=True)
        if subject_type == "relation":
            told = "relations a second from the log into the graph"
            at_least(told, LEAST_RELATIONS_A_SECOND, logged / seconds, lambda value: f"{value:,.0f}")


async def lag(runtime: Runtime, projection: Projection) -> None:
    """Edit without a pause, as an import does, while relay and projection follow; measure until each edit is there."""
    relation_ids = [image["id"] for image in await SqlImages(runtime.database).page("relation", "", EDITS_AT_ONCE)]
    waiting: list[tuple[int, float]] = []
    seconds: list[float] = []
    writing = asyncio.create_task(_edit(runtime, relation_ids, waiting))
    while not writing.done() or waiting:
        await runtime.log.number()
        await projection.catch_up()
        reached = await runtime.log.head() - await projection.lag()
        seconds += [time.perf_counter() - committed for sequence, committed in waiting if sequence <= reached]
        waiting[:] = [(sequence, committed) for sequence, committed in waiting if sequence > reached]
    writing.result()
    print(f"  {EDITS} transactions of {EDITS_AT_ONCE} edits: in the graph after {ms(percentile(seconds, 0.5))} (p50)")
    at_most("an edit under load is in the graph, p95", 2.0, percentile(seconds, 0.95))


async def look_after_log(runtime: Runtime) -> None:
    """Do what the server does by itself a while after many rows: without it the next reads scan what is dead."""
    async with runtime.database.writer.connect() as connection:
        at_once = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await at_once.execute(sa.text("VACUUM ANALYZE outbox"))


async def _edit(runtime: Runtime, relation_ids: Sequence[str], waiting: list[tuple[int, float]]) -> None:
    head = await runtime.log.head()
    for number in range(1, EDITS + 1):
        async with runtime.ports.work(SYSTEM) as work:
            for relation in await work.find_all(Relation, id=list(relation_ids)):
                relation.alpha = 0.25 + 0.5 * (number % 2)
                work.record("relation.updated", relation)
            await work.commit()
        waiting.append((head + number * len(relation_ids), time.perf_counter()))


async def _log_twins(runtime: Runtime, subject_type: str) -> int:
    """Write an event for every twin of this type and have the relay number it."""
    images, after, logged = SqlImages(runtime.database), TWIN, 0
    while page := await images.page(subject_type, after, ROWS_PER_INSERT):
        after = page[-1]["id"]
        async with runtime.database.writer.begin() as connection:
            await connection.execute(sa.insert(outbox), [_event(subject_type, image) for image in page])
        logged += len(page)
    while await runtime.log.number():
        pass
    await look_after_log(runtime)
    return logged


def _event(subject_type: str, image: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": f"{subject_type}.recorded",
        "subject_type": subject_type,
        "subject_id": image["id"],
        "subject_version": image["version"],
        "occurred_at": plan.NOW,
        "actor_id": "bench",
        "body": image,
    }
