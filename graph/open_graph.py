"""The graph of one process, put together from its settings: the engines, and what keeps Neo4j current."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from domain.kernel.errors import InvalidInput
from domain.kernel.time import Clock
from domain.ports import ImpactGraph
from graph.chosen_graph import ChosenGraph, Patience
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Log, Projection
from graph.remembered_graph import RememberedGraph
from graph.server import GraphServer
from graph.settings import GraphSettings
from graph.sql_graph import SqlGraph

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True, slots=True)
class OpenGraph:
    """What a process holds open of the graph.

    `readers` ask for answers that are shown, `exact` for those that are stored; the two differ only where answers may
    be stale. `server` and what stands on it are None where no Neo4j server is named.
    """

    readers: ImpactGraph
    exact: ImpactGraph
    memory: RememberedGraph
    is_copied: bool
    server: GraphServer | None = None
    neo4j: Neo4jGraph | None = None
    projection: Projection | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self.server is not None:
            await self.server.close()


def open_graph(settings: GraphSettings, tables: SqlGraph, log: Log, clock: Clock) -> OpenGraph:
    """Return the graph of the settings; nothing is connected yet. `InvalidInput` for a URL that is none of Neo4j."""
    memory = RememberedGraph(tables, clock)
    if settings.neo4j_url is None:
        return OpenGraph(memory, memory, memory, settings.graph_copy)
    if urlsplit(settings.neo4j_url).scheme not in SCHEMES:
        raise InvalidInput.at("HEADWATER_NEO4J_URL", "is bolt://HOST:PORT or neo4j://HOST:PORT")
    server = GraphServer(settings)
    patience = Patience(
        wait=timedelta(seconds=settings.graph_wait_seconds), stale=timedelta(seconds=settings.graph_stale_seconds)
    )
    neo4j = Neo4jGraph(server)
    chosen = ChosenGraph(memory, neo4j, tables, patience)
    return OpenGraph(chosen, chosen.exact, memory, settings.graph_copy, server, neo4j, Projection(server, log))
