"""What a planner answers: who is heard where, who attends, what stays out and why, and what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.cab.problem import PlanningProblem, is_frozen

Assignments = Mapping[str, str]
"""Change id to meeting id; an item that is absent is not scheduled."""

Attendees = Mapping[str, frozenset[str]]
"""Meeting id to the people asked to attend; a meeting without items has no entry."""

MOVE_PRICE = 3
"""What a published item that is not frozen is worth where it stands, in weights (ENGINES 4.3, stability rule)."""


class Cause(StrEnum):
    """Why an item is not in a meeting. Those up to ROLE_UNCOVERED hold whatever else is planned."""

    NOT_READY = "NOT_READY"
    TOO_LATE = "TOO_LATE"
    TOO_LONG = "TOO_LONG"
    NO_CHAIR = "NO_CHAIR"
    NO_QUORUM = "NO_QUORUM"
    ROLE_UNCOVERED = "ROLE_UNCOVERED"
    ORDER = "ORDER"
    FULL = "FULL"
    PEOPLE_BUSY = "PEOPLE_BUSY"
    MEETING_GONE = "MEETING_GONE"
    BETTER_ELSEWHERE = "BETTER_ELSEWHERE"


class ReasonKind(StrEnum):
    """The one reason of an unscheduled item: nowhere possible, or possible but others are there (ENGINES 4.6)."""

    NO_FEASIBLE_MEETING = "NO_FEASIBLE_MEETING"
    CAPACITY = "CAPACITY"


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps a unit out of one meeting.

    `subject` is the item at fault: a member of the bundle, or for ORDER the predecessor or successor. `displaced_by`
    are the scheduled items that hold the minutes (FULL) or the people (PEOPLE_BUSY), the heaviest first.
    """

    meeting_id: str
    cause: Cause
    subject: str
    displaced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """An item without a meeting and its one reason, with the cause per meeting in the order of the meetings."""

    change_id: str
    kind: ReasonKind
    blockers: tuple[Blocker, ...]
    displaced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A published item that is not in its meeting any more; `to_meeting` None means it lost its place altogether."""

    change_id: str
    from_meeting: str
    to_meeting: str | None
    was_frozen: bool
    blocker: Blocker


class Objective(NamedTuple):
    """The lexicographic objective of ENGINES 4.3, smaller is better: O0 to O5."""

    lost_frozen: int
    lost_value: int
    moved: int
    waiting: int
    attendee_minutes: int
    slowest_team_days: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A complete answer. Every item of the problem is either assigned or among `unscheduled`, never both."""

    assignments: Assignments
    attendees: Attendees
    unscheduled: tuple[Unscheduled, ...]
    moves: tuple[Move, ...]
    objective: Objective


def objective_of(problem: PlanningProblem, assignments: Assignments, attendees: Attendees) -> Objective:
    """Return O0 to O5 of a plan (ENGINES 4.3).

    A published item whose meeting is no longer among the meetings counts as moved, in every plan alike. O5 is the
    mean wait in business days of the team that waits longest, over its scheduled items.
    """
    meetings = {meeting.id: meeting for meeting in problem.meetings}
    lost_frozen = lost_value = moved = waiting = 0
    waits_by_team: dict[str, list[int]] = {}
    for item in problem.items:
        place = assignments.get(item.change_id)
        if place is None:
            lost_value += item.weight
        else:
            days = problem.waiting_days[item.change_id][place]
            waiting += item.weight * days
            waits_by_team.setdefault(item.team, []).append(days)
        if item.published_meeting is None or place == item.published_meeting:
            continue
        moved += 1
        if is_frozen(item, meetings.get(item.published_meeting), problem.now):
            lost_frozen += item.weight
        else:
            lost_value += MOVE_PRICE * item.weight
    attendee_minutes = sum(
        meetings[meeting_id].capacity_minutes * len(people) for meeting_id, people in attendees.items()
    )
    slowest = max((sum(days) / len(days) for days in waits_by_team.values()), default=0.0)
    return Objective(lost_frozen, lost_value, moved, waiting, attendee_minutes, slowest)
