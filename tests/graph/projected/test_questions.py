"""Impact, ways, changes above and past incidents, each from one walk through the graph."""

from domain.store.engine import Database
from domain.store.log import SqlEventLog
from graph.facts import microseconds
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Projection
from graph.queries import IncidentsBelow, OpenChangesAbove, ServicesBelow, WayTo
from graph.server import GraphServer
from tests.builders import MONDAY
from tests.graph.projected.small_estate import stored_shop

NOW = microseconds(MONDAY)


async def test_one_walk_answers_impact_and_history(database: Database, server: GraphServer) -> None:
    records = await stored_shop(database)
    await Projection(server, SqlEventLog(database)).catch_up()
    here = (await Neo4jGraph(server).place()).generation
    services, way, no_way, changes, incidents, before = await server.read(
        ServicesBelow(here, "host", NOW),
        WayTo(here, "host", "shop", NOW),
        WayTo(here, "host", "shop", NOW - 1),
        OpenChangesAbove(here, "shop", NOW),
        IncidentsBelow(here, "host", NOW),
        IncidentsBelow(here, "host", NOW - 1),
    )
    assert services == {"services": ["shop"], "names": ["shop"]}
    assert way is not None
    assert way["ids"] == ["host", "db-1", "pair", "shop"]
    assert no_way is None
    assert changes == {"changes": ["open-change"], "numbers": [records["change"].number]}
    assert incidents == {
        "cis": ["shop"],
        "incidents": ["outage"],
        "numbers": [records["incident"].number],
        "opened": [NOW],
        "priorities": [3],
    }
    assert before is not None
    assert before["incidents"] == []
