"""A server of its own, killed with -9 in the middle of batches: what was acknowledged is there, and nothing by half."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from graph import projection
from graph import server as serving
from graph.projection import Projection
from graph.rebuild import rebuild
from graph.server import GraphServer
from graph.settings import GraphSettings
from graph.sql_graph import SqlGraph
from graph.verify import verify
from services import neo4j
from tests.graph.projected.test_projection import assert_same, edited
from tests.graph.test_impact_graph import AS_OF, merged, random_estate, store

KILLS = 2


@pytest.fixture
async def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GraphServer]:
    monkeypatch.setattr(serving, "REST_SECONDS", 0.05)
    monkeypatch.setattr(projection, "EVENTS_PER_BATCH", 5)
    named = await asyncio.to_thread(neo4j.start, tmp_path / "neo4j")
    opened = GraphServer(
        GraphSettings(
            neo4j_url=named["HEADWATER_TEST_NEO4J_URL"],
            neo4j_user=named["HEADWATER_TEST_NEO4J_USER"],
            neo4j_password=SecretStr(named["HEADWATER_TEST_NEO4J_PASSWORD"]),
        )
    )
    yield opened
    await opened.close()
    await asyncio.to_thread(neo4j.stop, tmp_path / "neo4j")


async def test_a_server_killed_mid_batch_goes_on_from_its_position(
    database: Database, own: GraphServer, tmp_path: Path
) -> None:
    dice, log, images = random.Random(31), SqlEventLog(database), SqlImages(database)
    estate = merged(random_estate(dice, f"e{number}") for number in range(30))
    await store(database, estate)
    await rebuild(own, log, images)
    for _ in range(KILLS):
        await edited(database, dice, estate, 40)
        following = asyncio.create_task(Projection(own, log).catch_up())
        await asyncio.sleep(dice.random() / 2)
        os.kill(int((tmp_path / "neo4j" / "pid").read_text()), signal.SIGKILL)
        await following
        await asyncio.to_thread(neo4j.start, tmp_path / "neo4j")
        while await own_lag(own, log):
            await Projection(own, log).catch_up()
        await assert_same(database, own, dice, estate)
    assert (await verify(own, log, images, SqlGraph(database.reader), as_of=AS_OF)).differences == []


async def own_lag(server: GraphServer, log: SqlEventLog) -> int:
    try:
        return await Projection(server, log).lag()
    except serving.GraphUnavailable:
        await asyncio.sleep(0.1)
        return 1
