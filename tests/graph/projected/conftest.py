"""An empty graph on a real Neo4j server, one test at a time; without one, nothing here is collected."""

import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from neo4j import AsyncDriver, AsyncGraphDatabase
from pydantic import SecretStr

from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from graph import server as serving
from graph.server import GraphServer
from graph.settings import GraphSettings

URL = os.environ.get("HEADWATER_TEST_NEO4J_URL")

collect_ignore_glob = [] if URL else ["test_*.py"]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server that has just been started, on a busy machine, take its time: no test is about that."""
    monkeypatch.setattr(serving, "READ_SECONDS", 60.0)


@pytest.fixture(scope="session")
def settings() -> GraphSettings:
    return GraphSettings(
        neo4j_url=URL,
        neo4j_user=os.environ["HEADWATER_TEST_NEO4J_USER"],
        neo4j_password=SecretStr(os.environ["HEADWATER_TEST_NEO4J_PASSWORD"]),
    )


@pytest.fixture
def alone(settings: GraphSettings) -> Iterator[None]:
    """Keep the tests of other processes from the one database there is."""
    name = "".join(letter if letter.isalnum() else "-" for letter in settings.neo4j_url or "")
    with (Path(tempfile.gettempdir()) / f"headwater-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
async def driver(settings: GraphSettings, alone: None) -> AsyncIterator[AsyncDriver]:
    """The server as somebody else reaches it."""
    auth = (settings.neo4j_user, settings.neo4j_password.get_secret_value())
    async with AsyncGraphDatabase.driver(settings.neo4j_url or "", auth=auth) as opened:
        yield opened


@pytest.fixture
async def server(settings: GraphSettings, driver: AsyncDriver) -> AsyncIterator[GraphServer]:
    """Connections to the server, whose graph is empty."""
    async with driver.session() as session:
        await (await session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")).consume()
    opened = GraphServer(settings)
    yield opened
    await opened.close()


@pytest.fixture
def log(database: Database) -> SqlEventLog:
    return SqlEventLog(database)


@pytest.fixture
def images(database: Database) -> SqlImages:
    return SqlImages(database)
