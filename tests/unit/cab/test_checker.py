"""The validity checker finds each broken rule, and nothing in a plan that keeps them (ENGINES 4.9, T2)."""

from dataclasses import replace

import pytest

from domain.cab.checker import Rule, Violation, violations
from domain.cab.plan import Assignments, Attendees
from domain.cab.problem import Item, Meeting, Person, PlanningProblem

BOTH = frozenset({"ann", "bob", "eve"})
FIRST = Meeting("m1", 1_000, 4_600, 20, 900, ("ann", "bob"), 2, ("ann",), "monday", 0)
SECOND = replace(FIRST, id="m2", start=5_000, end=8_600, cutoff=4_900)
ITEM = Item("c1", minutes=12, ready_at=900, deadline=8_600, weight=1, required_roles=("database",))
PROBLEM = PlanningProblem(
    now=0,
    meetings=(FIRST, SECOND),
    items=(ITEM, Item("c2", minutes=8, ready_at=0, deadline=None, weight=1, predecessors=("c1",))),
    people=tuple(
        Person(person, frozenset({"database"} if person == "eve" else ()), frozenset({"m1", "m2"}))
        for person in sorted(BOTH)
    ),
    waiting_days={"c1": {"m1": 0, "m2": 0}, "c2": {"m1": 0, "m2": 0}},
)
TOGETHER = {"c1": "m1", "c2": "m1"}


def with_item(**changes: object) -> PlanningProblem:
    return replace(PROBLEM, items=(replace(ITEM, **changes), PROBLEM.items[1]))  # type: ignore[arg-type]


def with_people(**changes: object) -> PlanningProblem:
    people = tuple(replace(person, **changes) for person in PROBLEM.people)  # type: ignore[arg-type]
    return replace(PROBLEM, people=people)


def test_a_plan_that_keeps_every_rule_passes() -> None:
    assert violations(PROBLEM, TOGETHER, {"m1": BOTH}) == ()
    assert violations(PROBLEM, {}, {}) == ()


BROKEN: list[tuple[PlanningProblem, Assignments, Attendees, Violation]] = [
    (PROBLEM, {"c1": "m9"}, {}, Violation(Rule.REFERENCE, "c1")),
    (PROBLEM, {}, {"m1": frozenset({"nobody"})}, Violation(Rule.REFERENCE, "m1")),
    (with_item(minutes=13), TOGETHER, {"m1": BOTH}, Violation(Rule.CAPACITY, "m1")),
    (with_item(ready_at=901), TOGETHER, {"m1": BOTH}, Violation(Rule.CUTOFF, "c1")),
    (with_item(deadline=4_599), TOGETHER, {"m1": BOTH}, Violation(Rule.DEADLINE, "c1")),
    (PROBLEM, TOGETHER, {"m1": BOTH - {"eve"}}, Violation(Rule.COVERAGE, "c1")),
    (PROBLEM, TOGETHER, {"m1": BOTH - {"bob"}}, Violation(Rule.QUORUM, "c1")),
    (PROBLEM, TOGETHER, {"m1": BOTH - {"ann"}}, Violation(Rule.CHAIR, "c1")),
    (with_item(excluded=frozenset({"eve"})), TOGETHER, {"m1": BOTH}, Violation(Rule.SEGREGATION, "c1")),
    (with_item(excluded=frozenset({"bob"})), TOGETHER, {"m1": BOTH}, Violation(Rule.SEGREGATION, "c1")),
    (PROBLEM, {"c1": "m2", "c2": "m1"}, {"m1": BOTH, "m2": BOTH}, Violation(Rule.ORDER, "c2")),
    (PROBLEM, {"c2": "m1"}, {"m1": BOTH}, Violation(Rule.ORDER, "c2")),
    (with_people(available=frozenset({"m2"})), TOGETHER, {"m1": BOTH}, Violation(Rule.AVAILABILITY, "ann")),
    (with_people(daily_cap_minutes=100), {"c1": "m1"}, {"m1": BOTH, "m2": BOTH}, Violation(Rule.DAILY_CAP, "ann")),
]


@pytest.mark.parametrize(("problem", "assignments", "attendees", "violation"), BROKEN)
def test_each_broken_rule_is_found(
    problem: PlanningProblem, assignments: Assignments, attendees: Attendees, violation: Violation
) -> None:
    assert violation in violations(problem, assignments, attendees)


def test_a_bundle_torn_apart_is_found() -> None:
    torn = replace(PROBLEM, items=tuple(replace(item, bundle="b") for item in PROBLEM.items))
    assert violations(torn, {"c1": "m1"}, {"m1": BOTH}) == (Violation(Rule.BUNDLE, "b"),)


def test_a_delegate_of_someone_absent_counts_for_quorum_chair_and_role() -> None:
    absent = frozenset({"m2"})
    people = tuple(replace(p, available=absent, delegate=f"{p.id}'s deputy") for p in PROBLEM.people)
    deputies = tuple(Person(f"{p.id}'s deputy", available=frozenset({"m1"})) for p in PROBLEM.people)
    problem = replace(PROBLEM, people=(*people, *deputies))
    assert violations(problem, TOGETHER, {"m1": frozenset(person.id for person in deputies)}) == ()
