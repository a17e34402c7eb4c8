"""The facts a CAB plan is computed from (ENGINES 4.2).

A use case fills these records from the store; instants are whole epoch seconds, lengths whole minutes, ids plain
strings. Everything that needs a calendar (cut-offs, waits, the freeze) comes in as a number computed before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval
from domain.risk.model import RiskLevel

MINUTES_BY_LEVEL: Mapping[RiskLevel, int] = {
    RiskLevel.LOW: 3,
    RiskLevel.MODERATE: 6,
    RiskLevel.HIGH: 12,
    RiskLevel.VERY_HIGH: 20,
}
MINUTES_PER_MAJOR_CONFLICT = 3
WEIGHT_BY_LEVEL: Mapping[RiskLevel, int] = {
    RiskLevel.LOW: 1,
    RiskLevel.MODERATE: 3,
    RiskLevel.HIGH: 9,
    RiskLevel.VERY_HIGH: 27,
}
PRESSING_SECONDS = 5 * 86_400
DAILY_CAP_MINUTES = 120


class AgendaClass(IntEnum):
    """The hard classes of an agenda, in the order they are heard (ENGINES 4.5)."""

    RETROSPECTIVE = 0
    CARRIED_OVER = 1
    DEADLINE_TODAY = 2
    REST = 3


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting of the board that can still take items.

    `capacity_minutes` is what items may fill: the length less `opening_minutes`. An item must be ready by `cutoff`.
    `core` are the members of the roster, `chairs` the chair and the deputies in order of precedence (for an
    electronic meeting: the change authorities). `day` is the civil day in the zone of the series, for daily caps.
    An item published for this meeting is frozen once now is after `freeze_from`.
    """

    id: str
    start: int
    end: int
    capacity_minutes: int
    cutoff: int
    core: tuple[str, ...]
    quorum: int
    chairs: tuple[str, ...]
    day: str
    freeze_from: int
    opening_minutes: int = 5
    is_electronic: bool = False
    title: str = ""

    @property
    def length_minutes(self) -> int:
        """Minutes an attendee spends in the meeting, the opening included."""
        return (self.end - self.start) // 60

    @property
    def label(self) -> str:
        """What people call the meeting."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class Item:
    """One change that waits for a decision of the board.

    `weight` is π of ENGINES 4.2, `ready_at` r (all assessments done), `deadline` D (None: no window planned yet).
    People in `excluded` (requester, implementer) may attend but count neither for quorum nor for a required role.
    Items of one `bundle` are decided together; `predecessors` are decided no later than this item. Predecessors that
    are not items of the problem have been decided already.
    """

    change_id: str
    minutes: int
    ready_at: int
    deadline: int | None
    weight: int
    required_roles: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    bundle: str | None = None
    predecessors: tuple[str, ...] = ()
    published_meeting: str | None = None
    team: str = ""
    level: RiskLevel = RiskLevel.LOW
    risk: float = 0.0
    agenda_class: AgendaClass = AgendaClass.REST


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may attend: roles, the meetings the calendar leaves free, and who steps in otherwise.

    At a meeting this person cannot attend, `delegate` inherits the roles and the seat; one who already has a seat
    still counts once. `sub_windows` narrows attendance of a meeting to a part of it.
    """

    id: str
    roles: frozenset[str] = frozenset()
    available: frozenset[str] = frozenset()
    sub_windows: Mapping[str, Interval] = field(default_factory=dict)
    daily_cap_minutes: int = DAILY_CAP_MINUTES
    delegate: str | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """What people call the person."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class PlanningProblem:
    """Everything one plan depends on.

    `waiting_days[change id][meeting id]` is the number of whole business days from the item's ready time to the start
    of the meeting, for every pair. Construction checks that ids are unique, sizes are possible and waits are complete
    (`InvalidInput`).
    """

    now: int
    meetings: tuple[Meeting, ...]
    items: tuple[Item, ...]
    people: tuple[Person, ...]
    waiting_days: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        _refuse_repeats("meetings", [meeting.id for meeting in self.meetings])
        _refuse_repeats("items", [item.change_id for item in self.items])
        _refuse_repeats("people", [person.id for person in self.people])
        for meeting in self.meetings:
            if meeting.end <= meeting.start:
                raise InvalidInput.at(f"meetings.{meeting.id}.end", "must be after the start")
        for item in self.items:
            if item.minutes < 1 or item.weight < 1:
                raise InvalidInput.at(f"items.{item.change_id}", "needs at least one minute and a weight of at least 1")
            if any(meeting.id not in self.waiting_days.get(item.change_id, {}) for meeting in self.meetings):
                raise InvalidInput.at(f"waiting_days.{item.change_id}", "needs a wait for every meeting")


def item_minutes(level: RiskLevel, unresolved_majors: int) -> int:
    """Return d, the minutes to plan for an item of that level, 3 more per unresolved MAJOR conflict (ENGINES 4.2)."""
    return MINUTES_BY_LEVEL[level] + MINUTES_PER_MAJOR_CONFLICT * unresolved_majors


def item_weight(level: RiskLevel, deadline: int | None, now: int) -> int:
    """Return π, the value of deciding an item, doubled if its deadline is less than 5 days away (ENGINES 4.2)."""
    is_pressing = deadline is not None and deadline - now < PRESSING_SECONDS
    return WEIGHT_BY_LEVEL[level] * (2 if is_pressing else 1)


def is_frozen(item: Item, meeting: Meeting | None, now: int) -> bool:
    """Whether the item is published for this meeting and the meeting is nearer than the freeze (ENGINES 4.3 (7))."""
    return meeting is not None and item.published_meeting == meeting.id and now > meeting.freeze_from


def _refuse_repeats(path: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise InvalidInput.at(path, "holds an id twice")
