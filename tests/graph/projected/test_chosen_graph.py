"""Which engine answers: Neo4j when it holds every edit, after a short wait if need be; else the tables, and says so."""

import asyncio
from datetime import timedelta

import pytest
from neo4j import AsyncDriver

from domain.ci.topology import AnsweredBy, Closure
from domain.kernel.ids import random_ids
from domain.kernel.probes import State
from domain.kernel.time import FixedClock
from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from domain.store.unit_of_work import unit_of_work
from graph.chosen_graph import ChosenGraph, Patience
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Projection
from graph.rebuild import rebuild
from graph.remembered_graph import RememberedGraph
from graph.server import GraphServer
from graph.settings import GraphSettings
from graph.sql_graph import SqlGraph
from tests.builders import MONDAY, a_ci, a_relation, an_incident, saved
from tests.graph.projected.small_estate import stored_shop

LATER = MONDAY + timedelta(minutes=1)


def chosen(database: Database, server: GraphServer, patience: Patience | None = None) -> ChosenGraph:
    tables = SqlGraph(database.reader)
    return ChosenGraph(RememberedGraph(tables, FixedClock(MONDAY)), Neo4jGraph(server), tables, patience)


async def edited(database: Database) -> None:
    """Put a further CI on the host."""
    clock = FixedClock(MONDAY)
    await saved(
        unit_of_work(database, clock, random_ids(clock)), a_ci(id="more"), a_relation("more", "host", id="more-on-host")
    )


async def closure(graph: ChosenGraph) -> tuple[Closure, AnsweredBy]:
    found = await graph.closure(["host"], as_of=LATER)
    assert found.answered_by is not None
    return found, found.answered_by


async def test_neo4j_answers_when_it_holds_every_edit_of_the_estate(database: Database, server: GraphServer) -> None:
    await stored_shop(database)
    await Projection(server, SqlEventLog(database)).catch_up()
    graph = chosen(database, server)
    assert (await closure(graph))[1] == AnsweredBy("neo4j")
    clock = FixedClock(MONDAY)
    await saved(unit_of_work(database, clock, random_ids(clock)), an_incident("shop"))
    assert (await closure(graph))[1] == AnsweredBy("neo4j")


async def test_past_the_wait_the_tables_answer_with_the_edit(database: Database, server: GraphServer) -> None:
    await stored_shop(database)
    await Projection(server, SqlEventLog(database)).catch_up()
    await edited(database)
    found, answered = await closure(chosen(database, server))
    assert "more" in found.ids
    assert answered == AnsweredBy("sql")
    assert "host" in await chosen(database, server).upstream(["more"], as_of=LATER)


async def test_a_reader_that_waits_long_enough_sees_its_own_write_in_neo4j(
    database: Database, server: GraphServer
) -> None:
    await stored_shop(database)
    log = SqlEventLog(database)
    await Projection(server, log).catch_up()
    await edited(database)
    waiting = asyncio.create_task(closure(chosen(database, server, Patience(wait=timedelta(seconds=60)))))
    while await log.number():
        pass
    await Projection(server, log).catch_up()
    found, answered = await waiting
    assert "more" in found.ids
    assert answered == AnsweredBy("neo4j")


async def test_an_answer_may_be_stale_where_that_is_allowed_and_says_so(
    database: Database, server: GraphServer
) -> None:
    await stored_shop(database)
    log = SqlEventLog(database)
    await Projection(server, log).catch_up()
    held = await log.head()
    await edited(database)
    graph = chosen(database, server, Patience(wait=timedelta(0), stale=timedelta(minutes=5)))
    found, answered = await closure(graph)
    assert "more" not in found.ids
    assert answered == AnsweredBy("neo4j", lacks_after=held)
    assert (await closure(graph.exact))[1] == AnsweredBy("sql")
    older = await graph.closure(["host"], as_of=MONDAY + timedelta(minutes=6))
    assert older.answered_by == AnsweredBy("sql")


async def test_the_copy_in_memory_comes_first(database: Database, server: GraphServer) -> None:
    await stored_shop(database)
    tables = SqlGraph(database.reader)
    memory = RememberedGraph(tables, FixedClock(MONDAY))
    await memory.load()
    assert (await closure(ChosenGraph(memory, Neo4jGraph(server), tables)))[1] == AnsweredBy("memory")


async def test_a_server_that_is_not_there_costs_one_question_its_patience_and_no_other(
    database: Database, settings: GraphSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored_shop(database)
    gone = GraphServer(settings.model_copy(update={"neo4j_url": "bolt://127.0.0.1:9"}))
    graph = chosen(database, gone)
    assert (await closure(graph))[1] == AnsweredBy("sql")
    assert gone.is_resting
    asked: list[str] = []
    monkeypatch.setattr(gone._driver, "session", lambda **_: asked.append("session"))
    for _ in range(50):
        assert (await closure(graph))[1] == AnsweredBy("sql")
    assert await Projection(gone, SqlEventLog(database)).catch_up() == 0
    assert asked == []
    await gone.close()


async def test_a_graph_of_another_log_is_not_asked_and_gives_way_to_a_rebuild(
    database: Database, server: GraphServer, driver: AsyncDriver
) -> None:
    """A backup was restored: the log begins again below where the graph stands."""
    await stored_shop(database)
    log = SqlEventLog(database)
    await Projection(server, log).catch_up()
    await driver.execute_query("MATCH (g:Generation) SET g.position = 900, g.begun = 900, g.settled = 900")
    assert (await closure(chosen(database, server)))[1] == AnsweredBy("sql")
    assert (await Projection(server, log).look()).state is State.DOWN
    await rebuild(server, log, SqlImages(database))
    assert (await closure(chosen(database, server)))[1] == AnsweredBy("neo4j")
    found = await Projection(server, log).look()
    assert found.behind == 0
    assert [gauge.name for gauge in found.gauges] == ["graph_lag_events"]
