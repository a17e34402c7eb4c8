"""What the use cases need from outside, as protocols. Adapters are opened by the composition roots alone."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.cab.plan import Plan
from domain.cab.problem import PlanningProblem
from domain.ci.topology import Closure
from domain.conflict.acceptance import ConflictRecord
from domain.kernel.actor import Actor
from domain.kernel.intervals import Interval
from domain.kernel.time import Clock
from domain.risk.facts import IncidentFacts, ProblemFacts
from domain.risk.rates import PastChange

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Outage:
    """An open incident of priority 1 or 2 and the configuration items it is on."""

    incident_id: str
    number: str
    priority: int
    ci_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class FootprintRow:
    """The stored conflict facts of one change; `facts` None removes them. `cis` are (CI id, role, q).

    `reach` is the span of seconds in which the change can meet another, None without a planned window.
    """

    change_id: str
    facts: dict[str, Any] | None
    reach: Interval | None
    cis: tuple[tuple[str, str, float], ...]
    position: int


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A stored risk assessment: its headline numbers, its inputs for replay and the whole answer as JSON values."""

    change_id: str
    as_of: int
    position: int
    params_version: str
    input_hash: str
    score: float | None
    likelihood: float | None
    impact: float | None
    level: str
    probability: float | None
    inputs: dict[str, Any]
    result: dict[str, Any]


class Assessments(Protocol):
    """Where the findings of the engines are kept; written inside a unit of work."""

    async def replace_footprints(self, rows: Sequence[FootprintRow]) -> None:
        """Store the conflict facts of these changes in place of what was there."""
        ...

    async def save_conflicts(self, records: Sequence[ConflictRecord]) -> None:
        """Insert or update conflicts by key, each with an event."""
        ...

    async def save_risk(self, row: RiskRow) -> str:
        """Store an assessment as the current one of its change and return its id."""
        ...


class UnitOfWork(Protocol):
    """One act: records loaded, changed and saved with their events in one transaction.

    Leaving the context without `commit` changes nothing. Nothing but the database is awaited inside.
    """

    actor: Actor
    now: datetime

    @property
    def assessments(self) -> Assessments:
        """Where the findings of the engines are written, in the same transaction."""
        ...

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
        """Return every record whose columns equal the values, by id.

        A list means any of them; a dict names columns of one of the record's children, e.g. `members={"ci_id": x}`.
        """
        ...

    async def check_exists(self, noun: type[Any], record_ids: Collection[str], path: str) -> None:
        """Raise `InvalidInput` at `path` naming the ids that are no such record."""
        ...

    def add(self, record: Any) -> None:
        """Take a new record into the act."""
        ...

    def record(self, kind: str, subject: Any, note: str | None = None) -> None:
        """Append the event `kind` (`noun.verbed`) with the subject's after-image, and raise its version by one.

        The `note` is why it was done, where the record itself has no place for it; it stands in the event as `note`.
        """
        ...

    async def commit(self) -> int:
        """Write everything in one transaction; return the last outbox id of the act."""
        ...


class Snapshot(Protocol):
    """The record at one instant: everything read inside the context belongs to one state of the log."""

    position: int
    """The greatest log position this state is known to hold."""

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, with its children, or None."""
        ...

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values (a list means any of), with children, by id."""
        ...

    async def incidents_on(self, ci_ids: Collection[str], since: datetime) -> list[IncidentFacts]:
        """Return the incidents opened since then on any of the CIs."""
        ...

    async def problems_on(self, ci_ids: Collection[str]) -> list[ProblemFacts]:
        """Return the problems on any of the CIs that are not closed."""
        ...

    async def outages(self) -> list[Outage]:
        """Return the open incidents of priority 1 and 2 with the CIs they are on."""
        ...

    async def past_changes(self) -> list[PastChange]:
        """Return every change that was carried out, with its label."""
        ...

    async def labels_position(self) -> int:
        """Return the id of the last event that may have changed a label; equal ids mean equal past changes."""
        ...

    async def footprints(self, reach: Interval | None, change_ids: Collection[str]) -> list[dict[str, Any]]:
        """Return the stored conflict facts of open changes whose reach meets `reach`, and of the changes named."""
        ...

    async def conflicts_of(self, change_ids: Collection[str]) -> list[ConflictRecord]:
        """Return the stored conflicts, resolved ones left out, in which any of the changes takes part."""
        ...

    async def changes_reaching(self, ci_ids: Collection[str]) -> set[str]:
        """Return the open changes whose stored footprint holds any of the CIs."""
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


class CabSolver(Protocol):
    """Finds CAB plans of least lexicographic objective (ENGINES 4.3). An optional extra: without it, plans are greedy.

    `domain.cab.fallback.best_plan` holds every answer to the validity checker and to the greedy plan.
    """

    def solve(self, problem: PlanningProblem, deterministic_limit: float) -> Plan | None:
        """Return the best plan found within the limit per level, in the solver's own seconds; None if it found none."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may reach. `wake` tells the relay that rows were committed; losing it loses nothing."""

    clock: Clock
    work: Callable[[Actor], AbstractAsyncContextManager[UnitOfWork]]
    snapshot: Callable[[], AbstractAsyncContextManager[Snapshot]]
    graph: ImpactGraph
    wake: Callable[[], Awaitable[None]]
