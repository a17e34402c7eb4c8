"""Positions on a server where transactions commit in any order: no reader can skip one, whoever numbers them."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.tables.log import outbox

WRITERS, ACTS, RELAYS, READERS = 9, 6, 2, 3
EVENT = {
    "kind": "person.added",
    "subject_type": "person",
    "subject_version": 1,
    "occurred_at": datetime(2026, 11, 23, 8, tzinfo=UTC),
    "actor_id": "somebody",
    "body": {},
}


async def write(database: Database, dice: random.Random, name: str) -> list[int]:
    """Act with pauses between the events and before the end, which for some acts is no commit; return what stayed."""
    committed: list[int] = []
    for act in range(ACTS):
        async with database.writer.connect() as connection:
            appended: list[int] = []
            for number in range(dice.randrange(1, 5)):
                values = EVENT | {"subject_id": f"{name}/{act}/{number}"}
                appended.append(await connection.scalar(sa.insert(outbox).values(values).returning(outbox.c.id)))
                await asyncio.sleep(dice.random() / 50)
            if dice.random() < 0.8:
                await connection.commit()
                committed += appended
    return committed


async def write_late(database: Database, log: SqlEventLog, began: asyncio.Event) -> list[int]:
    """Append the first event of all and commit it only when later ones have their positions."""
    async with database.writer.connect() as connection:
        values = EVENT | {"subject_id": "late"}
        appended = await connection.scalar(sa.insert(outbox).values(values).returning(outbox.c.id))
        began.set()
        while not await log.head():  # noqa: ASYNC110 - the database alone tells
            await asyncio.sleep(0.01)
        await connection.commit()
    return [appended]


async def test_no_reader_can_skip_a_position_whatever_the_order_of_commits(
    database: Database, worlds: Callable[[int], int]
) -> None:
    for world in range(max(2, worlds(200) // 20)):
        async with database.writer.begin() as connection:
            await connection.execute(sa.text("TRUNCATE outbox, counter RESTART IDENTITY"))
        ids = await order_of_world(database, random.Random(world))
        assert ids[0] != min(ids), "every act was committed in the order of ids: nothing was tried"


async def order_of_world(database: Database, dice: random.Random) -> list[int]:
    """Let writers, relays and readers run beside each other; return the ids of the events by position."""
    log, over = SqlEventLog(database), asyncio.Event()

    async def relay(limit: int) -> None:
        while not over.is_set():
            await log.number(limit)
            await asyncio.sleep(0.001)

    async def read(limit: int) -> list[Any]:
        seen: list[Any] = []
        while not over.is_set() or (seen[-1].position if seen else 0) < await log.head():
            seen += await log.read_after(seen[-1].position if seen else 0, limit)
            await asyncio.sleep(0.001)
        return seen

    relays = [asyncio.create_task(relay(dice.randrange(1, 20))) for _ in range(RELAYS)]
    readers = [asyncio.create_task(read(dice.randrange(1, 20))) for _ in range(READERS)]
    began = asyncio.Event()
    late = asyncio.create_task(write_late(database, log, began))
    await began.wait()
    writers = [write(database, random.Random(dice.random()), f"w{number}") for number in range(WRITERS)]
    committed = [event_id for written in await asyncio.gather(late, *writers) for event_id in written]
    while await log.number():
        pass
    over.set()
    await asyncio.gather(*relays)
    for seen in await asyncio.gather(*readers):
        assert [event.position for event in seen] == list(range(1, len(committed) + 1))
        assert sorted(event.id for event in seen) == sorted(committed)
    return [event.id for event in await log.read_after(0, limit=10_000)]
