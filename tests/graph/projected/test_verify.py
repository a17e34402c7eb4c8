"""A difference of every kind is found and named, and gone after a rebuild."""

import pytest
from neo4j import AsyncDriver

from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from graph import verify as verifying
from graph.projection import Projection
from graph.rebuild import rebuild
from graph.server import GraphServer
from graph.sql_graph import SqlGraph
from graph.verify import Verification, verify
from tests.builders import MONDAY
from tests.graph.projected.small_estate import stored_shop

STRAY = """MATCH (a:CI {id: 'shop'}), (b:CI {id: 'host'})
CREATE (a)-[:IMPACTS {generation: a.generation, relation_id: 's'}]->(b)"""
TURN = "MATCH (a)-[e:IMPACTS]->(b) CREATE (b)-[f:IMPACTS]->(a) SET f = properties(e) DELETE e"
ROUNDS = [
    [
        ("MATCH (n:CI {id: 'shop'}) SET n.name = 'shed'", "ci", "shop"),
        ("MATCH (n:CI {id: 'host'}) CREATE (:CI {generation: n.generation, id: 'ghost'})", "ci", "ghost"),
        ("MATCH ()-[e:IMPACTS {relation_id: 'runs-on'}]->() SET e.alpha = 0.1", "relation", "runs-on"),
        (STRAY, "relation", "s"),
        ("MATCH (:CI)-[e:MEMBER_OF {relation_id: 'member-of'}]->() DELETE e", "relation", "member-of"),
        ("MATCH (g:RedundancyGroup) SET g.min_up = 2", "redundancy_group", "pair"),
        ("MATCH (i:Incident) SET i.priority = 1", "incident", "outage"),
        ("MATCH (p:Problem) DETACH DELETE p", "problem", "slow"),
        ("MATCH (c:Change {id: 'open-change'}) SET c.is_open = false", "change", "open-change"),
    ],
    [
        ("MATCH (n:CI {id: 'shop'}) REMOVE n:Service", "ci", "shop"),
        ("MATCH ()-[e:IMPACTS {relation_id: 'runs-on'}]->() DELETE e", "relation", "runs-on"),
        ("MATCH (:CI {id: 'db-1'})-[e:MEMBER_OF]->(:RedundancyGroup) DELETE e", "redundancy_group", "pair"),
        ("MATCH (:Incident)-[e:AFFECTS]->() DELETE e", "incident", "outage"),
        ("MATCH (:Problem)-[e:EXPLAINS]->() DELETE e", "problem", "slow"),
        ("MATCH (:Change {id: 'open-change'})-[e:TARGETS]->() DELETE e", "change", "open-change"),
    ],
    [
        ("MATCH (n:CI {id: 'db-2'}) DETACH DELETE n", "ci", "db-2"),
        ("MATCH (a)-[e:IMPACTS]->(b) CREATE (a)-[f:IMPACTS]->(b) SET f = properties(e)", "relation", "runs-on"),
        ("MATCH ()-[e:PROTECTS]->() SET e.valid_to = 0", "redundancy_group", "pair"),
        ("MATCH (:Incident)-[e:LINKED_TO]->() SET e.type = 'RELATED'", "incident", "outage"),
    ],
    [
        (
            "MATCH (a)-[e:IMPACTS]->(b) CREATE (b)-[f:IMPACTS]->(a) SET f = properties(e) DELETE e",
            "relation",
            "runs-on",
        ),
    ],
]


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(verifying, "LOOKS", 2)


async def verified(database: Database, server: GraphServer) -> Verification:
    log, images = SqlEventLog(database), SqlImages(database)
    return await verify(server, log, images, SqlGraph(database.reader), as_of=MONDAY, walks=4)


async def test_every_planted_difference_is_found_and_gone_after_a_rebuild(
    database: Database, server: GraphServer, driver: AsyncDriver
) -> None:
    await stored_shop(database)
    log = SqlEventLog(database)
    await Projection(server, log).catch_up()
    whole = await verified(database, server)
    assert whole.differences == []
    assert [(sums.subject_type, sums.in_record, sums.in_graph) for sums in whole.sums] == [
        ("ci", 4, 4),
        ("relation", 2, 2),
        ("redundancy_group", 1, 1),
        ("incident", 1, 1),
        ("problem", 1, 1),
        ("change", 2, 2),
    ]
    for planted in ROUNDS:
        for statement, _, _ in planted:
            await driver.execute_query(statement)
        found = await verified(database, server)
        named = {(difference.subject_type, difference.id) for difference in found.differences}
        assert {(subject_type, subject_id) for _, subject_type, subject_id in planted} - named == set()
        differing = {sums.subject_type for sums in found.sums if sums.record_sum != sums.graph_sum}
        assert differing == {subject_type for subject_type, _ in named} - {"walk"}
        await rebuild(server, log, SqlImages(database))
        assert (await verified(database, server)).differences == []


async def test_a_relation_into_nowhere_changes_a_walk_too(
    database: Database, server: GraphServer, driver: AsyncDriver
) -> None:
    await stored_shop(database)
    await Projection(server, SqlEventLog(database)).catch_up()
    await driver.execute_query("MATCH ()-[e:IMPACTS]->() DELETE e")
    found = await verified(database, server)
    assert ("walk", "host") in [(difference.subject_type, difference.id) for difference in found.differences]
