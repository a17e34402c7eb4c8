"""Random planning problems of the change advisory board, for every planner's tests."""

import random
from dataclasses import replace

from domain.cab.checker import Rule, violations
from domain.cab.plan import Blocker, Cause, Plan, ReasonKind
from domain.cab.problem import AgendaClass, Item, Meeting, Person, PlanningProblem
from domain.cab.units import units_of
from domain.risk.model import RiskLevel

DAY = 86_400
NOW = 1_000 * DAY
ROLES = ("database", "network", "security")


def random_problem(rng: random.Random, items: int = 6, meetings: int = 3, people: int = 5) -> PlanningProblem:
    """Return a problem with scarce minutes, bundles, orders, exclusions, delegates, daily caps and published items."""
    staff = [f"p{number}" for number in range(people)]
    calendar = [random_meeting(rng, number, staff) for number in range(meetings)]
    agenda = [random_item(rng, number, calendar, staff) for number in range(items)]
    waits = {item.change_id: {m.id: max(0, (m.start - item.ready_at) // DAY) for m in calendar} for item in agenda}
    persons = [random_person(rng, person, staff, calendar) for person in staff]
    return PlanningProblem(NOW, tuple(calendar), tuple(agenda), tuple(persons), waits)


def random_meeting(rng: random.Random, number: int, staff: list[str]) -> Meeting:
    day = 2 + rng.choice([0, number, number])
    start = NOW + day * DAY + rng.choice([8, 10, 14]) * 3_600
    minutes = rng.choice([20, 25, 35])
    return Meeting(
        id=f"m{number}",
        start=start,
        end=start + minutes * 60,
        capacity_minutes=minutes - 5,
        cutoff=start - DAY,
        core=tuple(rng.sample(staff, rng.randint(2, min(4, len(staff))))),
        quorum=rng.choice([1, 1, 2]),
        chairs=tuple(rng.sample(staff, 2)),
        day=str(day),
        freeze_from=start - rng.choice([1, 2, 4]) * DAY,
    )


def random_item(rng: random.Random, number: int, calendar: list[Meeting], staff: list[str]) -> Item:
    published = rng.choice([None, None, *(meeting.id for meeting in calendar)])
    return Item(
        change_id=f"c{number}",
        minutes=rng.choice([3, 6, 6, 9, 12, 18]),
        ready_at=NOW + rng.choice([-3, -2, -1, 0, 1, 2]) * DAY,
        deadline=rng.choice([None, None, NOW + rng.randint(2, 6) * DAY]),
        weight=rng.choice([1, 2, 3, 6, 9, 27]),
        required_roles=tuple(rng.sample(ROLES, rng.choice([0, 0, 1, 2]))),
        excluded=frozenset(rng.sample(staff, rng.choice([0, 0, 0, 1, 2]))),
        bundle=rng.choice([None, None, None, "together"]),
        predecessors=tuple(f"c{rng.randrange(number)}" for _ in range(rng.choice([0, 0, 0, 1])) if number),
        published_meeting=published,
        team=rng.choice(["blue", "green"]),
        level=rng.choice(list(RiskLevel)),
        risk=float(rng.randint(0, 90)),
        agenda_class=rng.choice(list(AgendaClass)),
    )


def random_person(rng: random.Random, person: str, staff: list[str], calendar: list[Meeting]) -> Person:
    return Person(
        id=person,
        roles=frozenset(rng.sample(ROLES, rng.choice([1, 1, 2]))),
        available=frozenset(meeting.id for meeting in calendar if rng.random() < 0.9),
        daily_cap_minutes=rng.choice([35, 45, 120]),
        delegate=rng.choice([None, *(other for other in staff if other != person)]),
    )


def board_problem(rng: random.Random, items: int, meetings: int) -> PlanningProblem:
    """Return a problem of the size boards have: weekly meetings, a dozen people, most of them free, nothing published.

    Minutes are scarce (about four fifths of what is asked for), so that something must stay out.
    """
    staff = [f"p{number:02}" for number in range(12)]
    asked = [rng.choice([3, 6, 6, 12, 20]) for _ in range(items)]
    capacity = max(30, sum(asked) * 4 // (5 * meetings))
    calendar = [
        replace(
            random_meeting(rng, number, staff),
            start=NOW + (2 + 7 * number) * DAY,
            end=NOW + (2 + 7 * number) * DAY + (capacity + 5) * 60,
            capacity_minutes=capacity,
            cutoff=NOW + (1 + 7 * number) * DAY,
            core=tuple(staff[:5]),
            quorum=3,
            chairs=tuple(staff[:2]),
            day=str(number),
        )
        for number in range(meetings)
    ]
    agenda = [
        replace(
            random_item(rng, number, calendar, staff),
            change_id=f"c{number:03}",
            minutes=asked[number],
            deadline=NOW + rng.randint(5, 7 * meetings + 5) * DAY,
            ready_at=NOW + rng.randint(-5, 5 * meetings) * DAY,
            bundle=rng.choice([None] * 9 + [f"b{rng.randrange(items // 10 + 1)}"]),
            excluded=frozenset(rng.sample(staff, 2)),
            predecessors=(f"c{rng.randrange(number):03}",) if number and rng.random() < 0.05 else (),
            published_meeting=None,
        )
        for number in range(items)
    ]
    persons = [
        Person(
            id=person,
            roles=frozenset(rng.sample(ROLES, 1)),
            available=frozenset(meeting.id for meeting in calendar if rng.random() < 0.85),
            daily_cap_minutes=1_000,
        )
        for person in staff
    ]
    waits = {item.change_id: {m.id: max(0, (m.start - item.ready_at) // DAY) for m in calendar} for item in agenda}
    return PlanningProblem(NOW, tuple(calendar), tuple(agenda), tuple(persons), waits)


def published(problem: PlanningProblem, assignments: dict[str, str]) -> PlanningProblem:
    """Return the same problem with a plan published."""
    items = tuple(replace(item, published_meeting=assignments.get(item.change_id)) for item in problem.items)
    return replace(problem, items=items)


def shuffled(problem: PlanningProblem, rng: random.Random) -> PlanningProblem:
    """Return the same problem with its lists in another order."""
    return replace(
        problem,
        meetings=tuple(rng.sample(problem.meetings, len(problem.meetings))),
        items=tuple(rng.sample(problem.items, len(problem.items))),
        people=tuple(rng.sample(problem.people, len(problem.people))),
    )


PEOPLE = {Rule.CHAIR, Rule.QUORUM, Rule.COVERAGE, Rule.SEGREGATION}
BROKEN_BY = {
    Cause.NOT_READY: {Rule.CUTOFF},
    Cause.TOO_LATE: {Rule.DEADLINE},
    Cause.TOO_LONG: {Rule.CAPACITY},
    Cause.NO_CHAIR: {Rule.CHAIR},
    Cause.NO_QUORUM: {Rule.QUORUM, Rule.SEGREGATION},
    Cause.ROLE_UNCOVERED: {Rule.COVERAGE, Rule.SEGREGATION},
    Cause.ORDER: {Rule.ORDER, Rule.BUNDLE},
    Cause.FULL: {Rule.CAPACITY},
    Cause.PEOPLE_BUSY: PEOPLE,
}


def assert_reasons_are_true(problem: PlanningProblem, plan: Plan) -> None:
    """T7: every item left out has one reason, and the checker finds in each meeting the rule the reason names."""
    left_out = {item.change_id for item in problem.items} - plan.assignments.keys()
    assert [reason.change_id for reason in plan.unscheduled] == sorted(left_out)
    items = {item.change_id: item for item in problem.items}
    unit_of = {change_id: unit.members for unit in units_of(items).values() for change_id in unit.members}
    for reason in plan.unscheduled:
        calendar = sorted(problem.meetings, key=lambda meeting: (meeting.start, meeting.id))
        assert [blocker.meeting_id for blocker in reason.blockers] == [meeting.id for meeting in calendar]
        for blocker in reason.blockers:
            assert_blocker_is_true(problem, plan, unit_of[reason.change_id], blocker)
        crowded = any(blocker.cause in {Cause.FULL, Cause.PEOPLE_BUSY} for blocker in reason.blockers)
        assert reason.kind is (ReasonKind.CAPACITY if crowded else ReasonKind.NO_FEASIBLE_MEETING)
        assert bool(reason.displaced_by) == crowded
        assert plan.assignments.keys() >= set(reason.displaced_by)


def assert_blocker_is_true(problem: PlanningProblem, plan: Plan, members: tuple[str, ...], blocker: Blocker) -> None:
    meeting = next(meeting for meeting in problem.meetings if meeting.id == blocker.meeting_id)
    joined = {**plan.assignments, **dict.fromkeys(members, meeting.id)}
    now_attending = {**plan.attendees, meeting.id: with_everyone_who_has_time(problem, plan, meeting)}
    assert BROKEN_BY[blocker.cause] & {found.rule for found in violations(problem, joined, now_attending)}, blocker
    alone = dict.fromkeys(members, meeting.id)
    able = frozenset(p.id for p in problem.people if can_attend(p, meeting))
    broken_alone = {found.rule for found in violations(problem, alone, {meeting.id: able})} - {Rule.ORDER, Rule.BUNDLE}
    if blocker.cause in {Cause.ORDER, Cause.FULL, Cause.PEOPLE_BUSY}:
        assert not broken_alone, blocker
    else:
        assert broken_alone & BROKEN_BY[blocker.cause], blocker
    if blocker.cause is Cause.FULL:
        minutes = {item.change_id: item.minutes for item in problem.items}
        assert all(plan.assignments[change_id] == meeting.id for change_id in blocker.displaced_by)
        held = sum(minutes[change_id] for change_id in blocker.displaced_by)
        assert sum(minutes[change_id] for change_id in members) > meeting.capacity_minutes - held


def with_everyone_who_has_time(problem: PlanningProblem, plan: Plan, meeting: Meeting) -> frozenset[str]:
    calendar = {other.id: other for other in problem.meetings}
    present = set(plan.attendees.get(meeting.id, ()))
    for person in problem.people:
        others = [calendar[place] for place, people in plan.attendees.items() if person.id in people]
        spent = sum(other.length_minutes for other in others if other.day == meeting.day and other is not meeting)
        if can_attend(person, meeting) and spent + meeting.length_minutes <= person.daily_cap_minutes:
            present.add(person.id)
    return frozenset(present)


def can_attend(person: Person, meeting: Meeting) -> bool:
    return meeting.id in person.available and meeting.length_minutes <= person.daily_cap_minutes
