"""The event log over the outbox: positions, reading on from one, and the offsets of consumers (ADR 0003).

A committed row has no position until the relay numbers it. Positions are given under one lock, in order and without
gaps, so whoever follows them never skips an event, whatever the order in which transactions committed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.events import Event
from domain.store.counters import raise_counter
from domain.store.engine import Database
from domain.store.tables.log import consumer_offset, outbox

Effect = Callable[[AsyncConnection], Awaitable[None]]
"""What a consumer or a timer writes, given the transaction that also marks its cause as done."""

EVENTS = sa.select(*(outbox.c[field.name] for field in fields(Event)))
"""Every event, each row in the order of the fields: a mapping for each would cost as much as all the rest of a read."""
POSITIONS = "log.position"
ROWS_PER_NUMBERING = 2_000
EVENTS_PER_READ = 500
_POLL_SECONDS = 0.02


class SqlEventLog:
    """Reads and numbers the log; keeps how far each consumer has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def number(self, limit: int = ROWS_PER_NUMBERING) -> int:
        """Give positions to committed rows, oldest id first; return how many were numbered (at most `limit`)."""
        if not await self._has_unnumbered():
            return 0
        async with self._database.writer.begin() as connection:
            last = await raise_counter(connection, POSITIONS, by=0)  # holding its row: one relay at a time
            numbered = (
                sa.select(outbox.c.id, sa.func.row_number().over(order_by=outbox.c.id).label("place"))
                .where(outbox.c.id.in_(_unnumbered().order_by(outbox.c.id).limit(limit)))
                .subquery()
            )
            count = (
                await connection.execute(
                    sa.update(outbox).where(outbox.c.id == numbered.c.id).values(position=last + numbered.c.place)
                )
            ).rowcount
            await raise_counter(connection, POSITIONS, by=count)
            return count

    async def _has_unnumbered(self) -> bool:
        # Asking first keeps an idle relay out of the one writer's way.
        async with self._database.reader.connect() as connection:
            return await connection.scalar(_unnumbered().limit(1)) is not None

    async def head(self) -> int:
        """Return the greatest position given so far, 0 for none."""
        async with self._database.reader.connect() as connection:
            return await connection.scalar(sa.select(sa.func.max(outbox.c.position))) or 0

    async def read_after(self, position: int, limit: int = EVENTS_PER_READ) -> list[Event]:
        """Return the next events after a position, in order, at most `limit`."""
        following = EVENTS.where(outbox.c.position > position).order_by(outbox.c.position).limit(limit)
        async with self._database.reader.connect() as connection:
            return [Event(*row) for row in await connection.execute(following)]

    async def position_of(self, outbox_id: int) -> int | None:
        """Return the position of an outbox row, None while it has none."""
        async with self._database.reader.connect() as connection:
            return await connection.scalar(sa.select(outbox.c.position).where(outbox.c.id == outbox_id))

    async def offset(self, consumer: str) -> int:
        """Return the position up to which the consumer's effects are written, 0 for a new one."""
        reached = sa.select(consumer_offset.c.position).where(consumer_offset.c.consumer == consumer)
        async with self._database.reader.connect() as connection:
            return await connection.scalar(reached) or 0

    async def advance(self, consumer: str, expected: int, reached: int, effect: Effect | None) -> bool:
        """Write the effect and move the offset from `expected` to `reached`, together or not at all.

        False, and nothing is written, when somebody else has moved the offset since it was read.
        """
        try:
            async with self._database.writer.begin() as connection:
                if not await _move(connection, consumer, expected, reached):
                    return False
                if effect is not None:
                    await effect(connection)
        except IntegrityError:
            if await self.offset(consumer) != expected:
                return False
            raise
        return True

    async def wait_for(self, outbox_id: int, consumer: str, seconds: float) -> bool:
        """Return True once the consumer's effect of that outbox row is written, False after `seconds` of waiting."""
        for _ in range(max(1, round(seconds / _POLL_SECONDS))):
            if await self._has_passed(outbox_id, consumer):
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return await self._has_passed(outbox_id, consumer)

    async def _has_passed(self, outbox_id: int, consumer: str) -> bool:
        position = await self.position_of(outbox_id)
        return position is not None and await self.offset(consumer) >= position


def _unnumbered() -> sa.Select[tuple[int]]:
    return sa.select(outbox.c.id).where(outbox.c.position.is_(None))


async def _move(connection: AsyncConnection, consumer: str, expected: int, reached: int) -> bool:
    offset = consumer_offset.c
    moved = await connection.execute(
        sa.update(consumer_offset)
        .where(offset.consumer == consumer, offset.position == expected)
        .values(position=reached)
    )
    if moved.rowcount or expected:
        return moved.rowcount == 1
    present = sa.select(offset.position).where(offset.consumer == consumer)
    if await connection.scalar(present) is not None:
        return False
    await connection.execute(sa.insert(consumer_offset).values(consumer=consumer, position=reached))
    return True
