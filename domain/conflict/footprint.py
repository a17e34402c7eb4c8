"""The facts of one planned change that conflicts are decided on, and the windows they imply (ENGINES 3.2).

Everything here is primitive, so that the facts of a change can be stored in a footprint table and read back.
Windows are epoch seconds, half open; durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.change.model import ChangeState, TaskAction
from domain.kernel.intervals import Interval

ELIGIBLE_STATES = frozenset({ChangeState.ASSESS, ChangeState.AUTHORISE, ChangeState.SCHEDULED, ChangeState.IMPLEMENT})
DISRUPTIVE_ACTIONS = frozenset({TaskAction.RESTART, TaskAction.REPLACE})
LEAST_RESERVE_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one CI of its footprint: degree q, whether it goes down, and the way there."""

    q: float
    is_down: bool
    witness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceEffect:
    """What a change does to one business service of its footprint."""

    id: str
    tier: int
    q: float
    is_down: bool
    witness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A piece of work; without `ci_id` it is on every target of the change."""

    id: str
    implementer_id: str | None = None
    window: Interval | None = None
    action: TaskAction = TaskAction.CONFIGURE
    is_exclusive: bool = False
    ci_id: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Targets worked on together and what they take down by themselves; with a window of its own it counts only there.

    A change that takes all its targets at once has one step, a rolling change several.
    """

    targets: frozenset[str]
    down: frozenset[str]
    window: Interval | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change as conflict detection sees it.

    `window` is the planned window, `downtime` the part of it in which services are affected (None: all of it).
    `reserve_seconds` None means the rollback time is unknown. `steps` give the direct CIs D; `effects` is the footprint
    F by CI id, D included; `services` are the business services in F. `classes` and `sites` are those of D and, for
    sites, of the services. `predecessors` end before this change starts; those also in `back_to_back` waive the
    reserve between. `exemptions` are ids of freezes it may ignore. `is_on_demand` admits a change still NEW.
    """

    id: str
    number: str
    state: ChangeState
    window: Interval | None
    steps: tuple[Step, ...]
    effects: Mapping[str, Effect]
    services: tuple[ServiceEffect, ...] = ()
    tasks: tuple[PlannedTask, ...] = ()
    downtime: Interval | None = None
    prep_seconds: int = 0
    reserve_seconds: int | None = None
    bake_seconds: int = 0
    predecessors: frozenset[str] = frozenset()
    back_to_back: frozenset[str] = frozenset()
    bundle: str | None = None
    exemptions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    team_id: str | None = None
    requester_id: str | None = None
    is_excluded: bool = False
    is_on_demand: bool = False
    direct: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "direct", frozenset().union(*(step.targets for step in self.steps)))

    @property
    def is_eligible(self) -> bool:
        """Whether the change takes part: ASSESS to IMPLEMENT, NEW only on demand, never when excluded."""
        asked_for = self.is_on_demand and self.state is ChangeState.NEW
        return not self.is_excluded and (asked_for or self.state in ELIGIBLE_STATES)

    @property
    def implementers(self) -> frozenset[str]:
        """The persons named by the tasks."""
        return frozenset(task.implementer_id for task in self.tasks if task.implementer_id is not None)

    def is_exclusive_on(self, ci_ids: frozenset[str]) -> bool:
        """Whether a task needs one of the CIs for itself."""
        return any(task.is_exclusive and (task.ci_id is None or task.ci_id in ci_ids) for task in self.tasks)

    def is_disruptive_on(self, ci_ids: frozenset[str]) -> bool:
        """Whether a task restarts or replaces one of the CIs."""
        return any(
            task.action in DISRUPTIVE_ACTIONS and (task.ci_id is None or task.ci_id in ci_ids) for task in self.tasks
        )


@dataclass(frozen=True, slots=True, eq=False)
class ScheduledChange:
    """An eligible change with a window, and the windows that follow from it (ENGINES 3.2).

    `planned` is `[start, end)`; `exclusive` is X = `[start − prep, end + reserve)`; `effective` is V, the downtime if
    given, else the planned window.
    """

    change: PlannedChange
    planned: Interval
    exclusive: Interval
    effective: Interval

    @property
    def id(self) -> str:
        """The id of the change."""
        return self.change.id

    def step_window(self, step: Step) -> Interval | None:
        """When a step holds its targets: X, or the part of X inside the step's own window; None if that is empty."""
        if step.window is None:
            return self.exclusive
        start, end = max(self.exclusive[0], step.window[0]), min(self.exclusive[1], step.window[1])
        return (start, end) if start < end else None


def scheduled(change: PlannedChange) -> ScheduledChange | None:
    """Return the change with its windows, or None where it takes no part or has no window."""
    if not change.is_eligible or change.window is None:
        return None
    start, end = change.window
    exclusive = (start - change.prep_seconds, end + reserve_seconds(change.reserve_seconds, end - start))
    return ScheduledChange(change, change.window, exclusive, change.downtime or change.window)


def reserve_seconds(rollback: int | None, duration: int) -> int:
    """Return the time kept to back out: the rollback time, else a quarter of the duration, else 15 minutes."""
    return rollback if rollback is not None else (duration // 4 or LEAST_RESERVE_SECONDS)


def span(change: PlannedChange) -> Interval | None:
    """Return the hull of all windows of a change: every instant at which it counts lies in it, its end included.

    None for a change without window: it meets nobody in time.
    """
    if change.window is None:
        return None
    start, end = change.window
    windows = [
        (start - change.prep_seconds, end + reserve_seconds(change.reserve_seconds, end - start)),
        change.downtime or change.window,
        *(task.window for task in change.tasks if task.window is not None),
    ]
    return min(window[0] for window in windows), max(window[1] for window in windows)


def reach(change: PlannedChange) -> Interval | None:
    """Return the span widened by the bake time: two changes whose reaches neither overlap nor touch never meet in time.

    Declared order is the one rule that knows no time; its partners are found by id.
    """
    hull = span(change)
    if hull is None or change.window is None:
        return None
    return hull[0], max(hull[1], change.window[1] + change.bake_seconds)


def are_partners(first: PlannedChange, second: PlannedChange) -> bool:
    """Whether the two are meant to run next to each other: declared back to back, or of one bundle."""
    bundled = first.bundle is not None and first.bundle == second.bundle
    return bundled or second.id in first.back_to_back or first.id in second.back_to_back
