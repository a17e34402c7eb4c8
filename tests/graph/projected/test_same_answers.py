"""One contract over every adapter: tables, memory and Neo4j answer as the reference does, to the bit."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.ci.impact import assess_impact
from domain.ci.topology import ImpactLimits, Topology, closure_of
from domain.kernel.time import FixedClock
from domain.ports import ImpactGraph
from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from graph.chosen_graph import ChosenGraph
from graph.neo4j_graph import Neo4jGraph
from graph.rebuild import rebuild
from graph.remembered_graph import RememberedGraph
from graph.server import GraphServer, GraphUnavailable
from graph.sql_graph import SqlGraph
from tests.graph.test_impact_graph import AS_OF, BATCH, Estate, above, chain, merged, random_estate, store


async def engines(
    database: Database, server: GraphServer, limits: ImpactLimits | None = None
) -> dict[str, ImpactGraph]:
    """Return every adapter over what is stored."""
    await rebuild(server, SqlEventLog(database), SqlImages(database))
    tables = SqlGraph(database.reader, limits)
    memory = RememberedGraph(tables, FixedClock(AS_OF), limits)
    await memory.load()
    return {"sql": tables, "memory": memory, "neo4j": Neo4jGraph(server, limits)}


async def test_closures_and_ways_up_equal_the_reference(
    database: Database, server: GraphServer, worlds: Callable[[int], int]
) -> None:
    dice = random.Random(3)
    number = worlds(5_000)
    for first in range(0, number, BATCH):
        estates = [random_estate(dice, f"e{first + offset}") for offset in range(min(BATCH, number - first))]
        whole = merged(estates)
        await store(database, whole)
        seeds = [seed for estate in estates for seed in dice.sample(estate.cis, dice.randrange(1, 3))]
        asked = [dice.choice(estate.cis) for estate in estates]
        expected = closure_of(whole.topology, seeds)
        falling = closure_of(whole.topology, seeds, hard_only=True)
        upward = set[str]()
        for estate, ci in zip(estates, asked, strict=True):
            upward |= above(estate.topology, [ci], estate.cis)
        for name, engine in (await engines(database, server)).items():
            assert await engine.closure(seeds, as_of=AS_OF) == expected, name
            assert await engine.closure(seeds, as_of=AS_OF, hard_only=True) == falling, name
            assert await engine.upstream(asked, as_of=AS_OF) == upward, name


async def test_degrees_ways_and_confidence_are_the_same_at_every_instant(
    database: Database, server: GraphServer, worlds: Callable[[int], int]
) -> None:
    dice = random.Random(4)
    estates = [random_estate(dice, f"e{number}") for number in range(200)]
    await store(database, merged(estates))
    adapters = await engines(database, server)
    for _ in range(worlds(300)):
        seeds = dice.choice(estates).cis[:2]
        as_of = AS_OF + timedelta(hours=dice.choice([-400, -24, -1, 0, 1, 24, 4_000]), seconds=dice.random())
        answers = [await adapter.closure(seeds, as_of=as_of) for adapter in adapters.values()]
        impacts = [assess_impact(Topology.of(answer), [frozenset(seeds)], frozenset()) for answer in answers]
        assert answers[0] == answers[1] == answers[2]
        assert impacts[0] == impacts[1] == impacts[2]


async def test_a_single_estate_is_the_same_alone_as_among_others(database: Database, server: GraphServer) -> None:
    dice = random.Random(5)
    estates = [random_estate(dice, f"e{number}") for number in range(40)]
    await store(database, merged(estates))
    graph = (await engines(database, server))["neo4j"]
    for estate in estates:
        assert await graph.closure(estate.cis[:1], as_of=AS_OF) == closure_of(estate.topology, estate.cis[:1])


@pytest.mark.parametrize("limits", [ImpactLimits(nodes=10), ImpactLimits(edges=10)])
async def test_past_a_limit_the_answer_is_the_one_of_the_tables(
    database: Database, server: GraphServer, limits: ImpactLimits
) -> None:
    await store(database, chain(300))
    adapters = await engines(database, server, limits)
    with pytest.raises(GraphUnavailable):
        await adapters["neo4j"].closure(["ci-0000"], as_of=AS_OF)
    tables = SqlGraph(database.reader, limits)
    chosen = ChosenGraph(RememberedGraph(tables, FixedClock(AS_OF), limits), Neo4jGraph(server, limits), tables)
    beyond = await chosen.closure(["ci-0000"], as_of=AS_OF)
    assert beyond.is_truncated
    assert beyond == await adapters["sql"].closure(["ci-0000"], as_of=AS_OF)
    assert beyond.answered_by is not None
    assert beyond.answered_by.engine == "sql"
    within = await chosen.closure(["ci-0295"], as_of=AS_OF)
    assert not within.is_truncated
    assert within.answered_by is not None
    assert within.answered_by.engine == "neo4j"


async def test_what_is_not_in_the_record_reaches_only_itself(database: Database, server: GraphServer) -> None:
    await store(database, Estate())
    graph = (await engines(database, server))["neo4j"]
    assert (await graph.closure(["nothing"], as_of=AS_OF)).ids == ("nothing",)
    assert (await graph.closure([], as_of=AS_OF)).ids == ()
    assert await graph.upstream(["nothing"], as_of=AS_OF) == {"nothing"}
    assert await graph.upstream([], as_of=AS_OF) == frozenset()


async def test_an_empty_graph_says_that_it_cannot_answer(server: GraphServer) -> None:
    with pytest.raises(GraphUnavailable, match="empty"):
        await Neo4jGraph(server).closure(["a"], as_of=AS_OF)
