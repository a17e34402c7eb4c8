"""The greedy planner: what the interface shows at once, the exact solver's hint and its fallback (ENGINES 4.3)."""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from domain.cab.feasibility import facts_of
from domain.cab.plan import Assignments, Attendees, Plan, objective_of
from domain.cab.problem import Meeting, PlanningProblem, is_frozen
from domain.cab.reasons import moves_of, unscheduled_of
from domain.cab.seating import Seating
from domain.cab.units import Unit, units_of

Urgency = tuple[int, int, int, str]


def greedy_plan(problem: PlanningProblem) -> Plan:
    """Return a valid plan in milliseconds.

    Published units try their own meetings first, frozen ones before the others. Then the ready unit with the greatest
    π over itself and all that waits for it takes the earliest meeting, not before its predecessors', where it fits.
    """
    return complete_plan(problem, {}, {})


def complete_plan(problem: PlanningProblem, assignments: Assignments, attendees: Attendees) -> Plan:
    """Return the plan that keeps valid assignments, adds greedily what still fits, and gives reasons for the rest."""
    facts = facts_of(problem)
    units = units_of(facts.items)
    seating = Seating(facts, assignments, attendees)

    def own_meetings(unit: Unit) -> list[Meeting]:
        published = {facts.items[change_id].published_meeting for change_id in unit.members}
        return [meeting for meeting in facts.meetings if meeting.id in published]

    def all_meetings(unit: Unit) -> list[Meeting]:
        own = own_meetings(unit)
        return own + [meeting for meeting in facts.meetings if meeting not in own]

    def frozen_first(unit: Unit) -> Urgency:
        members = [facts.items[change_id] for change_id in unit.members]
        frozen = any(is_frozen(item, meeting, problem.now) for item in members for meeting in own_meetings(unit))
        return (0 if frozen else 1, *unit.urgency)

    _place(units, seating, own_meetings, frozen_first)
    _place(units, seating, all_meetings, lambda unit: (0, *unit.urgency))
    return Plan(
        assignments=seating.assignments,
        attendees=seating.attendees,
        unscheduled=unscheduled_of(units, seating),
        moves=moves_of(problem, units, seating),
        objective=objective_of(problem, seating.assignments, seating.attendees),
    )


def _place(
    units: dict[str, Unit],
    seating: Seating,
    candidates: Callable[[Unit], Iterable[Meeting]],
    urgency: Callable[[Unit], Urgency],
) -> None:
    """Place unit after unit as they become ready, each in the first of its candidate meetings that has room."""
    open_before = {
        key: sum(seating.place_of(units[other]) is None for other in unit.before) for key, unit in units.items()
    }
    ready: list[Urgency] = []
    for key, unit in units.items():
        if open_before[key] == 0 and seating.place_of(unit) is None:
            heappush(ready, urgency(unit))
    while ready:
        unit = units[heappop(ready)[-1]]
        meeting = next((meeting for meeting in candidates(unit) if seating.blocker(unit, meeting) is None), None)
        if meeting is None:
            continue
        seating.put(unit, meeting)
        for key in unit.after:
            open_before[key] -= 1
            if open_before[key] == 0:
                heappush(ready, urgency(units[key]))
