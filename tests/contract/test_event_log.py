"""The log over every store: positions without gaps that no reader can skip, and offsets that move with their effect."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.tables.log import counter


@pytest.fixture
def log(database: Database) -> SqlEventLog:
    return SqlEventLog(database)


async def act(work: Any, events: int = 1) -> int:
    async with work(SYSTEM) as one:
        for _ in range(events):
            someone = Person(id=one.new_id(), external_id=None, name="Ada")
            one.add(someone)
            one.record("person.added", someone)
        return await one.commit()


async def test_events_have_no_position_until_they_are_numbered(work: Any, log: SqlEventLog) -> None:
    last = await act(work, events=3)
    assert await log.head() == 0
    assert await log.position_of(last) is None
    assert await log.read_after(0) == []
    assert await log.number() == 3
    assert await log.number() == 0
    assert await log.head() == await log.position_of(last) == 3
    assert [event.position for event in await log.read_after(0)] == [1, 2, 3]
    assert [event.id for event in await log.read_after(2)] == [last]


async def test_positions_follow_ids_and_leave_no_gap_where_an_act_was_given_up(work: Any, log: SqlEventLog) -> None:
    await act(work)
    async with work(SYSTEM) as given_up:
        someone = Person(id=given_up.new_id(), external_id=None, name="Bob")
        given_up.add(someone)
        given_up.record("person.added", someone)
    for _ in range(4):
        await act(work, events=2)
    while await log.number(limit=3):
        pass
    events = await log.read_after(0)
    assert [event.position for event in events] == list(range(1, 10))
    assert [event.id for event in events] == sorted(event.id for event in events)


async def test_a_reader_never_skips_while_acts_and_relays_run_beside_it(work: Any, log: SqlEventLog) -> None:
    acts, seen = 40, []

    async def relay() -> None:
        while len(seen) < acts * 3:
            await log.number(limit=7)
            await asyncio.sleep(0)

    async def read() -> None:
        while len(seen) < acts * 3:
            seen.extend(await log.read_after(seen[-1].position if seen else 0, limit=5))
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(relay(), relay(), read(), *(act(work, events=3) for _ in range(acts)))
    assert [event.position for event in seen] == list(range(1, acts * 3 + 1))
    assert len({event.id for event in seen}) == acts * 3


def count_in(name: str) -> Any:
    """Return an effect that can be counted: it raises a counter, opening it when it is not there."""

    async def write(connection: AsyncConnection) -> None:
        raised = sa.update(counter).where(counter.c.name == name).values(value=counter.c.value + 1)
        if (await connection.execute(raised)).rowcount == 0:
            await connection.execute(sa.insert(counter).values(name=name, value=1))

    return write


async def counted(database: Database, name: str) -> int:
    async with database.reader.connect() as connection:
        return await connection.scalar(sa.select(counter.c.value).where(counter.c.name == name)) or 0


async def test_effect_and_offset_are_written_together(database: Database, log: SqlEventLog) -> None:
    assert await log.offset("risk") == 0
    assert await log.advance("risk", 0, 5, count_in("effects"))
    assert (await log.offset("risk"), await counted(database, "effects")) == (5, 1)

    async def fail(connection: AsyncConnection) -> None:
        await count_in("effects")(connection)
        raise RuntimeError("the effect failed")

    with pytest.raises(RuntimeError, match="the effect failed"):
        await log.advance("risk", 5, 9, fail)
    assert (await log.offset("risk"), await counted(database, "effects")) == (5, 1)
    assert await log.offset("another") == 0


@pytest.mark.parametrize("offset", [0, 5])
async def test_of_two_that_move_an_offset_one_wins(database: Database, log: SqlEventLog, offset: int) -> None:
    if offset:
        await log.advance("risk", 0, offset, None)
    outcomes = await asyncio.gather(*(log.advance("risk", offset, 7, count_in("effects")) for _ in range(8)))
    assert sorted(outcomes) == [False] * 7 + [True]
    assert (await log.offset("risk"), await counted(database, "effects")) == (7, 1)


async def test_waiting_for_an_effect_of_an_act(work: Any, log: SqlEventLog) -> None:
    last = await act(work)
    assert not await log.wait_for(last, "risk", seconds=0.05)
    waiting = asyncio.create_task(log.wait_for(last, "risk", seconds=10))
    await log.number()
    await log.advance("risk", 0, 1, None)
    assert await waiting
