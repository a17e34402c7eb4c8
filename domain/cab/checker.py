"""The validity checker of CAB plans: every hard rule, recomputed from the problem alone (ENGINES 4.9, T2).

It shares no code with the planners, so that it can judge them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.cab.plan import Assignments, Attendees
from domain.cab.problem import Item, Meeting, PlanningProblem


class Rule(StrEnum):
    """The hard rules of ENGINES 4.3."""

    REFERENCE = "REFERENCE"
    CAPACITY = "CAPACITY"
    CUTOFF = "CUTOFF"
    DEADLINE = "DEADLINE"
    COVERAGE = "COVERAGE"
    QUORUM = "QUORUM"
    CHAIR = "CHAIR"
    SEGREGATION = "SEGREGATION"
    AVAILABILITY = "AVAILABILITY"
    BUNDLE = "BUNDLE"
    ORDER = "ORDER"
    DAILY_CAP = "DAILY_CAP"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule a plan breaks, and the change, meeting or person it breaks it for."""

    rule: Rule
    subject: str


def violations(problem: PlanningProblem, assignments: Assignments, attendees: Attendees) -> tuple[Violation, ...]:
    """Return every broken rule; empty means the plan is valid."""
    dangling = tuple(_dangling(problem, assignments, attendees))
    if dangling:
        return dangling
    return (
        *_meetings_that_overflow(problem, assignments),
        *_items_out_of_time(problem, assignments),
        *_items_not_decidable(problem, assignments, attendees),
        *_items_out_of_order(problem, assignments),
        *_people_overdrawn(problem, attendees),
    )


def _dangling(problem: PlanningProblem, assignments: Assignments, attendees: Attendees) -> Iterator[Violation]:
    changes = {item.change_id for item in problem.items}
    meetings = {meeting.id for meeting in problem.meetings}
    people = {person.id for person in problem.people}
    for change_id, meeting_id in assignments.items():
        if change_id not in changes or meeting_id not in meetings:
            yield Violation(Rule.REFERENCE, change_id)
    for meeting_id, present in attendees.items():
        if meeting_id not in meetings or not present <= people:
            yield Violation(Rule.REFERENCE, meeting_id)


def _meetings_that_overflow(problem: PlanningProblem, assignments: Assignments) -> Iterator[Violation]:
    for meeting in problem.meetings:
        needed = sum(item.minutes for item in problem.items if assignments.get(item.change_id) == meeting.id)
        if needed > meeting.capacity_minutes:
            yield Violation(Rule.CAPACITY, meeting.id)


def _items_out_of_time(problem: PlanningProblem, assignments: Assignments) -> Iterator[Violation]:
    for item, meeting in _placed(problem, assignments):
        if item.ready_at > meeting.cutoff:
            yield Violation(Rule.CUTOFF, item.change_id)
        if item.deadline is not None and meeting.end > item.deadline:
            yield Violation(Rule.DEADLINE, item.change_id)


def _items_not_decidable(
    problem: PlanningProblem, assignments: Assignments, attendees: Attendees
) -> Iterator[Violation]:
    for item, meeting in _placed(problem, assignments):
        present = attendees.get(meeting.id, frozenset())
        core = present & _stand_ins(problem, meeting, set(meeting.core))
        if not present & _stand_ins(problem, meeting, set(meeting.chairs)):
            yield Violation(Rule.CHAIR, item.change_id)
        if len(core) < meeting.quorum:
            yield Violation(Rule.QUORUM, item.change_id)
        elif len(core - item.excluded) < meeting.quorum:
            yield Violation(Rule.SEGREGATION, item.change_id)
        for role in item.required_roles:
            owners = {person.id for person in problem.people if role in person.roles}
            covering = present & _stand_ins(problem, meeting, owners)
            if not covering:
                yield Violation(Rule.COVERAGE, item.change_id)
            elif not covering - item.excluded:
                yield Violation(Rule.SEGREGATION, item.change_id)


def _items_out_of_order(problem: PlanningProblem, assignments: Assignments) -> Iterator[Violation]:
    starts = {meeting.id: meeting.start for meeting in problem.meetings}
    known = {item.change_id for item in problem.items}
    bundles: dict[str, set[str | None]] = {}
    for item in problem.items:
        place = assignments.get(item.change_id)
        if item.bundle is not None:
            bundles.setdefault(item.bundle, set()).add(place)
        if place is None:
            continue
        for predecessor in known.intersection(item.predecessors):
            before = assignments.get(predecessor)
            if before is None or starts[before] > starts[place]:
                yield Violation(Rule.ORDER, item.change_id)
    for bundle, places in bundles.items():
        if len(places) > 1:
            yield Violation(Rule.BUNDLE, bundle)


def _people_overdrawn(problem: PlanningProblem, attendees: Attendees) -> Iterator[Violation]:
    for person in problem.people:
        attended = [meeting for meeting in problem.meetings if person.id in attendees.get(meeting.id, ())]
        if any(meeting.id not in person.available for meeting in attended):
            yield Violation(Rule.AVAILABILITY, person.id)
        for day in {meeting.day for meeting in attended}:
            spent = sum((meeting.end - meeting.start) // 60 for meeting in attended if meeting.day == day)
            if spent > person.daily_cap_minutes:
                yield Violation(Rule.DAILY_CAP, person.id)


def _placed(problem: PlanningProblem, assignments: Assignments) -> Iterator[tuple[Item, Meeting]]:
    meetings = {meeting.id: meeting for meeting in problem.meetings}
    for item in problem.items:
        if item.change_id in assignments:
            yield item, meetings[assignments[item.change_id]]


def _stand_ins(problem: PlanningProblem, meeting: Meeting, principals: set[str]) -> set[str]:
    """Return the principals and, for each who cannot attend, the delegate."""
    acting: set[str] = set()
    for person in problem.people:
        if person.id not in principals:
            continue
        is_able = meeting.id in person.available and (meeting.end - meeting.start) // 60 <= person.daily_cap_minutes
        if is_able:
            acting.add(person.id)
        elif person.delegate is not None:
            acting.add(person.delegate)
    return acting
