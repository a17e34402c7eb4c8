"""Dead letters: what keeps failing is put aside in a row, and its consumer goes on with everything else."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.errors import NotFound
from domain.kernel.events import DeadLetter, Event
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.log import Effect
from domain.store.tables.log import dead_letter

LONGEST_ERROR = 2_000
_letter = dead_letter.c


class SqlDeadLetters:
    """Puts letters aside, hands them out again, and lets a person decide on those that are parked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, consumer: str, events: Sequence[Event], *, error: str | None, now: datetime, retry_at: datetime | None
    ) -> Effect:
        """Return the effect of putting events aside for a consumer; without an error they wait behind another."""
        rows = [
            letter_row(
                consumer,
                position=event.position or 0,
                kind=event.kind,
                subject=(event.subject_type, event.subject_id),
                attempts=0 if error is None else 1,
                error=error,
                now=now,
                retry_at=retry_at,
            )
            for event in events
        ]

        async def write(connection: AsyncConnection) -> None:
            if rows:
                await connection.execute(sa.insert(dead_letter), rows)

        return write

    async def held(self, consumer: str) -> set[tuple[str, str]]:
        """Return the subjects (type, id) with a letter of the consumer: their later events wait behind it."""
        subjects = sa.select(_letter.subject_type, _letter.subject_id).where(_letter.consumer == consumer).distinct()
        async with self._database.reader.connect() as connection:
            return {(row.subject_type, row.subject_id) for row in await connection.execute(subjects)}

    async def due(self, consumer: str, now: datetime, limit: int) -> list[DeadLetter]:
        """Return the letters whose time has come, longest waiting first; of a subject its earliest alone."""
        earlier = dead_letter.alias()
        is_behind = sa.exists().where(
            earlier.c.consumer == _letter.consumer,
            earlier.c.subject_type == _letter.subject_type,
            earlier.c.subject_id == _letter.subject_id,
            earlier.c.position < _letter.position,
        )
        waiting = sa.select(dead_letter).where(_letter.consumer == consumer, _letter.retry_at <= now, ~is_behind)
        return await self._letters(waiting.order_by(_letter.retry_at, _letter.position).limit(limit))

    async def next_due(self, consumer: str) -> datetime | None:
        """Return when the next letter of the consumer is tried again, None when none waits."""
        earliest = sa.select(sa.func.min(_letter.retry_at)).where(_letter.consumer == consumer)
        async with self._database.reader.connect() as connection:
            found: datetime | None = await connection.scalar(earliest)
            return found

    async def deliver(self, letter: DeadLetter, effect: Effect | None) -> bool:
        """Write the effect and remove the letter together; False, and nothing is written, when somebody else has."""
        async with self._database.writer.begin() as connection:
            removed = await connection.execute(_as_it_was(sa.delete(dead_letter), letter))
            if removed.rowcount != 1:
                return False
            if effect is not None:
                await effect(connection)
        return True

    async def fail(self, letter: DeadLetter, error: str, now: datetime, retry_at: datetime | None) -> None:
        """Note one more failure and when to try again, None to park the letter."""
        failed = _as_it_was(sa.update(dead_letter), letter).values(
            attempts=letter.attempts + 1, error=error[:LONGEST_ERROR], failed_at=now, retry_at=retry_at
        )
        async with self._database.writer.begin() as connection:
            await connection.execute(failed)

    async def all(self, consumer: str | None = None) -> list[DeadLetter]:
        """Return every letter, or those of one consumer, in the order of the log."""
        wanted = sa.select(dead_letter).order_by(_letter.position, _letter.consumer, _letter.id)
        return await self._letters(wanted if consumer is None else wanted.where(_letter.consumer == consumer))

    async def get(self, letter_id: str) -> DeadLetter:
        """Return a letter; `NotFound` when there is none."""
        found = await self._letters(sa.select(dead_letter).where(_letter.id == letter_id))
        if not found:
            raise NotFound("dead letter", letter_id, "ID")
        return found[0]

    async def retry(self, letters: Collection[DeadLetter], now: datetime, also: Effect | None = None) -> None:
        """Have letters tried again now, as if they had never failed; `also` is written with it."""
        async with self._database.writer.begin() as connection:
            for some in chunks([letter.id for letter in letters]):
                again = sa.update(dead_letter).where(_letter.id.in_(some)).values(attempts=0, retry_at=now)
                await connection.execute(again)
            if also is not None:
                await also(connection)

    async def discard(self, letters: Collection[DeadLetter]) -> None:
        """Remove letters for good: their effects are not written."""
        async with self._database.writer.begin() as connection:
            for some in chunks([letter.id for letter in letters]):
                await connection.execute(sa.delete(dead_letter).where(_letter.id.in_(some)))

    async def _letters(self, wanted: sa.Select[Any]) -> list[DeadLetter]:
        async with self._database.reader.connect() as connection:
            return [DeadLetter(**row) for row in (await connection.execute(wanted)).mappings()]


def letter_row(
    consumer: str,
    *,
    position: int,
    kind: str,
    subject: tuple[str, str],
    attempts: int,
    error: str | None,
    now: datetime,
    retry_at: datetime | None,
) -> dict[str, Any]:
    """Return the row of a letter; its id follows from what it is about."""
    key = "\n".join((consumer, *subject, str(position)))
    return {
        "id": hashlib.sha256(key.encode()).hexdigest()[:12],
        "consumer": consumer,
        "position": position,
        "kind": kind,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "attempts": attempts,
        "error": error and error[:LONGEST_ERROR],
        "failed_at": now,
        "retry_at": retry_at,
    }


def _as_it_was(statement: Any, letter: DeadLetter) -> Any:
    """Let the statement change the letter only if nobody has tried it since it was read."""
    return statement.where(_letter.id == letter.id, _letter.attempts == letter.attempts)
