"""Impact of sets of about 20, 2,000 and 30,000 items: plain search, recursive SQL, and the product's two ways."""

import asyncio
from collections.abc import Collection, Sequence
from functools import partial

import sqlalchemy as sa

from bench import plan
from bench.configuration import CLUSTERS, PLATFORMS, SHARED_CLUSTERS, member, platform
from bench.estate import estate, open_runtime, remove, working_copy
from bench.floors import at_most
from bench.measuring import alternated, ms
from bench.memory_graph import MemoryGraph
from domain.ci.impact import assess_impact
from domain.ci.relations import RelationType
from domain.ci.topology import Topology
from domain.ports import ImpactGraph
from graph.sql_graph import SqlGraph
from graph.traversal import MEMBERSHIP, TO_SOURCE, TO_TARGET
from workers.runtime import Runtime

SIZES = (20, 2_000, 30_000)

RECURSIVE = """
    WITH RECURSIVE reached(id) AS (
        VALUES {seeds}
        UNION SELECT relation.source_id FROM reached JOIN relation ON relation.target_id = reached.id
            WHERE relation.type IN ({to_source})
        UNION SELECT relation.target_id FROM reached JOIN relation ON relation.source_id = reached.id
            WHERE relation.type IN ({to_target})
        UNION SELECT protected.ci_id FROM reached JOIN redundancy_member AS member ON member.ci_id = reached.id
            JOIN redundancy_protected AS protected ON protected.group_id = member.group_id
    ) SELECT id FROM reached
"""
"""The same set alone, without distance, degree or redundancy: the least a database must do."""


async def main() -> None:
    path = estate()
    memory = await asyncio.to_thread(MemoryGraph.of, path, plan.NOW)
    copy = working_copy("impact")
    runtime = await open_runtime(copy)
    tables = SqlGraph(runtime.database.reader)
    await runtime.graph.load()
    print("impact: median of 5, in turn; ratio to plain breadth-first search over lists in memory")
    for size in SIZES:
        seeds = seeds_reaching(memory, size)
        reached = memory.breadth_first(seeds)
        for graph in (tables, runtime.graph):
            if {*(await graph.closure(seeds, as_of=plan.NOW)).ids} != reached:
                raise ValueError(f"{graph.name} does not reach what breadth-first search does from {seeds}")
        if await _recursive(runtime, seeds) != reached:
            raise ValueError(f"recursive SQL does not reach what breadth-first search does from {seeds}")
        seconds = await alternated(
            {
                "breadth-first": partial(_search, memory, seeds),
                "recursive SQL": partial(_recursive, runtime, seeds),
                "impact, tables": partial(_impact, tables, seeds),
                "closure, memory": partial(_closure, runtime.graph, seeds),
                "impact, memory": partial(_impact, runtime.graph, seeds),
            }
        )
        least, least_cpu = seconds["breadth-first"].median()
        for name, taken in seconds.items():
            wall, cpu = taken.median()
            print(
                f"  {len(reached):6} items  {name:15} wall {ms(wall)}  x{wall / least:6.1f}   "
                f"cpu {ms(cpu)}  x{cpu / least_cpu:6.1f}",
                flush=True,
            )
    at_most("a closure of 30,000, assessed", 2.0, seconds["impact, memory"].median()[0])
    await runtime.stop()
    remove(copy)


async def _search(memory: MemoryGraph, seeds: Sequence[str]) -> None:
    memory.breadth_first(seeds)


async def _recursive(runtime: Runtime, seeds: Sequence[str]) -> set[str]:
    statement = RECURSIVE.format(
        seeds=", ".join(f"('{seed}')" for seed in seeds),
        to_source=_listed(TO_SOURCE),
        to_target=_listed(TO_TARGET | MEMBERSHIP),
    )
    async with runtime.database.reader.connect() as connection:
        return set((await connection.execute(sa.text(statement))).scalars())


def _listed(types: Collection[RelationType]) -> str:
    return ", ".join(f"'{type_.value}'" for type_ in sorted(types))


async def _closure(graph: ImpactGraph, seeds: Sequence[str]) -> None:
    await graph.closure(seeds, as_of=plan.NOW)


async def _impact(graph: ImpactGraph, seeds: Sequence[str]) -> None:
    closure = await graph.closure(seeds, as_of=plan.NOW)
    await asyncio.to_thread(lambda: assess_impact(Topology.of(closure), [frozenset(seeds)]))


def seeds_reaching(memory: MemoryGraph, size: int) -> list[str]:
    """Return a few items that together reach about so many, looked for from those that reach little upwards."""
    in_clusters = [member(cluster, place) for cluster in range(SHARED_CLUSTERS, CLUSTERS, 5) for place in (44, 20, 0)]
    offered = [*in_clusters, *(platform(number) for number in reversed(range(PLATFORMS)))]
    alone = {ci_id: len(memory.breadth_first([ci_id])) for ci_id in offered}
    seeds = [min(offered, key=lambda ci_id: (abs(alone[ci_id] - size), ci_id))]
    for ci_id in offered:
        reached = len(memory.breadth_first(seeds))
        if reached >= 0.9 * size:
            break
        if reached < len(memory.breadth_first([*seeds, ci_id])) <= 1.1 * size:
            seeds.append(ci_id)
    return seeds
