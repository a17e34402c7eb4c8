"""The exact planner against brute force and the properties of ENGINES 4.9."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import combinations, product

from domain.cab.checker import violations
from domain.cab.fallback import best_plan
from domain.cab.greedy import greedy_plan
from domain.cab.plan import Plan
from domain.cab.problem import Item, Meeting, Person, PlanningProblem
from domain.ports import CabSolver
from tests.cab_worlds import assert_reasons_are_true, board_problem, published, random_problem, shuffled
from workers.solvers.cab_cp_sat import CpSatCabSolver

LIMIT = 5.0


def solve(problem: PlanningProblem) -> Plan:
    return CpSatCabSolver().solve(problem, LIMIT)


def test_equals_brute_force_on_every_level_of_the_objective(worlds: Callable[[int], int]) -> None:
    """T1, with O0 before and O4 after the three levels the property names."""
    for seed in range(worlds(500)):
        problem = random_problem(random.Random(seed))
        assert solve(problem).objective[:5] == best_by_brute_force(problem), seed


def test_large_boards_pass_the_validity_checker_too(worlds: Callable[[int], int]) -> None:
    """T2 on boards too large for brute force."""
    for seed in range(worlds(60)):
        problem = board_problem(random.Random(seed), items=24, meetings=3)
        plan = solve(problem)
        assert violations(problem, plan.assignments, plan.attendees) == (), seed
        assert_reasons_are_true(problem, plan)


def test_every_reason_of_an_exact_plan_is_true(worlds: Callable[[int], int]) -> None:
    """T2 and T7."""
    for seed in range(worlds(500)):
        problem = random_problem(random.Random(seed))
        plan = solve(problem)
        assert violations(problem, plan.assignments, plan.attendees) == (), seed
        assert_reasons_are_true(problem, plan)


def test_doubling_capacity_never_costs_value(worlds: Callable[[int], int]) -> None:
    """T3, first half. O0 goes before O1, so the two are compared together."""
    for seed in range(worlds(200)):
        problem = random_problem(random.Random(seed))
        doubled = tuple(replace(meeting, capacity_minutes=2 * meeting.capacity_minutes) for meeting in problem.meetings)
        assert solve(replace(problem, meetings=doubled)).objective[:2] <= solve(problem).objective[:2], seed


def test_one_more_member_never_costs_value(worlds: Callable[[int], int]) -> None:
    """T3, second half."""
    for seed in range(worlds(200)):
        problem = random_problem(random.Random(seed))
        everywhere = frozenset(meeting.id for meeting in problem.meetings)
        people = (*problem.people, Person("newcomer", frozenset({"database"}), everywhere))
        meetings = tuple(replace(meeting, core=(*meeting.core, "newcomer")) for meeting in problem.meetings)
        larger = replace(problem, meetings=meetings, people=people)
        assert solve(larger).objective[:2] <= solve(problem).objective[:2], seed


def test_an_unchanged_published_plan_stays(worlds: Callable[[int], int]) -> None:
    """T4."""
    for seed in range(worlds(200)):
        first = solve(published(random_problem(random.Random(seed)), {}))
        problem = published(random_problem(random.Random(seed)), dict(first.assignments))
        again = solve(problem)
        assert again.assignments == first.assignments, seed
        assert again.moves == (), seed


def test_same_input_same_plan_and_ids_do_not_matter(worlds: Callable[[int], int]) -> None:
    """T5."""
    for seed in range(worlds(100)):
        rng = random.Random(seed)
        problem = random_problem(rng)
        plan = solve(problem)
        assert solve(problem) == plan
        assert solve(shuffled(problem, rng)) == plan
        assert solve(renamed(problem, rng)).objective[:5] == plan.objective[:5], seed


def test_a_limit_too_short_leaves_a_valid_plan_no_worse_than_greedy(worlds: Callable[[int], int]) -> None:
    """T6."""
    for seed in range(worlds(60)):
        problem = board_problem(random.Random(seed), items=24, meetings=3)
        plan = CpSatCabSolver().solve(problem, 0.0)
        assert violations(problem, plan.assignments, plan.attendees) == (), seed
        assert plan.objective[:4] <= greedy_plan(problem).objective[:4], seed


def everything_in_the_first_meeting(problem: PlanningProblem, deterministic_limit: float) -> Plan:
    first = problem.meetings[0].id
    return replace(greedy_plan(problem), assignments={item.change_id: first for item in problem.items})


def nothing_found(problem: PlanningProblem, deterministic_limit: float) -> None:
    return None


def test_an_answer_that_is_wrong_or_missing_gives_way_to_greedy() -> None:
    """T6, for any adapter of the port."""
    problem = board_problem(random.Random(7), items=24, meetings=3)
    solver: CabSolver = CpSatCabSolver()
    greedy = greedy_plan(problem)
    assert best_plan(problem, everything_in_the_first_meeting) == greedy
    assert best_plan(problem, nothing_found) == greedy
    assert best_plan(problem, None) == greedy
    assert best_plan(problem, solver.solve).objective < greedy.objective


def renamed(problem: PlanningProblem, rng: random.Random) -> PlanningProblem:
    ids = [item.change_id for item in problem.items]
    name = dict(zip(ids, rng.sample(ids, len(ids)), strict=True))
    items = tuple(
        replace(item, change_id=name[item.change_id], predecessors=tuple(name[other] for other in item.predecessors))
        for item in problem.items
    )
    return replace(problem, items=items, waiting_days={name[old]: days for old, days in problem.waiting_days.items()})


def best_by_brute_force(problem: PlanningProblem) -> tuple[int, ...]:
    """Return (O0, ..., O4) over every assignment of items and every set of attendees, by definition."""

    @cache
    def quorate_sets(place: Meeting, held: frozenset[Item]) -> list[frozenset[str]]:
        return smallest_sets(problem, place, held)

    best: tuple[int, ...] = ()
    for places in product((None, *problem.meetings), repeat=len(problem.items)):
        chosen = dict(zip(problem.items, places, strict=True))
        value = value_of(problem, chosen)
        if (best and value > best[:4]) or not keeps_time_and_order(problem, chosen):
            continue
        opened = {place: frozenset(i for i, at in chosen.items() if at is place) for place in places if place}
        for people in product(*(quorate_sets(place, held) for place, held in opened.items())):
            seats = dict(zip(opened, people, strict=True))
            total = (*value, sum(place.capacity_minutes * len(present) for place, present in seats.items()))
            if (not best or total < best) and nobody_is_overdrawn(problem, seats):
                best = total
    return best


def value_of(problem: PlanningProblem, chosen: dict[Item, Meeting | None]) -> tuple[int, int, int, int]:
    meetings = {meeting.id: meeting for meeting in problem.meetings}
    lost_frozen = lost = moved = waiting = 0
    for item, place in chosen.items():
        if place is None:
            lost += item.weight
        else:
            waiting += item.weight * problem.waiting_days[item.change_id][place.id]
        if item.published_meeting and (place is None or place.id != item.published_meeting):
            moved += 1
            if problem.now > meetings[item.published_meeting].freeze_from:
                lost_frozen += item.weight
            else:
                lost += 3 * item.weight
    return lost_frozen, lost, moved, waiting


def keeps_time_and_order(problem: PlanningProblem, chosen: dict[Item, Meeting | None]) -> bool:
    by_id = {item.change_id: item for item in problem.items}
    for item, place in chosen.items():
        if any(chosen[other] is not place for other in chosen if item.bundle and other.bundle == item.bundle):
            return False
        if place is None:
            continue
        if item.ready_at > place.cutoff or (item.deadline is not None and place.end > item.deadline):
            return False
        for predecessor in item.predecessors:
            before = chosen[by_id[predecessor]]
            if before is None or before.start > place.start:
                return False
    return all(
        sum(item.minutes for item, place in chosen.items() if place is meeting) <= meeting.capacity_minutes
        for meeting in problem.meetings
    )


def smallest_sets(problem: PlanningProblem, place: Meeting, held: frozenset[Item]) -> list[frozenset[str]]:
    """Return the sets of attendees that can decide the items, without those that contain a smaller one."""
    people = {person.id: person for person in problem.people}
    able = {p.id for p in problem.people if place.id in p.available and place.length_minutes <= p.daily_cap_minutes}
    acting = {person: person if person in able else people[person].delegate for person in people}

    def decides(present: frozenset[str]) -> bool:
        core = present & {acting[person] for person in place.core}
        return bool(present & {acting[person] for person in place.chairs}) and all(
            len(core - item.excluded) >= place.quorum
            and all(
                (present - item.excluded) & {acting[person] for person in people if role in people[person].roles}
                for role in item.required_roles
            )
            for item in held
        )

    smallest: list[frozenset[str]] = []
    for size in range(len(able) + 1):
        for group in map(frozenset, combinations(sorted(able), size)):
            if not any(known <= group for known in smallest) and decides(group):
                smallest.append(group)
    return smallest


def nobody_is_overdrawn(problem: PlanningProblem, seats: dict[Meeting, frozenset[str]]) -> bool:
    return all(
        sum(place.length_minutes for place, present in seats.items() if place.day == day and person.id in present)
        <= person.daily_cap_minutes
        for person in problem.people
        for day in {place.day for place in seats}
    )
