"""What the use cases need from outside, as protocols. Adapters are opened by the composition roots alone."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.ci.topology import Closure
from domain.kernel.actor import Actor
from domain.kernel.time import Clock

Record = TypeVar("Record")


class UnitOfWork(Protocol):
    """One act: records loaded, changed and saved with their events in one transaction.

    Leaving the context without `commit` changes nothing. Nothing but the database is awaited inside.
    """

    actor: Actor
    now: datetime

    def new_id(self) -> str:
        """Return a fresh id."""
        ...

    async def next_number(self, prefix: str) -> str:
        """Return the next human number of a series, e.g. `CHG0000123`."""
        ...

    async def get(self, noun: type[Record], record_id: str) -> Record:
        """Return the record; absent and invisible alike are `NotFound`."""
        ...

    async def get_at(self, noun: type[Record], record_id: str, expected_version: int) -> Record:
        """Return the record if it is at the version the actor saw; else `StaleVersion`."""
        ...

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, or None."""
        ...

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values (a list means any of), by id."""
        ...

    async def check_exists(self, noun: type[Any], record_ids: Collection[str], path: str) -> None:
        """Raise `InvalidInput` at `path` naming the ids that are no such record."""
        ...

    def add(self, record: Any) -> None:
        """Take a new record into the act."""
        ...

    def record(self, kind: str, subject: Any) -> None:
        """Append the event `kind` (`noun.verbed`) with the subject's after-image, and raise its version by one."""
        ...

    async def commit(self) -> int:
        """Write everything in one transaction; return the last outbox id of the act."""
        ...


class ImpactGraph(Protocol):
    """The graph of what impacts what, at the present state of the record (ENGINES 2.4)."""

    name: str

    async def closure(self, seeds: Collection[str], *, as_of: datetime) -> Closure:
        """Return everything reachable from the seeds: induced edges and the groups touched, whole."""
        ...

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may reach. `wake` tells the relay that rows were committed; losing it loses nothing."""

    clock: Clock
    work: Callable[[Actor], AbstractAsyncContextManager[UnitOfWork]]
    graph: ImpactGraph
    wake: Callable[[], Awaitable[None]]
