"""The stack at the size it is promised for: the record on PostgreSQL, the graph on Neo4j, the copy in memory.

It needs servers of its own (`make services`): a database is made and dropped, and what the graph server held is swept.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg

from bench import plan
from bench.assessments import LARGEST_CLOSURE, preview, risk, small_changes, timed
from bench.estate import remove, working_copy
from bench.floors import at_most, times
from bench.following import lag, look_after_log, rate
from bench.impact import SIZES, seeds_reaching
from bench.measuring import Taken, alternated, ms, percentile, resident_mib
from bench.memory_graph import MemoryGraph
from bench.widened import double, widen
from domain.kernel.time import FixedClock
from domain.ports import ImpactGraph
from domain.store.engine import open_database
from domain.store.images import SqlImages
from domain.store.migrate import upgrade
from domain.store.moving import move
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Projection
from graph.rebuild import rebuild
from graph.server import GraphServer
from graph.sql_graph import SqlGraph
from workers.runtime import Runtime

DATABASE = "headwater_bench"
SERVERS = ("HEADWATER_TEST_POSTGRESQL_URL", "HEADWATER_TEST_NEO4J_URL", "HEADWATER_TEST_NEO4J_PASSWORD")
MOST_FOR_DOUBLE = 1.1

Walks = Mapping[int, Mapping[str, Taken]]
"""By size of the set, what each engine took for its closure."""


async def main() -> None:
    if not all(os.environ.get(name) for name in SERVERS):
        print("stack: left out, no servers are named: make services, then `set -a; . build/services/env`")
        return
    copy = working_copy("stack")
    widen(copy)
    sets = await asyncio.to_thread(_sets, copy)
    async with _on_the_stack(copy) as runtime:
        server = runtime.graphs.server
        assert server is not None
        projection = Projection(server, runtime.log)
        await _rebuild(runtime, server)
        print("stack: closure with edges and groups, median of 5, in turn; ratio to the copy in memory")
        once = await _closures(runtime, server, sets)
        await _assess(runtime)
        print("stack: the projection follows the log while the configuration doubles")
        await double(runtime.database)
        await rate(runtime, projection)
        await lag(runtime, projection)
        await look_after_log(runtime)
        print("stack: the same sets in a configuration twice as large")
        _compare(once, await _closures(runtime, server, sets))
        print(f"stack: this process takes {resident_mib():.0f} MiB, the copy of the doubled graph included")
    remove(copy)


def _sets(copy: Path) -> dict[int, list[str]]:
    memory = MemoryGraph.of(copy, plan.NOW)
    return {size: seeds_reaching(memory, size) for size in SIZES}


@asynccontextmanager
async def _on_the_stack(copy: Path) -> AsyncIterator[Runtime]:
    """Yield a runtime over a database that is made for it, with all that is in the copy."""
    admin = os.environ["HEADWATER_TEST_POSTGRESQL_URL"]
    os.environ["HEADWATER_NEO4J_URL"] = os.environ["HEADWATER_TEST_NEO4J_URL"]
    os.environ["HEADWATER_NEO4J_PASSWORD"] = os.environ["HEADWATER_TEST_NEO4J_PASSWORD"]
    await _tell(admin, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    url = f"{admin.rpartition('/')[0]}/{DATABASE}"
    try:
        await _move(f"sqlite:///{copy}", url)
        runtime = await Runtime.open(url, clock=FixedClock(plan.NOW))
        yield runtime
        await runtime.stop()
    finally:
        await _tell(admin, f"DROP DATABASE {DATABASE} WITH (FORCE)")


async def _move(source: str, target: str) -> None:
    here, there = open_database(source), open_database(target)
    await upgrade(there)
    began = time.perf_counter()
    moved = await move(here, there, lambda *_: None)
    seconds, rows = time.perf_counter() - began, sum(part.rows for part in moved)
    await here.dispose()
    await there.dispose()
    print(
        f"stack: {rows:,} rows moved to PostgreSQL and compared in {seconds:.0f} s, {rows / seconds:,.0f}/s", flush=True
    )


async def _tell(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _rebuild(runtime: Runtime, server: GraphServer) -> None:
    print("stack: rebuild of the graph from the record")
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
        print(f"  {counts[subject]:9,} {subject:20}{taken:8.1f} s  {counts[subject] / taken:10,.0f}/s")
    own = time.process_time() - used
    print(f"  in all {time.perf_counter() - began:.0f} s, {own:.0f} s of it on our processor", flush=True)


async def _closures(runtime: Runtime, server: GraphServer, sets: Mapping[int, Sequence[str]]) -> Walks:
    await runtime.graph.load()
    tables = SqlGraph(runtime.database.reader)
    engines: dict[str, ImpactGraph] = {"memory": runtime.graph, "neo4j": Neo4jGraph(server), "tables": tables}
    found: dict[int, dict[str, Taken]] = {}
    for size, seeds in sets.items():
        answers = [await engine.closure(seeds, as_of=plan.NOW) for engine in engines.values()]
        if any(answer != answers[0] for answer in answers):
            raise ValueError(f"the engines do not agree on {seeds}")
        found[size] = await alternated({name: partial(_closure, engine, seeds) for name, engine in engines.items()})
        least = found[size]["memory"].median()[0]
        for name, taken in found[size].items():
            sizes = f"{len(answers[0].ids):6} items {len(answers[0].edges):7} edges"
            wall = taken.median()[0]
            print(f"  {sizes}  {name:8}{ms(wall)}  x{wall / least:6.2f}", flush=True)
    return found


async def _closure(engine: ImpactGraph, seeds: Sequence[str]) -> None:
    await engine.closure(seeds, as_of=plan.NOW)


async def _assess(runtime: Runtime) -> None:
    ids = await small_changes(runtime)
    print(f"stack: {len(ids)} of the open changes, closures of at most {LARGEST_CLOSURE} items, warm", flush=True)
    for name, act in (("risk", risk), ("preview", preview)):
        taken, _ = await timed(runtime, act, ids, [0])
        print(f"  {name:9} {taken.told()}")
        at_most(f"{name} on the stack, p95", {"risk": 0.150, "preview": 1.0}[name], percentile(taken.wall, 0.95))


def _compare(once: Walks, twice: Walks) -> None:
    for size, engines in once.items():
        for name, taken in engines.items():
            # The quickest of the rounds: the two are minutes apart, and others may have come in between.
            ratio = min(twice[size][name].wall) / min(taken.wall)
            at_most(f"{name}: a set of {size:,} in twice the estate", MOST_FOR_DOUBLE, ratio, times)
