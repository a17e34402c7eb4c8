"""The product with a Neo4j server named: workers project, impact says who walked, the command rebuilds."""

import asyncio
import json

import pytest
from neo4j import GraphDatabase

from api.cli.app import main
from domain.kernel.actor import SYSTEM
from domain.store.engine import open_database
from domain.usecases.preview import impact_of
from graph.settings import GraphSettings
from tests.graph.projected.small_estate import stored_shop
from workers.runtime import Runtime


@pytest.fixture
def url(record_url: str, settings: GraphSettings, alone: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a record with an estate; the environment names a server whose graph is empty."""
    password = settings.neo4j_password.get_secret_value()
    with GraphDatabase.driver(settings.neo4j_url or "", auth=(settings.neo4j_user, password)) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    monkeypatch.setenv("HEADWATER_NEO4J_URL", settings.neo4j_url or "")
    monkeypatch.setenv("HEADWATER_NEO4J_USER", settings.neo4j_user)
    monkeypatch.setenv("HEADWATER_NEO4J_PASSWORD", password)
    monkeypatch.setenv("HEADWATER_GRAPH_COPY", "false")
    asyncio.run(_stored(record_url))
    return record_url


async def _stored(url: str) -> None:
    database = open_database(url)
    await stored_shop(database)
    await database.dispose()


async def _walked(url: str) -> tuple[str | None, str | None]:
    """Return who walked before and after the workers have caught up."""
    runtime = await Runtime.open(url)
    before, _, _ = await impact_of(runtime.ports, SYSTEM, ["host"])
    await runtime.drain()
    after, _, _ = await impact_of(runtime.ports, SYSTEM, ["host"])
    await runtime.stop()
    return (
        before.answered_by.engine if before.answered_by else None,
        after.answered_by.engine if after.answered_by else None,
    )


def test_the_workers_project_and_impact_says_who_walked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(_walked(url)) == ("sql", "neo4j")
    main_of("impact", "host", "--json", "--database", url)
    told = json.loads(capsys.readouterr().out)
    assert (told["engine"], told["stale"]) == ("neo4j", False)
    main_of("graph", "status", "--json", "--database", url)
    assert json.loads(capsys.readouterr().out)["lag"] == 0


def test_the_command_rebuilds_and_verifies(
    url: str, capsys: pytest.CaptureFixture[str], settings: GraphSettings
) -> None:
    assert main_of("graph", "verify", "--database", url) == 2
    assert "empty" in capsys.readouterr().err
    assert main_of("graph", "rebuild", "--database", url) == 0
    assert "Generation 2 serves" in capsys.readouterr().out
    assert main_of("graph", "verify", "--database", url) == 0
    password = settings.neo4j_password.get_secret_value()
    with GraphDatabase.driver(settings.neo4j_url or "", auth=(settings.neo4j_user, password)) as driver:
        driver.execute_query("MATCH (g:RedundancyGroup) SET g.min_up = 2")
    assert main_of("graph", "verify", "--database", url) == 1
    assert "redundancy_group pair" in capsys.readouterr().out


def test_without_a_server_the_command_says_so(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEADWATER_NEO4J_URL")
    for command in ("status", "rebuild", "verify"):
        assert main_of("graph", command, "--database", url) == 2
        assert "HEADWATER_NEO4J_URL" in capsys.readouterr().err
    monkeypatch.setenv("HEADWATER_NEO4J_URL", "http://somewhere")
    assert main_of("graph", "status", "--database", url) == 2


def main_of(*arguments: str) -> int:
    """Run the command in this process and return its status."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)
