"""The graph on a Neo4j server: impact sets beside tables and memory, rebuild, rate and lag of the projection.

It needs a server of its own (`HEADWATER_NEO4J_URL`): what the server held before is swept.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from bench import plan
from bench.estate import open_runtime, remove, working_copy
from bench.impact import SIZES, seeds_reaching
from bench.measuring import alternated, ms, percentile
from bench.memory_graph import MemoryGraph
from domain.ci.model import Relation
from domain.kernel.actor import SYSTEM
from domain.ports import ImpactGraph
from domain.store import tables as t
from domain.store.images import SqlImages
from domain.store.tables.log import outbox
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Projection
from graph.rebuild import rebuild
from graph.server import GraphServer
from graph.sql_graph import SqlGraph
from workers.runtime import Runtime

EVENTS = 100_000
INCIDENTS = 50_000
"""So many of the estate's incidents are kept: they say as much of the rate as ten times as many."""

EDITS = 60
ROWS_PER_INSERT = 5_000


async def main() -> None:
    copy = working_copy("graph")
    runtime = await open_runtime(copy)
    await _thin_out(runtime)
    server = runtime.graphs.server
    if server is None:
        print("graph: left out, HEADWATER_NEO4J_URL names no server")
    else:
        await _rebuild(runtime, server)
        await _impact(runtime, server, await asyncio.to_thread(MemoryGraph.of, copy, plan.NOW))
        await _rate(runtime, server)
        await _lag(runtime, server)
    await runtime.stop()
    remove(copy)


async def _thin_out(runtime: Runtime) -> None:
    incident, link = t.tickets.incident, t.tickets.incident_change_link
    async with runtime.database.writer.begin() as connection:
        last = await connection.scalar(sa.select(incident.c.id).order_by(incident.c.id).offset(INCIDENTS).limit(1))
        await connection.execute(sa.delete(link).where(link.c.incident_id >= last))
        await connection.execute(sa.delete(t.tickets.incident_ci).where(t.tickets.incident_ci.c.incident_id >= last))
        await connection.execute(sa.delete(incident).where(incident.c.id >= last))


async def _rebuild(runtime: Runtime, server: GraphServer) -> None:
    print("graph: rebuild from the record")
    seconds: dict[str, float] = {}
    counts: dict[str, int] = {}
    former = time.perf_counter()
    began, used = former, time.process_time()

    def note(subject: str, done: int) -> None:
        nonlocal former
        now = time.perf_counter()
        seconds[subject] = seconds.get(subject, 0.0) + now - former
        counts[subject], former = done, now

    await rebuild(server, runtime.log, SqlImages(runtime.database), note)
    for subject, taken in seconds.items():
        print(f"  {counts[subject]:8,} {subject:20}{taken:8.1f} s  {counts[subject] / taken:10,.0f}/s")
    print(f"  in all {time.perf_counter() - began:.0f} s, {time.process_time() - used:.0f} s of it on our processor")


async def _impact(runtime: Runtime, server: GraphServer, memory: MemoryGraph) -> None:
    tables = SqlGraph(runtime.database.reader)
    await runtime.graph.load()
    engines: dict[str, ImpactGraph] = {"memory": runtime.graph, "neo4j": Neo4jGraph(server), "tables": tables}
    print("graph: closure with edges and groups, median of 5, in turn; ratio to the copy in memory")
    for size in SIZES:
        seeds = seeds_reaching(memory, size)
        answers = [await engine.closure(seeds, as_of=plan.NOW) for engine in engines.values()]
        if any(answer != answers[0] for answer in answers):
            raise ValueError(f"the engines do not agree on {seeds}")
        seconds = await alternated({name: partial(_closure, engine, seeds) for name, engine in engines.items()})
        for name, taken in seconds.items():
            sizes = f"{len(answers[0].ids):6} items {len(answers[0].edges):7} edges"
            print(f"  {sizes}  {name:8}{ms(taken)}  x{taken / seconds['memory']:6.2f}")


async def _closure(engine: ImpactGraph, seeds: Sequence[str]) -> None:
    await engine.closure(seeds, as_of=plan.NOW)


async def _rate(runtime: Runtime, server: GraphServer) -> None:
    """Project as many events of relations that are there already: each gives way to its new image."""
    images, after, head = SqlImages(runtime.database), "", await runtime.log.head()
    projected = 0
    while projected < EVENTS and (page := await images.page("relation", after, ROWS_PER_INSERT)):
        after = page[-1]["id"]
        rows = [
            {
                "position": head + projected + place,
                "kind": "relation.updated",
                "subject_type": "relation",
                "subject_id": image["id"],
                "subject_version": image["version"],
                "occurred_at": plan.NOW,
                "actor_id": "bench",
                "body": image,
            }
            for place, image in enumerate(page, start=1)
        ]
        async with runtime.database.writer.begin() as connection:
            await connection.execute(sa.insert(outbox), rows)
        projected += len(page)
    began, used = time.perf_counter(), time.process_time()
    taken_in = await Projection(server, runtime.log).catch_up()
    seconds, own = time.perf_counter() - began, time.process_time() - used
    print(f"graph: {taken_in:,} relations from the log in {seconds:.1f} s ({own:.1f} s on our processor): ", end="")
    print(f"{taken_in / seconds:,.0f}/s")


async def _lag(runtime: Runtime, server: GraphServer) -> None:
    """Edit one relation at a time, as users do, and wait until the graph holds it."""
    projection = Projection(server, runtime.log)
    relation_ids = [image["id"] for image in await SqlImages(runtime.database).page("relation", "", EDITS)]
    seconds = []
    for relation_id in relation_ids:
        async with runtime.ports.work(SYSTEM) as work:
            relation = await work.get(Relation, relation_id)
            relation.alpha = 0.5
            work.record("relation.updated", relation)
            await work.commit()
        began = time.perf_counter()
        await runtime.log.number()
        await projection.catch_up()
        seconds.append(time.perf_counter() - began)
    half, most = ms(percentile(seconds, 0.5)), ms(percentile(seconds, 0.95))
    print(f"graph: an edit is in the graph after {half} (p50), {most} (p95)")
