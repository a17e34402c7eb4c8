"""Timers are rows (ADR 0004): due instant, kind, subject. Effect and mark are written in one transaction."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.store.engine import Database
from domain.store.log import Effect
from domain.store.tables.log import timer
from domain.store.types import ID_LENGTH

TimerEffect = Callable[[Sequence[str]], Effect]
"""What becomes due, given the subjects of the timers of one kind."""


class SqlTimers:
    """Claims timers that are due."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fire(self, effects: Mapping[str, TimerEffect], now: datetime, limit: int = 500) -> int:
        """Fire the timers due at `now` of the kinds given, each once; return how many (at most `limit`)."""
        due = sa.select(timer.c.id).where(
            timer.c.fired_at.is_(None), timer.c.due_at <= now, timer.c.kind.in_(sorted(effects))
        )
        async with self._database.reader.connect() as connection:
            if await connection.scalar(due.limit(1)) is None:
                return 0
        async with self._database.writer.begin() as connection:
            claimed = await _claim(connection, due.order_by(timer.c.due_at, timer.c.id).limit(limit), now)
            for kind, subject_ids in claimed.items():
                await effects[kind](subject_ids)(connection)
        return sum(len(subject_ids) for subject_ids in claimed.values())

    async def arm(self, kind: str, subject_id: str, due_at: datetime) -> None:
        """Have a timer of a schedule fire at an instant; armed by several processes it is one timer."""
        async with self._database.writer.begin() as connection:
            await _arm(connection, kind, subject_id, due_at)

    async def rearm(self, kind: str, subject_id: str, due_at: datetime) -> None:
        """Have the waiting timer of a subject fire at an instant instead of when it was to."""
        waiting = (timer.c.kind == kind) & (timer.c.subject_id == subject_id) & timer.c.fired_at.is_(None)
        same = waiting | ((timer.c.kind == kind) & (timer.c.subject_id == subject_id) & (timer.c.due_at == due_at))
        async with self._database.writer.begin() as connection:
            await connection.execute(sa.delete(timer).where(same))
            await _arm(connection, kind, subject_id, due_at)

    def again(self, kind: str, due_at: datetime) -> TimerEffect:
        """Return the effect that lets the same timers fire again at an instant."""

        def effect(subject_ids: Sequence[str]) -> Effect:
            async def write(connection: AsyncConnection) -> None:
                for subject_id in subject_ids:
                    await _arm(connection, kind, subject_id, due_at)

            return write

        return effect

    async def next_due(self, kinds: Sequence[str]) -> datetime | None:
        """Return when the next timer of these kinds falls due, None when none is set."""
        earliest = sa.select(sa.func.min(timer.c.due_at)).where(timer.c.fired_at.is_(None), timer.c.kind.in_(kinds))
        async with self._database.reader.connect() as connection:
            return cast(datetime | None, await connection.scalar(earliest))


async def _arm(connection: AsyncConnection, kind: str, subject_id: str, due_at: datetime) -> None:
    same = sa.select(timer.c.id).where(timer.c.kind == kind, timer.c.subject_id == subject_id, timer.c.due_at == due_at)
    if await connection.scalar(same) is not None:
        return
    row_id = hashlib.sha256(f"{kind} {subject_id} {due_at.isoformat()}".encode()).hexdigest()[:ID_LENGTH]
    fresh = sa.insert(timer).values(id=row_id, kind=kind, subject_id=subject_id, due_at=due_at)
    try:
        async with connection.begin_nested():
            await connection.execute(fresh)
    except IntegrityError:
        return  # another process armed it in this very moment


async def _claim(connection: AsyncConnection, due: sa.Select[tuple[str]], now: datetime) -> dict[str, list[str]]:
    unclaimed = due.with_for_update(skip_locked=True)  # what another process is firing now is its own
    claimed = await connection.execute(
        sa.update(timer)
        .where(timer.c.id.in_(unclaimed), timer.c.fired_at.is_(None))
        .values(fired_at=now)
        .returning(timer.c.kind, timer.c.subject_id, timer.c.due_at)
    )
    subjects: dict[str, list[str]] = {}
    for kind, subject_id, _ in sorted(claimed, key=lambda row: (row.due_at, row.kind, row.subject_id)):
        subjects.setdefault(kind, []).append(subject_id)
    return subjects
