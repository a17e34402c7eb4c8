"""The queue of changes to look at again: one row per change, however often it was touched (ENGINES 3.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.store.counters import raise_counter
from domain.store.dead_letters import LONGEST_ERROR, letter_row
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.log import Effect
from domain.store.tables.assessments import recheck
from domain.store.tables.changes import change
from domain.store.tables.log import dead_letter

TOKENS = "recheck.token"
RECHECKS = "rechecks"
"""Whose dead letters the changes are that could not be assessed."""


@dataclass(frozen=True, slots=True)
class DueRecheck:
    """A change to look at again, claimed until an instant.

    `token` says which marking was read: a newer marking survives the work on it. `position` is what of the log asked.
    """

    change_id: str
    needs_footprint: bool
    position: int
    token: int
    attempts: int
    claimed_until: datetime


class SqlRecheckQueue:
    """Marks, hands out and clears rows of the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, *, footprint: Collection[str], risk_only: Collection[str], position: int, now: datetime) -> Effect:
        """Return the effect of marking changes: their footprint, or only their risk, is to be computed again.

        Ids of no change are passed over. A failed row that is marked again is tried at once.
        """

        async def write(connection: AsyncConnection) -> None:
            if not footprint and not risk_only:
                return
            marking = {"position": position, "due_at": now, "attempts": 0, "last_error": None}
            marking["token"] = await raise_counter(connection, TOKENS)
            for change_ids, needs_footprint in ((set(footprint), True), (set(risk_only) - set(footprint), False)):
                for some in chunks(change_ids):
                    await _mark(connection, some, marking | {"needs_footprint": needs_footprint})

        return write

    async def claim(self, now: datetime, limit: int, until: datetime) -> list[DueRecheck]:
        """Return rows whose time has come, longest waiting first, claimed until an instant: nobody else gets them.

        Rows that others claimed or are just claiming are passed over; a claim that ran out is void.
        """
        row = recheck.c
        is_free = sa.or_(row.claimed_until.is_(None), row.claimed_until <= now)
        waiting = sa.select(row.change_id, row.needs_footprint, row.position, row.token, row.attempts)
        waiting = waiting.where(row.due_at <= now, is_free).order_by(row.due_at, row.change_id)
        async with self._database.reader.connect() as connection:
            if (await connection.execute(waiting.limit(1))).first() is None:
                return []  # asking first keeps an idle worker out of the one writer's way
        async with self._database.writer.begin() as connection:
            found = await connection.execute(waiting.limit(limit).with_for_update(skip_locked=True))
            claimed = [DueRecheck(*one, claimed_until=until) for one in found]
            ids = [one.change_id for one in claimed]
            await connection.execute(sa.update(recheck).where(row.change_id.in_(ids)).values(claimed_until=until))
        return claimed

    async def hold(self, row: DueRecheck, until: datetime) -> DueRecheck | None:
        """Return the row claimed for longer; None when the claim ran out and somebody else has it."""
        held = _as_claimed(sa.update(recheck), [row]).values(claimed_until=until)
        async with self._database.writer.begin() as connection:
            is_held = (await connection.execute(held)).rowcount == 1
        return replace(row, claimed_until=until) if is_held else None

    async def release(self, rows: Sequence[DueRecheck]) -> None:
        """Give up claims on what was not worked off: anybody may take it at once."""
        async with self._database.writer.begin() as connection:
            await connection.execute(_as_claimed(sa.update(recheck), rows).values(claimed_until=None))

    async def finish(self, done: Sequence[DueRecheck]) -> None:
        """Clear the rows that were worked off, with their dead letters; those marked again meanwhile are free again."""
        if not done:
            return
        cleared = sa.delete(recheck).where(
            recheck.c.change_id == sa.bindparam("done_id"), recheck.c.token == sa.bindparam("done_token")
        )
        ids = [row.change_id for row in done]
        async with self._database.writer.begin() as connection:
            await connection.execute(cleared, [{"done_id": row.change_id, "done_token": row.token} for row in done])
            await connection.execute(_as_claimed(sa.update(recheck), done).values(claimed_until=None))
            await connection.execute(sa.delete(dead_letter).where(_letter_of(ids)))

    async def fail(self, row: DueRecheck, error: str, now: datetime, retry_at: datetime | None) -> None:
        """Note why the work on a row failed and when it is tried again, None to park it as a dead letter.

        A newer marking is left alone, and free.
        """
        same = (recheck.c.change_id == row.change_id) & (recheck.c.token == row.token)
        noted = {"attempts": row.attempts + 1, "last_error": error[:LONGEST_ERROR], "due_at": retry_at}
        async with self._database.writer.begin() as connection:
            if retry_at is not None:
                await connection.execute(sa.update(recheck).where(same).values(noted))
                told = {"attempts": row.attempts + 1, "error": error[:LONGEST_ERROR], "retry_at": retry_at}
                await connection.execute(sa.update(dead_letter).where(_letter_of([row.change_id])).values(told))
            elif (await connection.execute(sa.delete(recheck).where(same))).rowcount:
                await connection.execute(sa.delete(dead_letter).where(_letter_of([row.change_id])))
                await connection.execute(sa.insert(dead_letter).values(_letter_row(row, error, now)))
            await connection.execute(_as_claimed(sa.update(recheck), [row]).values(claimed_until=None))

    async def is_claimed(self, now: datetime) -> bool:
        """Whether anybody is at work on a row that is due."""
        row = recheck.c
        claimed = sa.select(row.change_id).where(row.due_at <= now, row.claimed_until > now).limit(1)
        async with self._database.reader.connect() as connection:
            return await connection.scalar(claimed) is not None

    async def waiting(self) -> int:
        """Return how many rows are in the queue, failed ones included."""
        async with self._database.reader.connect() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(recheck)) or 0


async def _mark(connection: AsyncConnection, change_ids: Sequence[str], marking: dict[str, Any]) -> None:
    row = recheck.c
    footprint = sa.or_(row.needs_footprint, sa.literal(marking["needs_footprint"]))
    raised = sa.update(recheck).where(row.change_id.in_(change_ids)).values(marking | {"needs_footprint": footprint})
    present = set((await connection.execute(raised.returning(row.change_id))).scalars())
    absent = [change_id for change_id in change_ids if change_id not in present]
    known = await connection.execute(sa.select(change.c.id).where(change.c.id.in_(absent)).order_by(change.c.id))
    fresh = [{"change_id": change_id, **marking} for change_id in known.scalars()]
    if fresh:
        await connection.execute(sa.insert(recheck), fresh)


def _as_claimed(statement: sa.Update, rows: Sequence[DueRecheck]) -> sa.Update:
    """Let the statement change these rows only while they are claimed as they were when they were handed out."""
    claims = {row.claimed_until for row in rows}
    ids = [row.change_id for row in rows]
    return statement.where(recheck.c.change_id.in_(ids), recheck.c.claimed_until.in_(claims))


def _letter_of(change_ids: Collection[str]) -> sa.ColumnElement[bool]:
    letter = dead_letter.c
    return sa.and_(letter.consumer == RECHECKS, letter.subject_type == "change", letter.subject_id.in_(change_ids))


def _letter_row(row: DueRecheck, error: str, now: datetime) -> dict[str, Any]:
    return letter_row(
        RECHECKS,
        position=row.position,
        kind="change.recheck",
        subject=("change", row.change_id),
        attempts=row.attempts + 1,
        error=error,
        now=now,
        retry_at=None,
    )
