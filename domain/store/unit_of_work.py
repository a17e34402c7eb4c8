"""The unit of work: the only place that commits records and their events."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from domain.kernel.actor import Actor
from domain.kernel.errors import Collision, InvalidInput, NotFound, StaleVersion
from domain.kernel.ids import Ids
from domain.kernel.image import image
from domain.kernel.time import Clock
from domain.store import tables as t
from domain.store.assessments import SqlAssessments
from domain.store.counters import open_counter, raise_counter
from domain.store.engine import Database
from domain.store.idempotency import claim, keep_answer
from domain.store.imports import SqlImportJournal
from domain.store.loading import IDS_PER_STATEMENT, chunks, load_records, select_records
from domain.store.mapping import AGGREGATE_OF, ROOT_OF, keep_changes_in_place, rows_of
from domain.store.refusals import is_collision, refusal_of, stale
from domain.store.scope import Scope, visible

Record = TypeVar("Record")


class UnrecordedChangeError(Exception):
    """A record was changed without an event: a fault of the program, caught before it can reach the database."""


class SqlUnitOfWork:
    """The port `UnitOfWork` over one SQLAlchemy session in one write transaction."""

    def __init__(self, session: AsyncSession, actor: Actor, now: datetime, ids: Ids) -> None:
        self.actor, self.now = actor, now
        self._session, self._ids = session, ids
        self.assessments = SqlAssessments(session, ids, self.append)
        self.imports = SqlImportJournal(session, now)
        self._claimed: str | None = None
        self._seen_id: str | None = None
        self._events: list[dict[str, Any]] = []
        self._added: list[Any] = []
        self._recorded: dict[tuple[type[Any], str], tuple[Any, dict[str, Any]]] = {}

    async def claim(self, key: str, fingerprint: str) -> str | None:
        """Return the record an act with the key was about within the last day, or None with the key now this act's.

        `IdempotencyConflict`: the key meant something else.
        """
        answer_id = await claim(self._session, self.actor.id, key, fingerprint, self.now)
        self._claimed = key if answer_id is None else None
        return answer_id

    def new_id(self) -> str:
        """Return a fresh id."""
        return self._ids()

    async def next_number(self, prefix: str) -> str:
        """Return the next number of the series; taken for good only when the act commits."""
        return f"{prefix}{await raise_counter(await self._session.connection(), prefix):07d}"

    async def keep_clear_of(self, prefix: str, value: int) -> None:
        """Have the series go on above the value: a number of it was given from outside."""
        counter = t.log.counter
        await open_counter(await self._session.connection(), prefix)
        raised = sa.update(counter).where(counter.c.name == prefix, counter.c.value < value).values(value=value)
        await self._session.execute(raised)

    async def ids_by(self, noun: type[Any], column: str, values: Collection[str]) -> dict[str, list[str]]:
        """Return, for each of the values that any record has in the column, the ids of those records."""
        table = AGGREGATE_OF[noun].table
        found: dict[str, list[str]] = {}
        for chunk in chunks(values):
            named = sa.select(table.c[column], table.c.id).where(table.c[column].in_(chunk)).order_by(table.c.id)
            for value, record_id in await self._session.execute(named):
                found.setdefault(value, []).append(record_id)
        return found

    async def get(self, noun: type[Record], record_id: str) -> Record:
        """Return the record with its children; absent and invisible to the actor alike are `NotFound`."""
        table = AGGREGATE_OF[noun].table
        scope = Scope(self.actor, self.now)
        wanted = select_records(noun, {"id": record_id}).where(visible(table.name, scope.sight))
        found = (await self._session.scalars(wanted, scope.parameters)).one_or_none()
        if found is None:
            raise NotFound(AGGREGATE_OF[noun].noun, record_id)
        return found

    async def get_at(self, noun: type[Record], record_id: str, expected_version: int) -> Record:
        """Return the record if it still is at the expected version, or raise `StaleVersion`."""
        found = await self.get(noun, record_id)
        current = cast(Any, found).version
        if current != expected_version:
            raise StaleVersion(AGGREGATE_OF[noun].noun, expected_version, current)
        self._seen_id = self._seen_id or record_id
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
        """Take a new record into the act; to change it after the commit, read it again."""
        self._added.append(record)

    def record(self, kind: str, subject: Any, note: str | None = None) -> None:
        """Append an event with the subject's after-image, and the note if there is one; its version goes up by one."""
        subject.version += 1
        keep_changes_in_place(subject)
        recorded = image(subject)
        self._recorded[type(subject), subject.id] = (subject, recorded)
        body = recorded if note is None else {**recorded, "note": note}
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
            await self._insert_added()
            last = await append_events(self._session, self._events)
            if self._claimed is not None:
                await keep_answer(self._session, self.actor.id, self._claimed, self._subject_id())
            await self._session.commit()
        except StaleDataError as overtaken:
            await self._session.rollback()
            raise await stale(self._events, self._session) from overtaken
        except IntegrityError as broken:
            await self._session.rollback()
            raise await refusal_of(broken, self._events, self._session) from broken
        self._added.clear()
        self._events.clear()
        self._recorded.clear()
        self._claimed = self._seen_id = None
        return last

    def _subject_id(self) -> str | None:
        """Return what the act is about: what it got at a version, else what it made first, else what it changed first.

        None: it did nothing.
        """
        made = [event["subject_id"] for event in self._events if event["subject_version"] == 1]
        changed = (event["subject_id"] for event in self._events)
        return self._seen_id or next(iter([*made, *changed]), None)

    async def _insert_added(self) -> None:
        """Insert new records table by table: an import adds hundreds in an act, for which a session is too slow."""
        rows: dict[sa.Table, list[dict[str, Any]]] = {}
        for record in self._added:
            for table, row in rows_of(record):
                rows.setdefault(table, []).append(row)
        for table, values in rows.items():
            await self._session.execute(sa.insert(table), values)

    def _check_recorded(self) -> None:
        touched = [*self._added, *self._session.new, *self._session.deleted]
        touched += [record for record in self._session.dirty if self._session.is_modified(record)]
        for record in touched:
            root, key = ROOT_OF[type(record)]
            root_id = getattr(record, key)
            if root_id is not None and (root, root_id) not in self._recorded:
                raise UnrecordedChangeError(f"{type(record).__name__} {root_id} changed without an event")
        for subject, recorded in self._recorded.values():
            if image(subject) != recorded:
                raise UnrecordedChangeError(f"{type(subject).__name__} {subject.id} changed after its event")


async def append_events(session: AsyncSession, events: Sequence[dict[str, Any]]) -> int:
    """Append rows to the outbox inside the caller's transaction; return the last id, 0 for none."""
    if not events:
        return 0
    appended = await session.scalars(sa.insert(t.log.outbox).returning(t.log.outbox.c.id), list(events))
    return int(max(appended))


def unit_of_work(
    database: Database, clock: Clock, ids: Ids
) -> Callable[[Actor], AbstractAsyncContextManager[SqlUnitOfWork]]:
    """Return the factory of units of work over a database."""

    @asynccontextmanager
    async def open_work(actor: Actor) -> AsyncIterator[SqlUnitOfWork]:
        async with AsyncSession(database.writer, expire_on_commit=False, autoflush=False) as session:
            try:
                yield SqlUnitOfWork(session, actor, clock.now(), ids)
            except DBAPIError as failed:
                if is_collision(failed):
                    raise Collision from failed
                raise

    return open_work
