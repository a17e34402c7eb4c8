"""The schema over a temporary record, and who asks it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.context import Context
from api.schema import build_schema
from domain.kernel.actor import Actor, Role
from domain.kernel.ids import random_ids
from domain.kernel.keys import RecordKey
from domain.kernel.time import FixedClock
from domain.ports import Ports
from domain.store.engine import Database, open_database
from domain.store.reads.query import reads
from domain.store.snapshot import snapshots
from domain.store.unit_of_work import unit_of_work
from graph.sql_graph import SqlGraph
from tests.builders import MONDAY, saved
from tests.records import record_at

KEY = RecordKey(b"the key of a record under test...")


@dataclass
class Answer:
    """What the schema answered."""

    data: Any
    errors: list[dict[str, Any]]
    extensions: Mapping[str, Any]


@dataclass
class Desk:
    """A record and the schema over it."""

    database: Database
    ports: Ports
    clock: FixedClock

    async def holds(self, *records: Any) -> None:
        """Write records."""
        await saved(self.ports.work, *records)

    async def ask(self, text: str, actor: Actor, **variables: Any) -> Answer:
        """Execute an operation as the actor."""
        context = Context(actor, self.ports, reads(self.database, self.clock), "request-1", KEY)
        try:
            result = await build_schema().execute(text, variable_values=variables, context_value=context)
        finally:
            await context.close()
        return Answer(result.data, [dict(error.formatted) for error in result.errors or ()], result.extensions or {})

    async def data(self, text: str, actor: Actor, **variables: Any) -> Any:
        """Execute an operation that must not fail and return its data."""
        answer = await self.ask(text, actor, **variables)
        assert answer.errors == []
        return answer.data


def somebody(*roles: Role, person_id: str | None = None) -> Actor:
    """An actor in these roles."""
    return Actor("account-1", "Somebody", frozenset(roles), person_id)


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """Open a fresh record in the folder."""
    database, clock = open_database(record_at(folder / "record.db")), FixedClock(MONDAY)

    async def wake() -> None:
        """Nobody follows the log here."""

    work = unit_of_work(database, clock, random_ids(clock))
    yield Desk(database, Ports(clock, work, snapshots(database), SqlGraph(database.reader), wake), clock)
    await database.dispose()
