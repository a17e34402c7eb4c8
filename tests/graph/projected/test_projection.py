"""The graph follows the log: edits, crashes, redelivery and rebuilds in any order end at what the tables say."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.actor import SYSTEM
from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.store.engine import Database
from domain.store.images import SqlImages
from domain.store.log import SqlEventLog
from domain.store.unit_of_work import unit_of_work
from graph import projection, rebuild
from graph.neo4j_graph import Neo4jGraph
from graph.projection import Projection
from graph.queries import Query
from graph.server import GraphServer, GraphUnavailable
from graph.sql_graph import SqlGraph
from graph.verify import verify
from tests.graph.test_impact_graph import AS_OF, Estate, merged, random_estate, store
from tests.graph.test_remembered_graph import edit


class CrashError(Exception):
    """The process is killed here."""


class Crashing(GraphServer):
    """A server whose client is killed before one of its writes, chosen by its number."""

    def __init__(self, server: GraphServer, at: int) -> None:
        self._server, self._writes_left = server, at

    async def read(self, *queries: Query) -> list[dict[str, Any] | None]:
        return await self._server.read(*queries)

    async def write(self, guards: Any, edits: Any = ()) -> bool:
        self._writes_left -= 1
        if self._writes_left < 0:
            raise CrashError
        return await self._server.write(guards, edits)

    @property
    def is_resting(self) -> bool:
        return False


async def edited(database: Database, dice: random.Random, estate: Estate, times: int) -> None:
    clock = FixedClock(AS_OF)
    work = unit_of_work(database, clock, random_ids(clock))
    for _ in range(times):
        async with work(SYSTEM) as act:
            await edit(act, dice, estate)
            await act.commit()
    while await SqlEventLog(database).number():
        pass


async def assert_same(database: Database, server: GraphServer, dice: random.Random, estate: Estate) -> None:
    tables, graph = SqlGraph(database.reader), Neo4jGraph(server)
    for hours in (-48, 0, 48):
        asked = dice.sample(estate.cis, 20)
        as_of = AS_OF + timedelta(hours=hours)
        assert await graph.closure(asked, as_of=as_of) == await tables.closure(asked, as_of=as_of)
        assert await graph.upstream(asked, as_of=as_of) == await tables.upstream(asked, as_of=as_of)


@pytest.fixture
async def estate(database: Database) -> Estate:
    dice = random.Random(21)
    whole = merged(random_estate(dice, f"e{number}") for number in range(40))
    await store(database, whole)
    return whole


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "EVENTS_PER_BATCH", 7)
    monkeypatch.setattr(rebuild, "EVENTS_PER_BATCH", 7)
    monkeypatch.setattr(rebuild, "IMAGES_PER_PAGE", 60)


async def test_edits_crashes_and_rebuilds_in_any_order_end_at_the_tables(
    database: Database,
    server: GraphServer,
    estate: Estate,
    worlds: Callable[[int], int],
    small_batches: None,
) -> None:
    dice, log, images = random.Random(22), SqlEventLog(database), SqlImages(database)
    await rebuild.rebuild(server, log, images)
    for _ in range(worlds(400) // 5):
        await edited(database, dice, estate, dice.randrange(8))
        match dice.randrange(4):
            case 0:
                with suppress(CrashError):
                    await Projection(Crashing(server, dice.randrange(3)), log).catch_up()
            case 1:
                with suppress(CrashError):
                    await rebuild.rebuild(Crashing(server, dice.randrange(20)), log, images)
            case 2:
                await rebuild.rebuild(server, log, images)
            case _:
                pass
        await Projection(server, log).catch_up()
        await assert_same(database, server, dice, estate)
    assert (await verify(server, log, images, SqlGraph(database.reader), as_of=AS_OF)).differences == []


async def test_redelivery_changes_nothing(
    database: Database, server: GraphServer, log: SqlEventLog, images: SqlImages, estate: Estate
) -> None:
    dice = random.Random(23)
    await rebuild.rebuild(server, log, images)
    await edited(database, dice, estate, 30)
    await Projection(server, log).catch_up()
    events = await log.read_after(0)
    facts = await projection.facts_in(events)
    place = await Neo4jGraph(server).place()
    assert not await projection.apply(server, place.generation, 0, place.position, facts)
    await server.write([], list(projection.edits(place.generation, facts)))
    assert (await verify(server, log, images, SqlGraph(database.reader), as_of=AS_OF)).differences == []


async def test_processes_that_take_turns_leave_nothing_out(
    database: Database, server: GraphServer, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "EVENTS_PER_BATCH", 3)
    log, images = SqlEventLog(database), SqlImages(database)
    await rebuild.rebuild(server, log, images)
    await edited(database, random.Random(26), estate, 40)
    await log.number()
    one, other = Projection(server, log), Projection(server, log)
    for _ in range(4):
        assert await one.take_next() == 3
        assert await other.take_next() == 3
    await one.catch_up()
    assert await other.take_next() == 0
    assert (await verify(server, log, images, SqlGraph(database.reader), as_of=AS_OF)).differences == []


async def test_a_reader_never_meets_a_batch_by_half(
    database: Database, server: GraphServer, log: SqlEventLog, images: SqlImages, estate: Estate
) -> None:
    await rebuild.rebuild(server, log, images)
    await edited(database, random.Random(24), estate, 5)
    graph = Neo4jGraph(server)
    for writes in (1, 2):  # announced; applied and not settled
        with pytest.raises(CrashError):
            await Projection(Crashing(server, writes), log).catch_up()
        with pytest.raises(GraphUnavailable, match="batch"):
            await graph.closure(estate.cis[:1], as_of=AS_OF)
        if writes == 1:
            await server.write([], [projection.Settle(await server_generation(server))])
    await Projection(server, log).catch_up()
    assert (await graph.place()).position == await log.head()


async def server_generation(server: GraphServer) -> int:
    (standing,) = await server.read(projection.Standing())
    assert standing is not None
    return int(standing["generation"])


async def test_two_projections_at_once_move_each_event_once(
    database: Database, server: GraphServer, log: SqlEventLog, images: SqlImages, estate: Estate
) -> None:
    await rebuild.rebuild(server, log, images)
    dice = random.Random(25)
    for _ in range(4):
        await edited(database, dice, estate, 10)
        await asyncio.gather(*(Projection(server, log).catch_up() for _ in range(3)))
        await Projection(server, log).catch_up()
        await assert_same(database, server, dice, estate)
    assert await Projection(server, log).lag() == 0


async def test_the_old_generation_answers_and_follows_while_a_new_one_is_built(
    database: Database, server: GraphServer, log: SqlEventLog, images: SqlImages, estate: Estate
) -> None:
    dice = random.Random(26)
    await rebuild.rebuild(server, log, images)
    before = (await Neo4jGraph(server).place()).generation
    told: list[str] = []

    class Watched(SqlImages):
        """Images between whose pages the estate is edited, and the graph asked."""

        async def page(self, subject_type: str, after: str, limit: int) -> list[dict[str, Any]]:
            await edited(database, dice, estate, 3)
            await Projection(server, log).catch_up()
            assert (await Neo4jGraph(server).place()).generation == before
            await assert_same(database, server, dice, estate)
            told.append(subject_type)
            return await super().page(subject_type, after, limit)

    await rebuild.rebuild(server, log, Watched(database))
    assert len(told) >= 7
    assert (await Neo4jGraph(server).place()).generation == before + 1
    await assert_same(database, server, dice, estate)
    assert (await verify(server, log, images, SqlGraph(database.reader), as_of=AS_OF)).differences == []
