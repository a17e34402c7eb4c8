"""The unit of work: the only place that commits records and their events."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from domain.kernel.actor import Actor
from domain.kernel.errors import Duplicate, InvalidInput, NotFound, StaleVersion
from domain.kernel.ids import Ids
from domain.kernel.time import Clock
from domain.store import tables as t
from domain.store.assessments import SqlAssessments
from domain.store.engine import Database
from domain.store.image import image
from domain.store.loading import IDS_PER_STATEMENT, load_records, select_records
from domain.store.mapping import AGGREGATE_OF, ROOT_KEY_OF

Record = TypeVar("Record")


class UnrecordedChangeError(Exception):
    """A record was changed without an event: a fault of the program, caught before it can reach the database."""


class SqlUnitOfWork:
    """The port `UnitOfWork` over one SQLAlchemy session in one write transaction."""

    def __init__(self, session: AsyncSession, actor: Actor, now: datetime, ids: Ids) -> None:
        self.actor, self.now = actor, now
        self._session, self._ids = session, ids
        self.assessments = SqlAssessments(session, ids, self.append)
        self._events: list[dict[str, Any]] = []
        self._recorded: set[str] = set()

    def new_id(self) -> str:
        """Return a fresh id."""
        return self._ids()

    async def next_number(self, prefix: str) -> str:
        """Return the next number of the series; taken for good only when the act commits."""
        counter = t.log.counter
        raised = await self._session.execute(
            sa.update(counter)
            .where(counter.c.name == prefix)
            .values(value=counter.c.value + 1)
            .returning(counter.c.value)
        )
        value = raised.scalar_one_or_none()
        if value is None:
            value = 1
            await self._session.execute(sa.insert(counter).values(name=prefix, value=value))
        return f"{prefix}{value:07d}"

    async def get(self, noun: type[Record], record_id: str) -> Record:
        """Return the record with its children, or raise `NotFound`."""
        found = await self.find(noun, id=record_id)
        if found is None:
            raise NotFound(AGGREGATE_OF[noun].noun, record_id)
        return found

    async def get_at(self, noun: type[Record], record_id: str, expected_version: int) -> Record:
        """Return the record if it still is at the expected version, or raise `StaleVersion`."""
        found = await self.get(noun, record_id)
        current = cast(Any, found).version
        if current != expected_version:
            raise StaleVersion(AGGREGATE_OF[noun].noun, expected_version, current)
        return found

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, with its children, or None."""
        return (await self._session.scalars(select_records(noun, values))).one_or_none()

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values, with children, by id."""
        return await load_records(self._session, noun, values)

    async def check_exists(self, noun: type[Any], record_ids: Collection[str], path: str) -> None:
        """Raise `InvalidInput` at `path` naming the ids that are no such record."""
        table, wanted = AGGREGATE_OF[noun].table, sorted(set(record_ids))
        known: set[str] = set()
        for start in range(0, len(wanted), IDS_PER_STATEMENT):
            chunk = wanted[start : start + IDS_PER_STATEMENT]
            known.update(await self._session.scalars(sa.select(table.c.id).where(table.c.id.in_(chunk))))
        missing = [record_id for record_id in wanted if record_id not in known]
        if missing:
            raise InvalidInput.at(path, f"no {AGGREGATE_OF[noun].noun} {', '.join(missing[:5])}")

    def add(self, record: Any) -> None:
        """Take a new record into the act."""
        self._session.add(record)

    def record(self, kind: str, subject: Any, note: str | None = None) -> None:
        """Append an event with the subject's after-image, and the note if there is one; its version goes up by one."""
        subject.version += 1
        self._recorded.add(subject.id)
        body = image(subject) if note is None else {**image(subject), "note": note}
        self.append(kind, AGGREGATE_OF[type(subject)].table.name, subject.id, subject.version, body)

    def append(self, kind: str, subject_type: str, subject_id: str, version: int, body: dict[str, Any]) -> None:
        """Append an event about something that is not a record of its own, e.g. what an engine found."""
        self._events.append(
            {
                "kind": kind,
                "subject_type": subject_type,
                "subject_id": subject_id,
                "subject_version": version,
                "occurred_at": self.now,
                "actor_id": self.actor.id,
                "body": body,
            }
        )

    async def commit(self) -> int:
        """Flush the records, append the events, commit; return the last outbox id (0 when nothing happened)."""
        self._check_recorded()
        try:
            await self._session.flush()
        except StaleDataError as stale:
            raise StaleVersion("record", 0, 0) from stale
        except IntegrityError as broken:
            raise refusal_of(broken) from broken
        last = await append_events(self._session, self._events)
        await self._session.commit()
        self._events.clear()
        return last

    def _check_recorded(self) -> None:
        touched = [*self._session.new, *self._session.deleted]
        touched += [record for record in self._session.dirty if self._session.is_modified(record)]
        for record in touched:
            root_id = getattr(record, ROOT_KEY_OF[type(record)])
            if root_id is not None and root_id not in self._recorded:
                raise UnrecordedChangeError(f"{type(record).__name__} {root_id} changed without an event")


async def append_events(session: AsyncSession, events: Sequence[dict[str, Any]]) -> int:
    """Append rows to the outbox inside the caller's transaction; return the last id, 0 for none."""
    if not events:
        return 0
    appended = await session.scalars(sa.insert(t.log.outbox).returning(t.log.outbox.c.id), list(events))
    return max(appended)


def refusal_of(broken: IntegrityError) -> Exception:
    """Return the refusal a broken constraint stands for; an unknown one is returned as it is."""
    text = str(broken.orig)
    if "UNIQUE constraint failed" in text:
        column = text.rsplit(".", 1)[-1].strip()
        noun = text.split("failed: ")[-1].split(".", 1)[0]
        return Duplicate(noun.replace("_", " "), column, "given")
    if "CHECK constraint failed" in text:
        return InvalidInput.at(text.rsplit("ck_", 1)[-1].split("_", 1)[-1], "is out of range")
    if "FOREIGN KEY constraint failed" in text:
        return InvalidInput.at("id", "refers to something that is not there")
    return broken


def unit_of_work(
    database: Database, clock: Clock, ids: Ids
) -> Callable[[Actor], AbstractAsyncContextManager[SqlUnitOfWork]]:
    """Return the factory of units of work over a database."""

    @asynccontextmanager
    async def open_work(actor: Actor) -> AsyncIterator[SqlUnitOfWork]:
        async with AsyncSession(database.writer, expire_on_commit=False, autoflush=False) as session:
            yield SqlUnitOfWork(session, actor, clock.now(), ids)

    return open_work
