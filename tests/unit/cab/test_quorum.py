"""Declines, delegates, electronic votes and meetings on demand (ENGINES 4.6)."""

import random
from collections.abc import Callable
from dataclasses import replace

from domain.cab.checker import violations
from domain.cab.greedy import greedy_plan
from domain.cab.plan import Plan
from domain.cab.problem import Item, Meeting, Person, PlanningProblem
from domain.cab.quorum import Fallback, FallbackKind, Proposal, ProposalKind, propose, recheck_quorum
from tests.cab_worlds import DAY, NOW, random_problem

EVERYWHERE = frozenset({"m1", "m2"})


def meeting(number: int) -> Meeting:
    start = NOW + 7 * number * DAY
    return Meeting(
        f"m{number}", start, start + 3_600, 55, start - DAY, ("ann", "bob"), 2, ("ann",), str(number), start - DAY
    )


def board(*people: Person, deadline: int | None = None, **changes: object) -> PlanningProblem:
    item = replace(Item("c1", 12, NOW, deadline, 9), **changes)  # type: ignore[arg-type]
    waits = {"c1": {"m1": 5, "m2": 10}}
    return PlanningProblem(NOW, (meeting(1), meeting(2)), (item,), people, waits)


ANN, BOB, CARL = (Person(name, frozenset(), EVERYWHERE) for name in ("ann", "bob", "carl"))


def test_a_decline_that_leaves_a_quorum_changes_nothing() -> None:
    problem = board(ANN, BOB, CARL)
    plan = replace(greedy_plan(problem), attendees={"m1": frozenset({"ann", "bob", "carl"})})
    check = recheck_quorum(problem, plan, "m1", "carl")
    assert check.holds
    assert (check.proposed_people, check.fallbacks) == ((), ())


def test_a_lost_quorum_proposes_the_delegate() -> None:
    problem = board(ANN, replace(BOB, delegate="carl"), CARL)
    check = recheck_quorum(problem, greedy_plan(problem), "m1", "bob")
    assert not check.holds
    assert (check.at_risk, check.proposed_people, check.fallbacks) == (("c1",), ("carl",), ())


def test_without_a_delegate_the_item_goes_to_the_next_meeting_or_to_an_electronic_vote() -> None:
    problem = board(ANN, BOB)
    check = recheck_quorum(problem, greedy_plan(problem), "m1", "bob")
    assert check.fallbacks == (Fallback("c1", FallbackKind.NEXT_MEETING, "m2"),)
    pressing = board(ANN, BOB, deadline=NOW + 8 * DAY)
    check = recheck_quorum(pressing, greedy_plan(pressing), "m1", "bob")
    assert check.fallbacks == (Fallback("c1", FallbackKind.ELECTRONIC_VOTE, None),)


def test_nobody_is_asked_whom_the_meeting_can_do_without() -> None:
    wide = board(ANN, replace(BOB, delegate="carl"), CARL, replace(CARL, id="dave"))
    meetings = tuple(replace(each, core=("ann", "bob", "dave")) for each in wide.meetings)
    problem = replace(wide, meetings=meetings)
    plan = replace(greedy_plan(problem), attendees={"m1": frozenset({"ann", "bob"})})
    assert recheck_quorum(problem, plan, "m1", "bob").proposed_people == ("carl",)


def test_an_item_does_not_fall_back_behind_one_that_waits_for_it() -> None:
    database = board(ANN, BOB, replace(CARL, roles=frozenset({"database"})), required_roles=("database",))
    waiting = Item("c2", 12, NOW, None, 1, predecessors=("c1",))
    problem = replace(
        database, items=(*database.items, waiting), waiting_days={**database.waiting_days, "c2": {"m1": 5, "m2": 10}}
    )
    check = recheck_quorum(problem, greedy_plan(problem), "m1", "carl")
    assert check.fallbacks == (Fallback("c1", FallbackKind.ELECTRONIC_VOTE, None),)


def test_what_a_check_says_is_so(worlds: Callable[[int], int]) -> None:
    """In random worlds: with the proposed people, and without the items that fall back, the plan is valid again."""
    declines = 0
    for seed in range(worlds(1_000)):
        problem = random_problem(random.Random(seed))
        plan = greedy_plan(problem)
        for meeting_id, present in plan.attendees.items():
            for person in sorted(present):
                declines += 1
                assert_check_is_true(problem, plan, meeting_id, person)
    assert declines > 0


def assert_check_is_true(problem: PlanningProblem, plan: Plan, meeting_id: str, declining: str) -> None:
    check = recheck_quorum(problem, plan, meeting_id, declining)
    people = tuple(replace(p, available=p.available - {meeting_id}) if p.id == declining else p for p in problem.people)
    after = replace(problem, people=people)
    left = plan.attendees[meeting_id] - {declining}
    assert check.holds == (not violations(after, plan.assignments, {**plan.attendees, meeting_id: left}))
    falling = {fallback.change_id for fallback in check.fallbacks}
    kept = {change: place for change, place in plan.assignments.items() if change not in falling}
    attendees = {**plan.attendees, meeting_id: left | set(check.proposed_people)}
    unrelated = {item.change_id for item in problem.items if falling.intersection(item.predecessors)}
    assert {found.subject for found in violations(after, kept, attendees)} <= unrelated


def test_a_meeting_on_demand_is_for_pressing_items_of_weight_or_emergencies() -> None:
    urgent = board(ANN, BOB, deadline=NOW + 6 * DAY)
    (reason,) = greedy_plan(urgent).unscheduled
    assert propose(urgent, reason, is_emergency=False) == Proposal("c1", ProposalKind.ECAB, "m1")
    light = board(ANN, BOB, deadline=NOW + 6 * DAY, weight=3)
    (reason,) = greedy_plan(light).unscheduled
    assert propose(light, reason, is_emergency=False).kind is ProposalKind.RESCHEDULE
    assert propose(light, reason, is_emergency=True).kind is ProposalKind.ECAB


def test_a_deadline_within_a_meeting_precedes_its_decision_and_electronic_meetings_do_not_count() -> None:
    within = board(ANN, BOB, deadline=NOW + 7 * DAY + 60)
    (reason,) = greedy_plan(within).unscheduled
    assert propose(within, reason, is_emergency=False).kind is ProposalKind.ECAB
    electronic = replace(within, meetings=(replace(meeting(1), end=NOW + 7 * DAY + 30, is_electronic=True), meeting(2)))
    assert propose(electronic, reason, is_emergency=False) == Proposal("c1", ProposalKind.ECAB, "m2")


def test_an_item_that_a_meeting_before_its_deadline_could_decide_is_rescheduled() -> None:
    long = board(ANN, BOB, deadline=NOW + 9 * DAY)
    crowd = replace(long.items[0], change_id="c0", weight=27, minutes=50)
    problem = replace(long, items=(crowd, *long.items), waiting_days={**long.waiting_days, "c0": {"m1": 5, "m2": 10}})
    (reason,) = greedy_plan(problem).unscheduled
    assert propose(problem, reason, is_emergency=True) == Proposal("c1", ProposalKind.RESCHEDULE, "m1")
