"""What the engine is told about one change: plain facts as of an instant, filled by a use case from the record.

All instants are epoch seconds. Ids join the parts: targets and services are looked up in `impacted`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, TypeVar

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactedCi
from domain.kernel.intervals import Interval


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """The change itself; `planned` is None while unscheduled, minutes are None while unknown.

    An artefact is what a board can look at. `is_backup_down` says that what backs a target up is in outage itself.
    """

    id: str
    type: ChangeType
    model: str | None = None
    team: str | None = None
    planned: Interval | None = None
    test: TestState = TestState.UNKNOWN
    test_artefact: str | None = None
    rollback: RollbackState = RollbackState.UNKNOWN
    rollback_artefact: str | None = None
    rollback_minutes: float | None = None
    is_irreversible: bool = False
    is_backup_down: bool = False
    authorised_by: str | None = None
    title: str = ""

    @property
    def shown_test(self) -> TestState:
        """The test evidence that counts: without an artefact at most PARTIAL."""
        if self.test is TestState.PASSED and self.test_artefact is None:
            return TestState.PARTIAL
        return self.test

    @property
    def shown_rollback(self) -> RollbackState:
        """The rollback evidence that counts: at most DOCUMENTED without an artefact, UNKNOWN with its backup down."""
        if self.is_backup_down and self.rollback in (RollbackState.TESTED, RollbackState.DOCUMENTED):
            return RollbackState.UNKNOWN
        if self.rollback is RollbackState.TESTED and self.rollback_artefact is None:
            return RollbackState.DOCUMENTED
        return self.rollback


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A directly changed configuration item.

    `is_mapped` says whether any service lies in its closure over IMPACTS and PROTECTS, whatever the degree.
    """

    id: str
    class_name: str
    tier: int | None = None
    is_mapped: bool = True


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What is known of a class: shrunk median minutes to restore, and whether a service should stand behind it."""

    name: str
    restore_minutes: float | None = None
    is_no_service_expected: bool = False


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A business service the walk may reach. `busy_share` is the part of the planned window in its business hours.

    None is unknown: no calendar, no window, or no agreement for `downtime_left_minutes` of the current SLA period.
    """

    id: str
    name: str
    tier: int
    busy_share: float | None = None
    is_peak: bool = False
    downtime_left_minutes: float | None = None
    has_vip_consumer: bool = False


class IncidentFacts(NamedTuple):
    """An incident of severity 1 (worst) to 4, open or not; it counts on those of its CIs that lie in the reach set."""

    id: str
    ci_ids: tuple[str, ...]
    severity: int
    opened_at: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ProblemFacts:
    """A problem; it counts while open. A known error with a workaround counts half."""

    id: str
    ci_ids: tuple[str, ...]
    opened_at: int
    recorded_at: int
    closed_at: int | None = None
    has_workaround: bool = False


@dataclass(frozen=True, slots=True)
class ConflictFacts:
    """An unresolved conflict of the change: `severity` is s of ENGINES 3.3, in [0, 1].

    `takes_key_service` says that redundancy behind a tier 1 or 2 service is lost. An accepted one still counts in F9.
    """

    id: str
    code: str
    severity: float
    label: str = ""
    is_major: bool = False
    is_blocker: bool = False
    is_accepted: bool = False
    takes_key_service: bool = False


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """Everything needed to assess one change as of an instant, at one position of the log.

    `impacted` holds the targets (degree 1), configuration items and services reached, and those at risk; it is empty
    when `is_truncated`. `organisation_busy_share` stands in for the calendar of services nobody mapped.
    """

    as_of: int
    change: ChangeFacts
    targets: tuple[TargetFacts, ...]
    impacted: tuple[ImpactedCi, ...] = ()
    services: tuple[ServiceFacts, ...] = ()
    classes: Mapping[str, ClassFacts] = field(default_factory=dict)
    incidents: tuple[IncidentFacts, ...] = ()
    problems: tuple[ProblemFacts, ...] = ()
    conflicts: tuple[ConflictFacts, ...] = ()
    organisation_busy_share: float | None = None
    is_truncated: bool = False
    position: int = 0

    def class_of(self, target: TargetFacts) -> ClassFacts:
        """Return what is known of the target's class, nothing if nobody described it."""
        return self.classes.get(target.class_name) or ClassFacts(target.class_name)

    @property
    def unmapped_targets(self) -> tuple[TargetFacts, ...]:
        """The targets behind which a service should be and none is: a gap in the CMDB."""
        return tuple(t for t in self.targets if not t.is_mapped and not self.class_of(t).is_no_service_expected)

    @property
    def has_unmapped(self) -> bool:
        """Whether anything is unmapped; a change without any target is."""
        return not self.targets or bool(self.unmapped_targets)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Row = TypeVar("_Row", bound=_Identified)


def as_known(facts: RiskFacts, origin: RiskFacts | None = None) -> RiskFacts:
    """Return the facts the engine may use: nothing from after `as_of`, every id once, in id order.

    An incident or problem that was opened or recorded later is not there (no look-ahead); a problem closed by then
    is not open. Order and repetition of what was handed in therefore change nothing. Parts shared with `origin`,
    known facts of the same instant that these were made from, are known already. A part that nothing is wrong with
    stays the same object, so that it is not measured again.
    """
    settled: dict[str, Any] = {
        part: settle(getattr(facts, part), facts.as_of)
        for part, settle in _SETTLED_PARTS.items()
        if origin is None or getattr(facts, part) is not getattr(origin, part)
    }
    return replace(facts, **settled)


def _known_incidents(incidents: tuple[IncidentFacts, ...], as_of: int) -> tuple[IncidentFacts, ...]:
    known = tuple([i for i in incidents if i.opened_at <= as_of and i.recorded_at <= as_of])
    return _once(incidents if len(known) == len(incidents) else known, as_of)


def _open_problems(problems: tuple[ProblemFacts, ...], as_of: int) -> tuple[ProblemFacts, ...]:
    known = tuple([problem for problem in problems if _is_open(problem, as_of)])
    return _once(problems if len(known) == len(problems) else known, as_of)


def _is_open(problem: ProblemFacts, as_of: int) -> bool:
    known = problem.opened_at <= as_of and problem.recorded_at <= as_of
    return known and (problem.closed_at is None or problem.closed_at > as_of)


def _once(rows: tuple[_Row, ...], _as_of: int) -> tuple[_Row, ...]:
    """Return every row once, in id order; rows that are so already come back as the same object."""
    ids = [row.id for row in rows]
    if all(one < next_ for one, next_ in pairwise(ids)):
        return rows
    by_id = dict(zip(ids, rows, strict=True))
    return tuple(by_id[row_id] for row_id in sorted(by_id))


_SETTLED_PARTS: Mapping[str, Callable[[Any, int], Any]] = {
    "targets": _once,
    "impacted": _once,
    "services": _once,
    "incidents": _known_incidents,
    "problems": _open_problems,
    "conflicts": _once,
}
