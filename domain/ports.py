"""What the use cases need from outside, as protocols. Adapters are opened by the composition roots alone."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.cab.plan import Plan
from domain.cab.problem import PlanningProblem
from domain.change.model import ChangeState
from domain.ci.topology import Closure
from domain.conflict.acceptance import ConflictRecord
from domain.conflict.footprint import Effect
from domain.conflict.instants import InstantFinding
from domain.kernel.actor import Actor
from domain.kernel.intervals import Interval
from domain.kernel.time import Clock
from domain.risk.causes import StartedChange
from domain.risk.facts import IncidentFacts, ProblemFacts
from domain.risk.fitting import Fit, FitProblem
from domain.risk.past_incidents import EditedCis, PastIncidents
from domain.risk.rates import PastChange, RateTable
from domain.risk.training import TrainingChange

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Outage:
    """An open incident of priority 1 or 2 and the configuration items it is on."""

    incident_id: str
    number: str
    priority: int
    ci_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class RiskSummary:
    """The current score of a change and the forum that decides it; `score` None means not scored."""

    change_id: str
    score: float | None
    level: str
    forum: str


@dataclass(frozen=True, slots=True)
class FootprintRow:
    """The stored conflict facts of one change; `facts` None removes them. `effects` go by CI id.

    `reach` is the span of seconds in which the change can meet another, None without a planned window.
    """

    change_id: str
    facts: dict[str, Any] | None
    reach: Interval | None
    effects: Mapping[str, Effect]
    direct: frozenset[str]
    group_ids: frozenset[str]
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


@dataclass(frozen=True, slots=True)
class StoredAssessment:
    """A risk assessment as it lies in the record, and the position of the event that tells of it, if one does."""

    id: str
    row: RiskRow
    logged_at: int | None


class Assessments(Protocol):
    """Where the findings of the engines are kept; written inside a unit of work."""

    async def replace_footprints(self, rows: Sequence[FootprintRow]) -> None:
        """Store the conflict facts of these changes in place of what was there."""

    async def versions(self, change_ids: Collection[str]) -> dict[str, int]:
        """Return the present versions of changes, to compare with those an answer was computed from."""

    async def take_turn(
        self, since: int, own: Collection[str], near: Collection[str], reaches: Sequence[Interval]
    ) -> None:
        """Let nobody else store assessments until this act ends, and raise `Overtaken` if somebody has meanwhile.

        That is, since the turn `since`, of changes in `near`, or of others that meet one of the spans `reaches`: an
        answer about the changes `own` may rest on what no longer stands.
        """

    async def replace_findings(self, spans: Sequence[Interval], findings: Sequence[InstantFinding]) -> None:
        """Store the findings in place of those at instants of the closed spans."""

    async def conflict(self, conflict_id: str) -> tuple[ConflictRecord, int]:
        """Return a stored conflict and its version; `NotFound` when there is none."""

    async def conflicts(self, keys: Collection[str]) -> dict[str, ConflictRecord]:
        """Return the stored conflicts with these keys as they stand inside this act, by key."""

    async def save_conflicts(self, records: Sequence[ConflictRecord], rescored: Collection[str] = ()) -> None:
        """Insert or update conflicts by key, each with an event; `rescored` are changes whose risk knows of it."""

    async def set_timers(self, kind: str, due: Mapping[str, datetime]) -> None:
        """Set the one waiting timer of this kind for each subject, in place of those that wait now."""

    async def save_risks(self, rows: Sequence[RiskRow]) -> None:
        """Store an assessment as the current one of its change and return its id."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import has come: drafts taken, what became of them, and how long its reject file was by then."""

    drafts_done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    reject_bytes: int = 0


class ImportJournal(Protocol):
    """Where imports note how far they have come, in the same transaction as what they wrote."""

    async def progress(self, source: str) -> ImportProgress | None:
        """Return how far the import of this source had come when it was broken off; None when it was not."""

    async def keep(self, source: str, progress: ImportProgress) -> None:
        """Note how far the import of this source has come."""

    async def forget(self, source: str) -> None:
        """Forget a source whose import has come to its end."""


class UnitOfWork(Protocol):
    """One act: records loaded, changed and saved with their events in one transaction.

    Leaving the context without `commit` changes nothing. Nothing but the database is awaited inside.
    """

    actor: Actor
    now: datetime

    @property
    def assessments(self) -> Assessments:
        """Where the findings of the engines are written, in the same transaction."""

    @property
    def imports(self) -> ImportJournal:
        """How far imports have come, in the same transaction."""

    async def claim(self, key: str, fingerprint: str) -> str | None:
        """Return the record an act with the key was about within the last day, or None with the key now this act's."""

    def new_id(self) -> str:
        """Return a fresh id."""

    async def next_number(self, prefix: str) -> str:
        """Return the next human number of a series, e.g. `CHG0000123`."""

    async def keep_clear_of(self, prefix: str, value: int) -> None:
        """Have the series go on above the value: a number of it was given from outside."""

    async def ids_by(self, noun: type[Any], column: str, values: Collection[str]) -> dict[str, list[str]]:
        """Return, for each of the values that any record has in the column, the ids of those records."""

    async def get(self, noun: type[Record], record_id: str) -> Record:
        """Return the record; absent and invisible alike are `NotFound`."""

    async def get_at(self, noun: type[Record], record_id: str, expected_version: int) -> Record:
        """Return the record if it is at the version the actor saw; else `StaleVersion`."""

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, or None."""

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values, by id.

        A list means any of them; a dict names columns of one of the record's children, e.g. `members={"ci_id": x}`.
        """

    async def check_exists(self, noun: type[Any], record_ids: Collection[str], path: str) -> None:
        """Raise `InvalidInput` at `path` naming the ids that are no such record."""

    def add(self, record: Any) -> None:
        """Take a new record into the act."""

    def record(self, kind: str, subject: Any, note: str | None = None) -> None:
        """Append the event `kind` (`noun.verbed`) with the subject's after-image, raise its version; `note` is why."""

    async def commit(self) -> int:
        """Write everything in one transaction; return the last outbox id of the act."""


class Snapshot(Protocol):
    """The record at one instant: everything read inside the context belongs to one state of the log."""

    position: int
    """The greatest log position this state is known to hold."""

    async def turn(self) -> int:
        """Return the number of the last turn in which assessments were stored."""

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, with its children, or None."""

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values (a list means any of), with children, by id."""

    async def incidents_on(self, ci_ids: Collection[str], since: datetime) -> Mapping[str, tuple[IncidentFacts, ...]]:
        """Return the incidents opened since then on the CIs, by CI; each names the one CI it is listed under."""

    async def incident_cis_since(self, position: int) -> EditedCis | None:
        """Return the CIs of incidents edited after a position of the log; None where too much is later."""

    async def problems_on(self, ci_ids: Collection[str]) -> list[ProblemFacts]:
        """Return the problems on any of the CIs that are not closed."""

    async def outages(self) -> list[Outage]:
        """Return the open incidents of priority 1 and 2 with the CIs they are on."""

    async def past_changes(self) -> list[PastChange]:
        """Return every change that was carried out, with its label."""

    async def started_changes(self, since: datetime, until: datetime) -> list[StartedChange]:
        """Return the changes begun between two instants, both included, by id."""

    async def training_changes(self) -> list[TrainingChange]:
        """Return every change that was carried out, with what was known of it when it was decided on."""

    async def restore_minutes(self, before: datetime) -> dict[str, list[float]]:
        """Return the minutes that grave incidents resolved before then took, by the class of their CIs."""

    async def backups_of(self, ci_ids: Collection[str]) -> set[str]:
        """Return the CIs that back any of these up now."""

    async def subjects_since(self, position: int) -> set[str]:
        """Return the types of what was edited after a position of the log, or in acts that have no position yet."""

    async def labels_position(self) -> int:
        """Return the id of the last event that may have changed a label; equal ids mean equal past changes."""

    async def footprints(self, reach: Interval | None, change_ids: Collection[str]) -> list[dict[str, Any]]:
        """Return the stored conflict facts of open changes whose reach meets `reach`, and of the changes named."""

    async def effects_on(self, ci_ids: Collection[str], change_ids: Collection[str]) -> dict[str, dict[str, Effect]]:
        """Return what the changes do to the CIs, by change id and CI id, as far as it is in their stored footprints."""

    async def rivals(
        self,
        *,
        direct: Collection[str],
        effects: Collection[str],
        group_ids: Collection[str],
        person_ids: Collection[str],
    ) -> set[str]:
        """Return the open changes that can stand in another's way whenever both run: by CIs, redundancy or people."""

    async def conflicts_of(self, change_ids: Collection[str]) -> list[ConflictRecord]:
        """Return the stored conflicts, resolved ones left out, in which any of the changes takes part."""

    async def conflict_ids(self, keys: Collection[str]) -> dict[str, str]:
        """Return the ids of the stored conflicts with these keys, by key."""

    async def names_of(self, ci_ids: Collection[str]) -> dict[str, str]:
        """Return the names of CIs by id."""

    async def numbers_of(self, ids: Collection[str]) -> dict[str, str]:
        """Return the numbers of incidents, problems and changes by id."""

    async def crowded_cis(self, ci_ids: Collection[str], more_than: int) -> set[str]:
        """Return those of the CIs that lie in the footprint of more open changes than that."""

    async def findings(self, spans: Sequence[Interval]) -> list[InstantFinding]:
        """Return every stored finding of each record that has one at an instant of the closed spans."""

    async def conflicts_by_key(self, keys: Collection[str]) -> list[ConflictRecord]:
        """Return the stored conflicts with these keys, resolved ones left out."""

    async def followers_of(self, change_id: str) -> frozenset[str]:
        """Return the changes that declare this one as a predecessor."""

    async def current_risks(self, change_ids: Collection[str]) -> list[RiskSummary]:
        """Return the current score of each change that has one, by change id."""

    async def waiting_risks(self, states: Collection[ChangeState]) -> list[RiskSummary]:
        """Return the current score of each change in one of the states that has one, by change id."""

    async def service_owners(self) -> dict[str, str]:
        """Return the owner of every business service that has one, by service id."""

    async def assessable(self, change_ids: Collection[str]) -> set[str]:
        """Return those of the changes that are open or still have a stored footprint."""

    async def active_policy(self, name: str) -> dict[str, Any] | None:
        """Return the body of the active version of a policy; None means the shipped default."""

    async def open_changes(self, target_ids: Collection[str] | None = None) -> set[str]:
        """Return the ids of open changes, only those with any of the targets where given."""

    async def changes_reaching(self, ci_ids: Collection[str]) -> set[str]:
        """Return the open changes whose stored footprint holds any of the CIs."""


class ImpactGraph(Protocol):
    """The graph of what impacts what, at the present state of the record (ENGINES 2.4)."""

    name: str

    async def closure(self, seeds: Collection[str], *, as_of: datetime, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds: induced edges and the groups touched, whole.

        `hard_only` follows hard edges and groups alone: nothing else goes down when any of the seeds fail together.
        """

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""


class CabSolver(Protocol):
    """Finds CAB plans of least lexicographic objective (ENGINES 4.3). An optional extra: without it, plans are greedy.

    `domain.cab.fallback.best_plan` holds every answer to the validity checker and to the greedy plan.
    """

    def solve(self, problem: PlanningProblem, deterministic_limit: float) -> Plan | None:
        """Return the best plan found within the limit per level, in the solver's own seconds; None if it found none."""


class RiskFitter(Protocol):
    """Finds the minimum of a risk fit (ENGINES 1.3). An optional extra: without it, the shipped weights stand."""

    def fit(self, problem: FitProblem) -> Fit:
        """Return the one minimum; the same for the same rows in any order, to the eighth digit."""


@dataclass(slots=True)
class DayCache:
    """What the past teaches, computed once a day and whenever a label changes; `key` says of which past it is.

    `restore_minutes` are the observed minutes to restore, by CI class; `shrunk` are the medians computed from them, by
    class and what is stated of it.
    """

    key: tuple[int, int, str] | None = None
    rates: RateTable | None = None
    restore_minutes: dict[str, list[float]] = field(default_factory=dict)
    shrunk: dict[tuple[str, float], float] = field(default_factory=dict)


@dataclass(slots=True)
class StandingCache:
    """What stands around changes and seldom changes, as it was at a position of the log; None before it is read."""

    position: int = 0
    facts: Any = None


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may reach. `wake` tells the relay that rows were committed; losing it loses nothing."""

    clock: Clock
    work: Callable[[Actor], AbstractAsyncContextManager[UnitOfWork]]
    snapshot: Callable[[], AbstractAsyncContextManager[Snapshot]]
    graph: ImpactGraph
    wake: Callable[[], Awaitable[None]]
    day: DayCache = field(default_factory=DayCache)
    standing: StandingCache = field(default_factory=StandingCache)
    incidents: PastIncidents = field(default_factory=PastIncidents)
    solver: CabSolver | None = None
    fitter: RiskFitter | None = None
