"""Probes of the record: can it be read, is its log numbered, how far have its followers come, what waits."""

from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from domain.kernel.probes import Finding, Gauge, Probe
from domain.kernel.time import Clock
from domain.store.engine import Database
from domain.store.tables.assessments import recheck
from domain.store.tables.log import consumer_offset, dead_letter, outbox, timer

_LETTERS = "Events a consumer failed on and set aside: retried later, or parked until a person decides."

COUNTED = 100_000
"""Rows are counted up to here: a probe must not take longer the worse things are."""


def record_probes(database: Database, clock: Clock, consumers: tuple[str, ...]) -> list[Probe]:
    """Return the probes of a record whose log is followed by these consumers."""
    return [
        Probe("database", partial(_database, database)),
        Probe("log", partial(_log, database)),
        *(Probe(f"consumer {name}", partial(_consumer, database, name)) for name in consumers),
        Probe("work", partial(_work, database, clock), is_required=False),
    ]


async def _database(database: Database) -> Finding:
    async with database.reader.connect() as connection:
        await connection.execute(sa.select(1))
    return Finding(gauges=(*_pool_use("reader", database.reader), *_pool_use("writer", database.writer)))


def _pool_use(name: str, engine: AsyncEngine) -> Iterator[Gauge]:
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return
    told = "Connections of a pool to the record that are in use."
    yield Gauge("database_connections_in_use", told, pool.checkedout(), {"pool": name})
    told = "Connections a pool to the record may hold open without overflowing."
    yield Gauge("database_connections_size", told, pool.size(), {"pool": name})


async def _log(database: Database) -> Finding:
    async with database.reader.connect() as connection:
        head = await _head(connection)
        waiting = await _count(connection, sa.select(outbox.c.id).where(outbox.c.position.is_(None)))
    return Finding(
        behind=waiting,
        gauges=(
            Gauge("log_position", "Greatest position given in the event log.", head),
            Gauge("log_unnumbered_events", "Committed events that wait for their position.", waiting),
        ),
    )


async def _consumer(database: Database, name: str) -> Finding:
    reached = sa.select(consumer_offset.c.position).where(consumer_offset.c.consumer == name)
    async with database.reader.connect() as connection:
        behind = await _head(connection) - (await connection.scalar(reached) or 0)
    told = "Numbered events a consumer has not taken in."
    return Finding(behind=behind, gauges=(Gauge("consumer_lag_events", told, behind, {"consumer": name}),))


async def _work(database: Database, clock: Clock) -> Finding:
    async with database.reader.connect() as connection:
        waiting = await _count(connection, sa.select(recheck.c.change_id).where(recheck.c.attempts == 0))
        failing = await _count(connection, sa.select(recheck.c.change_id).where(recheck.c.attempts > 0))
        parked = await _count(connection, sa.select(dead_letter.c.id).where(dead_letter.c.retry_at.is_(None)))
        retried = await _count(connection, sa.select(dead_letter.c.id).where(dead_letter.c.retry_at.is_not(None)))
        overdue = await _count(
            connection, sa.select(timer.c.id).where(timer.c.fired_at.is_(None), timer.c.due_at <= clock.now())
        )
    return Finding(
        gauges=(
            Gauge("rechecks_waiting", "Changes that wait to be looked at again.", waiting),
            Gauge("rechecks_failing", "Changes that could not be assessed and are tried again later.", failing),
            Gauge("dead_letters", _LETTERS, parked, {"state": "parked"}),
            Gauge("dead_letters", _LETTERS, retried, {"state": "retried"}),
            Gauge("timers_overdue", "Timers that are due and have not fired.", overdue),
        )
    )


async def _head(connection: AsyncConnection) -> int:
    return await connection.scalar(sa.select(sa.func.max(outbox.c.position))) or 0


async def _count(connection: AsyncConnection, rows: sa.Select[tuple[str]] | sa.Select[tuple[int]]) -> int:
    some = rows.limit(COUNTED).subquery()
    return await connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
