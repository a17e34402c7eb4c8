"""One readable sentence per item (ENGINES 4.6)."""

import random
from collections.abc import Callable

from domain.cab.explain import explain
from domain.cab.greedy import greedy_plan
from domain.cab.problem import Item, Meeting, Person, PlanningProblem
from tests.cab_worlds import DAY, NOW, random_problem


def board() -> PlanningProblem:
    meetings = tuple(
        Meeting(
            f"m{number}",
            NOW + 7 * number * DAY,
            NOW + 7 * number * DAY + 25 * 60,
            20,
            NOW + (7 * number - 1) * DAY,
            ("ann",),
            1,
            ("ann",),
            str(number),
            NOW - DAY if number == 1 else NOW + DAY,
            title=f"Wednesday CAB {number}",
        )
        for number in (1, 2)
    )
    items = (
        Item("CHG-1", 12, NOW, NOW + 12 * DAY, 9, required_roles=("database",)),
        Item("CHG-2", 12, NOW, None, 3),
        Item("CHG-3", 12, NOW, NOW + 8 * DAY, 1),
        Item("CHG-4", 3, NOW + 7 * DAY, None, 1, published_meeting="m1"),
    )
    both = frozenset({"m1", "m2"})
    people = (Person("ann", frozenset(), both, name="Ann"), Person("bob", frozenset({"database"}), both, name="Bob"))
    return PlanningProblem(NOW, meetings, items, people, {item.change_id: {"m1": 5, "m2": 10} for item in items})


def test_sentences_name_cut_off_deadline_minutes_experts_and_why_not_earlier() -> None:
    problem = board()
    assert explain(problem, greedy_plan(problem)) == {
        "CHG-1": "CHG-1 goes to Wednesday CAB 1: ready 6 days before the cut-off, decided 4 days before the deadline; "
        "12 of 20 minutes, 8 left; Bob speaks for database.",
        "CHG-2": "CHG-2 goes to Wednesday CAB 2: ready 13 days before the cut-off, no deadline yet; "
        "12 of 20 minutes, 5 left; not Wednesday CAB 1, because it is full (CHG-1).",
        "CHG-3": "CHG-3 is not scheduled. Wednesday CAB 1: it is full (CHG-1); "
        "Wednesday CAB 2: it ends after the deadline.",
        "CHG-4": "CHG-4 goes to Wednesday CAB 2: ready 6 days before the cut-off, no deadline yet; "
        "3 of 20 minutes, 5 left; not Wednesday CAB 1, because assessments end after its cut-off. "
        "Lost its frozen place in Wednesday CAB 1 because assessments end after its cut-off.",
    }


def test_every_item_of_every_plan_has_a_sentence(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(500)):
        problem = random_problem(random.Random(seed))
        sentences = explain(problem, greedy_plan(problem))
        assert sentences.keys() == {item.change_id for item in problem.items}
        assert all(sentence.endswith(".") and ".." not in sentence for sentence in sentences.values())
