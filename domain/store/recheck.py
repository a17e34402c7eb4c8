"""The queue of changes to look at again: one row per change, however often it was touched (ENGINES 3.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.store.counters import raise_counter
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.log import Effect
from domain.store.tables.assessments import recheck
from domain.store.tables.changes import change

TOKENS = "recheck.token"
LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class DueRecheck:
    """A change to look at again. `token` says which marking was read: a newer marking survives the work on it."""

    change_id: str
    needs_footprint: bool
    token: int
    attempts: int


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

    async def due(self, now: datetime, limit: int) -> list[DueRecheck]:
        """Return rows whose time has come, longest waiting first."""
        row = recheck.c
        waiting = (
            sa.select(row.change_id, row.needs_footprint, row.token, row.attempts)
            .where(row.due_at <= now)
            .order_by(row.due_at, row.change_id)
            .limit(limit)
        )
        async with self._database.reader.connect() as connection:
            return [DueRecheck(*found) for found in await connection.execute(waiting)]

    async def finish(self, done: Sequence[DueRecheck]) -> None:
        """Clear the rows that were worked off, except those marked again meanwhile."""
        if not done:
            return
        cleared = sa.delete(recheck).where(
            recheck.c.change_id == sa.bindparam("done_id"), recheck.c.token == sa.bindparam("done_token")
        )
        async with self._database.writer.begin() as connection:
            await connection.execute(cleared, [{"done_id": row.change_id, "done_token": row.token} for row in done])

    async def fail(self, row: DueRecheck, error: str, retry_at: datetime) -> None:
        """Note why the work on a row failed and when it is tried again; a newer marking is left alone."""
        async with self._database.writer.begin() as connection:
            await connection.execute(
                sa.update(recheck)
                .where(recheck.c.change_id == row.change_id, recheck.c.token == row.token)
                .values(attempts=row.attempts + 1, last_error=error[:LONGEST_ERROR], due_at=retry_at)
            )

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
