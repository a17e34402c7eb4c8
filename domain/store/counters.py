"""Named counters that never give the same value twice, whoever asks at the same time."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.store.tables.log import counter

TURNS = "assessment.turn"
"""Raised by whoever stores assessments, one after the other."""


async def raise_counter(connection: AsyncConnection, name: str, by: int = 1) -> int:
    """Return the counter's value after raising it, opened at 0; nobody else reads it until the transaction ends."""
    value = await _raised(connection, name, by)
    if value is None:
        await open_counter(connection, name)
        value = await _raised(connection, name, by)
    return value or 0


async def open_counter(connection: AsyncConnection, name: str) -> None:
    """Make sure that the counter is there."""
    if await connection.scalar(sa.select(counter.c.value).where(counter.c.name == name)) is not None:
        return
    try:
        async with connection.begin_nested():
            await connection.execute(sa.insert(counter).values(name=name, value=0))
    except IntegrityError:
        return  # another transaction opened it in this very moment


async def _raised(connection: AsyncConnection, name: str, by: int) -> int | None:
    raised = sa.update(counter).where(counter.c.name == name).values(value=counter.c.value + by)
    value: int | None = await connection.scalar(raised.returning(counter.c.value))
    return value
