"""What the planner makes of every question: seeks by key and pruned walks; no way is enumerated (ENGINES 2.3)."""

from typing import Any

import pytest
from neo4j import AsyncDriver

from graph.queries import (
    ClosureOf,
    IncidentsBelow,
    OpenChangesAbove,
    Query,
    ServicesBelow,
    Standing,
    UpstreamOf,
    WayTo,
)
from graph.server import GraphServer, parameters

SEEK, PRUNED = "NodeUniqueIndexSeek", "VarLengthExpand(Pruning,BFS,All)"
REJECTED = (
    "NodeByLabelScan",
    "AllNodesScan",
    "VarLengthExpand(All)",
    "Repeat(Trail)",
    "Eager",
    "StatefulShortestPath(All)",
)
WALKS: list[Query] = [
    ClosureOf(1, ["a"], 0, 10, 10),
    UpstreamOf(1, ["a"], 0),
    ServicesBelow(1, "a", 0),
    OpenChangesAbove(1, "a", 0),
    IncidentsBelow(1, "a", 0),
]


async def operators(driver: AsyncDriver, query: Query) -> list[str]:
    explained = query.cypher.replace("CYPHER 5", "CYPHER 5 EXPLAIN", 1)
    planned = (await driver.execute_query(explained, parameters(query))).summary.plan

    def walked(step: Any) -> list[str]:
        return [
            step["operatorType"].split("@")[0],
            *(name for child in step.get("children", ()) for name in walked(child)),
        ]

    assert planned is not None
    return walked(planned)


@pytest.mark.parametrize("query", WALKS, ids=lambda query: type(query).__name__)
async def test_walks_start_from_a_key_and_are_pruned(server: GraphServer, driver: AsyncDriver, query: Query) -> None:
    await server.ensure_schema()
    planned = await operators(driver, query)
    assert SEEK in planned
    assert PRUNED in planned
    assert [name for name in planned if name in REJECTED] == []
    assert query.cypher.startswith("CYPHER 5")


async def test_the_way_to_a_service_is_sought_from_both_ends(server: GraphServer, driver: AsyncDriver) -> None:
    await server.ensure_schema()
    planned = await operators(driver, WayTo(1, "a", "b", 0))
    assert planned.count(SEEK) == 2
    assert {"ShortestPath", "StatefulShortestPath(Into)"} & set(planned)
    assert [name for name in planned if name in REJECTED] == []


async def test_where_the_graph_stands_is_found_by_two_seeks(server: GraphServer, driver: AsyncDriver) -> None:
    await server.ensure_schema()
    planned = await operators(driver, Standing())
    assert planned.count(SEEK) == 2
    assert [name for name in planned if name in REJECTED] == []
