"""The greedy planner: always valid, every reason true, published items first (ENGINES 4.3, 4.9)."""

import random
from collections.abc import Callable
from dataclasses import replace

from domain.cab.checker import violations
from domain.cab.greedy import greedy_plan
from domain.cab.plan import Cause, ReasonKind, objective_of
from domain.cab.problem import Item, Meeting, Person, PlanningProblem
from tests.cab_worlds import DAY, NOW, assert_reasons_are_true, board_problem, published, random_problem, shuffled


def week(number: int, **changes: object) -> Meeting:
    start = NOW + 7 * number * DAY
    meeting = Meeting(
        id=f"m{number}",
        start=start,
        end=start + 25 * 60,
        capacity_minutes=20,
        cutoff=start - DAY,
        core=("ann", "bob"),
        quorum=1,
        chairs=("ann",),
        day=str(number),
        freeze_from=start - DAY,
    )
    return replace(meeting, **changes)  # type: ignore[arg-type]


def change(change_id: str, weight: int = 1, **changes: object) -> Item:
    item = Item(change_id, minutes=12, ready_at=NOW - DAY, deadline=None, weight=weight)
    return replace(item, **changes)  # type: ignore[arg-type]


def board(*items: Item, meetings: tuple[Meeting, ...] = (week(1), week(2)), now: int = NOW) -> PlanningProblem:
    everywhere = frozenset(meeting.id for meeting in meetings)
    people = (Person("ann", frozenset(), everywhere), Person("bob", frozenset({"database"}), everywhere))
    waits = {item.change_id: {meeting.id: 5 * n for n, meeting in enumerate(meetings)} for item in items}
    return PlanningProblem(now, meetings, items, people, waits)


def test_every_plan_is_valid_and_every_reason_true(worlds: Callable[[int], int]) -> None:
    """T2 and T7."""
    for seed in range(worlds(5_000)):
        problem = random_problem(random.Random(seed), items=1 + seed % 9, meetings=seed % 5)
        plan = greedy_plan(problem)
        assert violations(problem, plan.assignments, plan.attendees) == (), seed
        assert_reasons_are_true(problem, plan)
        assert plan.objective == objective_of(problem, plan.assignments, plan.attendees)


def test_the_order_of_the_input_leaves_no_trace(worlds: Callable[[int], int]) -> None:
    """T5."""
    for seed in range(worlds(500)):
        rng = random.Random(seed)
        problem = random_problem(rng)
        assert greedy_plan(shuffled(problem, rng)) == greedy_plan(problem), seed


def test_an_unchanged_published_plan_stays(worlds: Callable[[int], int]) -> None:
    """T4, where nobody's day is short of minutes: with daily caps, who comes depends on the order of placing."""
    for seed in range(worlds(200)):
        problem = board_problem(random.Random(seed), items=24, meetings=3)
        first = greedy_plan(problem)
        again = greedy_plan(published(problem, dict(first.assignments)))
        assert again.assignments == first.assignments, seed
        assert again.moves == ()


def test_the_heavier_item_goes_first_and_the_other_learns_who_displaced_it() -> None:
    plan = greedy_plan(board(change("c1", 3), change("c2", 9), meetings=(week(1),)))
    assert plan.assignments == {"c2": "m1"}
    (reason,) = plan.unscheduled
    assert (reason.change_id, reason.kind, reason.displaced_by) == ("c1", ReasonKind.CAPACITY, ("c2",))


def test_an_item_counts_as_much_as_what_waits_for_it() -> None:
    waiting = change("c3", 27, minutes=3, predecessors=("c2",))
    plan = greedy_plan(board(change("c1", 9), change("c2", 1), waiting, meetings=(week(1), week(2))))
    assert plan.assignments == {"c1": "m2", "c2": "m1", "c3": "m1"}


def test_equal_items_go_by_deadline_then_by_id() -> None:
    pressing = change("c2", deadline=NOW + 20 * DAY)
    assert greedy_plan(board(change("c1"), pressing)).assignments == {"c1": "m2", "c2": "m1"}
    assert greedy_plan(board(change("c2"), change("c1"))).assignments == {"c1": "m1", "c2": "m2"}


def test_where_a_person_can_attend_one_meeting_of_the_day_the_frozen_item_keeps_its_own() -> None:
    twice_a_day = (week(1), week(1, id="m2", start=NOW + 8 * DAY, end=NOW + 8 * DAY + 25 * 60, freeze_from=NOW - 1))
    crowd = (change("c1", 27, published_meeting="m1"), change("c2", 1, published_meeting="m2"))
    problem = board(*crowd, meetings=twice_a_day)
    short_of_time = tuple(replace(person, daily_cap_minutes=25) for person in problem.people)
    plan = greedy_plan(replace(problem, people=short_of_time))
    assert plan.assignments == {"c2": "m2"}
    (reason,) = plan.unscheduled
    assert [blocker.cause for blocker in reason.blockers] == [Cause.PEOPLE_BUSY, Cause.FULL]
    assert reason.displaced_by == ("c2",)


def test_a_published_item_that_waits_for_a_new_one_still_tries_its_own_meeting_first() -> None:
    waiting = change("c2", minutes=6, predecessors=("c1",), published_meeting="m2")
    assert greedy_plan(board(change("c1"), waiting)).assignments == {"c1": "m1", "c2": "m2"}


def test_the_last_level_of_the_objective_is_the_mean_wait_of_the_slowest_team() -> None:
    items = (change("c1", team="blue"), change("c2", team="blue"), change("c3", 9, minutes=3, team="green"))
    plan = greedy_plan(board(*items))
    assert plan.assignments == {"c1": "m1", "c2": "m2", "c3": "m1"}
    assert plan.objective.slowest_team_days == (0 + 5) / 2


def test_a_published_item_keeps_its_meeting_against_a_heavier_one() -> None:
    plan = greedy_plan(board(change("c1", 1, published_meeting="m1"), change("c2", 27)))
    assert plan.assignments == {"c1": "m1", "c2": "m2"}
    assert plan.moves == ()


def test_a_frozen_item_that_loses_its_place_is_told_apart() -> None:
    meetings = (week(1, freeze_from=NOW - 1), week(2))
    crowd = (change("c1", 1, published_meeting="m1"), change("c2", 27, published_meeting="m1"))
    plan = greedy_plan(board(*crowd, meetings=meetings))
    assert plan.assignments == {"c1": "m2", "c2": "m1"}
    (move,) = plan.moves
    assert (move.change_id, move.was_frozen, move.blocker.cause) == ("c1", True, Cause.FULL)
    assert move.blocker.displaced_by == ("c2",)
    assert (plan.objective.lost_frozen, plan.objective.lost_value, plan.objective.moved) == (1, 0, 1)


def test_a_published_item_that_is_not_frozen_is_worth_three_times_its_weight_where_it_stands() -> None:
    crowd = (change("c1", 2, published_meeting="m1"), change("c2", 27, published_meeting="m1"))
    plan = greedy_plan(board(*crowd))
    assert (plan.objective.lost_frozen, plan.objective.lost_value, plan.objective.moved) == (0, 6, 1)


def test_a_move_is_told_with_its_cause() -> None:
    problem = board(
        change("c1", 3, published_meeting="m1", ready_at=NOW + 6 * DAY + 1), change("c2", published_meeting="gone")
    )
    moves = {move.change_id: move for move in greedy_plan(problem).moves}
    assert (moves["c1"].to_meeting, moves["c1"].blocker.cause) == ("m2", Cause.NOT_READY)
    assert moves["c2"].blocker.cause is Cause.MEETING_GONE


def test_bundles_stay_together_and_orders_in_a_circle_become_one_bundle() -> None:
    short = {"minutes": 6}
    circle = [change("c1", predecessors=("c2",), **short), change("c2", predecessors=("c1",), **short)]
    plan = greedy_plan(board(*circle, change("c3", 9, minutes=15), meetings=(week(1), week(2))))
    assert plan.assignments == {"c1": "m2", "c2": "m2", "c3": "m1"}
    too_long = greedy_plan(board(change("c1", bundle="b"), change("c2", bundle="b")))
    assert {reason.kind for reason in too_long.unscheduled} == {ReasonKind.NO_FEASIBLE_MEETING}
    assert {blocker.cause for reason in too_long.unscheduled for blocker in reason.blockers} == {Cause.TOO_LONG}


def test_a_delegate_takes_the_seat_but_has_one_vote() -> None:
    meetings = (week(1, quorum=2),)
    problem = board(change("c1"), meetings=meetings)
    ann, bob = problem.people
    absent = replace(ann, available=frozenset(), delegate="bob")
    assert greedy_plan(replace(problem, people=(absent, bob))).assignments == {}
    carl = Person("carl", frozenset(), frozenset({"m1"}))
    plan = greedy_plan(replace(problem, people=(replace(absent, delegate="carl"), bob, carl)))
    assert plan.attendees == {"m1": frozenset({"bob", "carl"})}


def test_the_requester_does_not_cover_a_role_for_their_own_change() -> None:
    plan = greedy_plan(board(change("c1", required_roles=("database",), excluded=frozenset({"bob"}))))
    assert {blocker.cause for blocker in plan.unscheduled[0].blockers} == {Cause.ROLE_UNCOVERED}
