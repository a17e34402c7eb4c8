"""Impact of sets of about 20, 2,000 and 30,000 items: plain search, recursive SQL, and the product's two ways."""

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from bench import plan
from bench.estate import estate, open_runtime, remove, working_copy
from bench.measuring import alternated, ms
from bench.memory_graph import MemoryGraph
from domain.ci.impact import assess_impact
from domain.ci.topology import Topology
from graph.sql_graph import SqlGraph
from workers.runtime import Runtime

SIZES = (20, 2_000, 30_000)

RECURSIVE = sa.text("""
    WITH RECURSIVE reached(id) AS (
        SELECT :seed UNION SELECT relation.source_id FROM reached JOIN relation ON relation.target_id = reached.id
        WHERE relation.type NOT IN ('SENDS_DATA_TO', 'BACKS_UP')
    ) SELECT id FROM reached
""")
"""The set alone, over the relations that point the usual way: the least a database must do."""


async def main() -> None:
    path = estate()
    memory = await asyncio.to_thread(MemoryGraph.of, path, plan.NOW)
    copy = working_copy("impact")
    runtime = await open_runtime(copy)
    tables = SqlGraph(runtime.database.reader)
    await runtime.graph.load()
    print("impact: median of 5, in turn; ratio to plain breadth-first search over lists in memory")
    for size in SIZES:
        seed = _seed_reaching(memory, size)
        reached = len(memory.breadth_first([seed]))
        seconds = await alternated(
            {
                "breadth-first": lambda seed=seed: _search(memory, seed),
                "recursive SQL": lambda seed=seed: _recursive(runtime, seed),
                "impact, tables": lambda seed=seed: _impact(tables, [seed]),
                "impact, memory": lambda seed=seed: _impact(runtime.graph, [seed]),
            }
        )
        for name, taken in seconds.items():
            print(f"  {reached:6} items  {name:15}{ms(taken)}  x{taken / seconds['breadth-first']:8.1f}")
    await runtime.stop()
    remove(copy)


async def _search(memory: MemoryGraph, seed: str) -> None:
    memory.breadth_first([seed])


async def _recursive(runtime: Runtime, seed: str) -> None:
    async with runtime.database.reader.connect() as connection:
        (await connection.execute(RECURSIVE, {"seed": seed})).all()


async def _impact(graph: object, seeds: Sequence[str]) -> None:
    closure = await graph.closure(seeds, as_of=plan.NOW)  # type: ignore[attr-defined]
    await asyncio.to_thread(assess_impact, Topology.of(closure), [frozenset(seeds)])


def _seed_reaching(memory: MemoryGraph, size: int) -> str:
    """Return the item whose reach comes nearest to the size, of a few thousand looked at."""
    candidates = sorted(memory.neighbours)[:: max(1, len(memory.neighbours) // 400)]
    return min(candidates, key=lambda ci_id: (abs(len(memory.breadth_first([ci_id])) - size), ci_id))
