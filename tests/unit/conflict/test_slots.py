"""Free slots and minimal relaxations against a search of every start and every set (ENGINES 4.7, 4.9 T9)."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.conflict.slots import (
    HORIZON,
    Slot,
    SlotAnswer,
    SlotConstraint,
    SlotRequest,
    SlotRule,
    find_slots,
)
from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Intervals, normalise
from domain.kernel.time import DAY, to_seconds

UNIT = 300
"""Worlds are made of five-minute cells; starts lie on every third."""

HOUR = 3600
MONDAY = to_seconds(datetime(2026, 11, 23, tzinfo=UTC))


def cells(intervals: Intervals) -> set[int]:
    return {cell for start, end in intervals for cell in range(start // UNIT, end // UNIT)}


def random_constraint(rng: random.Random, index: int, span: tuple[int, int]) -> SlotConstraint:
    rule = rng.choice(list(SlotRule))
    longest = 60 if rule is SlotRule.WINDOW_INSIDE else 90
    starts = [rng.randrange(span[0] - 20, span[1] + 20) for _ in range(rng.randrange(1, 5))]
    intervals = normalise((UNIT * start, UNIT * (start + rng.randrange(1, longest))) for start in starts)
    return SlotConstraint(f"CODE_{index}", "maintenance window", f"ci-{index}", rule, intervals)


def random_request(rng: random.Random) -> SlotRequest:
    first = MONDAY // UNIT + rng.randrange(288)
    last = first + rng.randrange(1, 160)
    return SlotRequest(
        not_before=UNIT * first,
        not_after=UNIT * last,
        wanted=UNIT * rng.randrange(first - 30, last + 30),
        duration=UNIT * rng.randrange(1, 20),
        time_zone=rng.choice(("UTC", "Asia/Kolkata", "America/New_York")),
        constraints=tuple(random_constraint(rng, index, (first, last)) for index in range(rng.randrange(5))),
        prep=UNIT * rng.choice((0, 0, 3)),
        reserve=UNIT * rng.choice((0, 0, 4)),
    )


def breaks(constraint: SlotConstraint, covered: set[int], request: SlotRequest, start: int) -> bool:
    """Whether a change that starts in this cell breaks the constraint, cell by cell."""
    planned = range(start, start + request.duration // UNIT)
    match constraint.rule:
        case SlotRule.WINDOW_INSIDE:
            return not covered.issuperset(planned)
        case SlotRule.WINDOW_CLEAR:
            return not covered.isdisjoint(planned)
        case SlotRule.EXCLUSIVE_CLEAR:
            exclusive = range(planned.start - request.prep // UNIT, planned.stop + request.reserve // UNIT)
            return not covered.isdisjoint(exclusive)
        case SlotRule.START_OUTSIDE:
            return start in covered


def blockers_of_starts(request: SlotRequest) -> dict[int, frozenset[int]]:
    """For every start on the grid whose window lies in the span: the constraints it breaks."""
    covered = [cells(constraint.intervals) for constraint in request.constraints]
    starts = [
        start
        for start in range(request.not_before // UNIT, request.not_after // UNIT)
        if start % 3 == 0 and UNIT * start + request.duration <= request.not_after
    ]
    return {
        start * UNIT: frozenset(
            index
            for index, constraint in enumerate(request.constraints)
            if breaks(constraint, covered[index], request, start)
        )
        for start in starts
    }


def best_slots(free: list[int], request: SlotRequest) -> list[int]:
    chosen: list[int] = []
    taken: Counter[str] = Counter()
    for start in sorted(free, key=lambda start: (abs(start - request.wanted), start)):
        day = f"{datetime.fromtimestamp(start, ZoneInfo(request.time_zone)):%F}"
        planned = set(range(start, start + request.duration, UNIT))
        is_apart = all(planned.isdisjoint(range(other, other + request.duration, UNIT)) for other in chosen)
        if is_apart and taken[day] < request.per_day and len(chosen) < request.offered:
            taken[day] += 1
            chosen.append(start)
    return chosen


def smallest_relaxations(blockers: dict[int, frozenset[int]], size: int) -> set[frozenset[int]]:
    """Every set up to this size whose removal frees a start, and no part of which does."""
    minimal: set[frozenset[int]] = set()
    indices = sorted(frozenset[int]().union(*blockers.values()))
    for count in range(1, size + 1):
        for dropped in map(frozenset, combinations(indices, count)):
            frees = any(needed <= dropped for needed in blockers.values())
            if frees and not any(smaller < dropped for smaller in minimal):
                minimal.add(dropped)
    return minimal


def dropped_sets(answer: SlotAnswer, request: SlotRequest) -> list[frozenset[int]]:
    return [
        frozenset(request.constraints.index(constraint) for constraint in relaxation.constraints)
        for relaxation in answer.relaxations
    ]


def test_slots_and_relaxations_are_those_of_a_search_over_everything(worlds: Callable[[int], int]) -> None:
    """ENGINES T9."""
    met: Counter[str] = Counter()
    for seed in range(worlds(20_000)):
        request = random_request(random.Random(seed))
        answer = find_slots(request)
        blockers = blockers_of_starts(request)
        free = [start for start, needed in blockers.items() if not needed]
        assert [slot.start for slot in answer.slots] == best_slots(free, request), seed
        assert all(slot.end - slot.start == request.duration for slot in answer.slots)
        assert bool(answer.explanation) is not bool(answer.slots)
        if free or not blockers:
            assert answer.relaxations == (), seed
            met["free" if free else "span too short"] += 1
            continue
        size = max(2, min(map(len, blockers.values())))
        found = dropped_sets(answer, request)
        assert set(found) == smallest_relaxations(blockers, size), seed
        assert len(found) == len(set(found))
        for dropped, relaxation in zip(found, answer.relaxations, strict=True):
            freed = [start for start, needed in blockers.items() if needed <= dropped]
            nearest = min(freed, key=lambda start: (abs(start - request.wanted), start))
            assert relaxation.slot == Slot(nearest, nearest + request.duration), seed
        met[f"relaxations of {min(map(len, found))}"] += 1
    assert set(met) >= {"free", "span too short", "relaxations of 1", "relaxations of 2"}


def test_dropping_a_relaxation_really_frees_its_slot(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        request = random_request(random.Random(seed))
        for relaxation in find_slots(request).relaxations:
            kept = tuple(constraint for constraint in request.constraints if constraint not in relaxation.constraints)
            assert find_slots(request_with(request, constraints=kept)).slots[0] == relaxation.slot


def request_with(request: SlotRequest, **changed: Any) -> SlotRequest:
    fields = {name: getattr(request, name) for name in SlotRequest.__slots__}
    return SlotRequest(**(fields | changed))


def monday(**changed: Any) -> SlotRequest:
    """A change of one hour, wanted at Monday noon, within Monday to Wednesday."""
    whole = SlotRequest(MONDAY, MONDAY + 3 * DAY, MONDAY + 12 * HOUR, HOUR, "UTC")
    return request_with(whole, **changed)


def constraint(rule: SlotRule, *hours: tuple[float, float], name: str = "maintenance window") -> SlotConstraint:
    intervals = normalise((MONDAY + int(start * HOUR), MONDAY + int(end * HOUR)) for start, end in hours)
    return SlotConstraint("CODE", name, "db-7", rule, intervals)


def starts(answer: SlotAnswer) -> list[float]:
    return [(slot.start - MONDAY) / HOUR for slot in answer.slots]


def test_the_nearest_starts_come_first_the_earlier_of_two_and_two_a_day() -> None:
    assert starts(find_slots(monday())) == [12, 11, 24, 25, 48]
    assert starts(find_slots(monday(offered=3, per_day=3))) == [12, 11, 13]


def test_slots_are_choices_no_two_overlap_and_those_that_touch_are_two() -> None:
    two_hours = constraint(SlotRule.WINDOW_INSIDE, (12, 14))
    assert starts(find_slots(monday(constraints=(two_hours,)))) == [12, 13]
    less = constraint(SlotRule.WINDOW_INSIDE, (12, 13.75))
    assert starts(find_slots(monday(constraints=(less,)))) == [12]


def test_days_are_counted_in_the_zone_given() -> None:
    late = monday(wanted=MONDAY + 24 * HOUR, offered=3)
    assert starts(find_slots(late)) == [24, 23, 25]
    assert starts(find_slots(request_with(late, time_zone="America/New_York"))) == [24, 23, 29]


def test_a_change_fills_a_maintenance_window_of_its_own_length() -> None:
    window = constraint(SlotRule.WINDOW_INSIDE, (26, 27))
    assert starts(find_slots(monday(constraints=(window,)))) == [26]


def test_touching_another_change_is_free_but_preparation_and_reserve_are_kept_clear() -> None:
    other = constraint(SlotRule.EXCLUSIVE_CLEAR, (0, 12), (13, 72))
    assert starts(find_slots(monday(constraints=(other,)))) == [12]
    assert starts(find_slots(monday(constraints=(other,), prep=1))) == []
    assert starts(find_slots(monday(constraints=(other,), reserve=1))) == []
    task = constraint(SlotRule.WINDOW_CLEAR, (0, 12), (13, 72))
    assert starts(find_slots(monday(constraints=(task,), prep=HOUR, reserve=HOUR))) == [12]


def test_soak_forbids_the_start_alone() -> None:
    soak = constraint(SlotRule.START_OUTSIDE, (0, 11.5), (12, 72))
    assert starts(find_slots(monday(constraints=(soak,)))) == [11.75]
    soak_of_an_hour = constraint(SlotRule.START_OUTSIDE, (0, 10.75), (12, 72))
    assert starts(find_slots(monday(constraints=(soak_of_an_hour,)))) == [11.75, 10.75]


def test_preparation_may_reach_out_of_the_span_searched() -> None:
    assert starts(find_slots(monday(wanted=MONDAY, prep=HOUR, offered=1))) == [0]


def test_the_explanation_names_the_window_that_is_too_short() -> None:
    window = constraint(SlotRule.WINDOW_INSIDE, (26, 28))
    answer = find_slots(monday(duration=3 * HOUR, constraints=(window,)))
    assert answer.explanation == (
        "No start between Mon 23 Nov 2026 00:00 and Thu 26 Nov 2026 00:00 keeps all constraints (1)."
    )
    assert [relaxation.explanation for relaxation in answer.relaxations] == [
        "maintenance window of db-7 is 2 h, change needs 3 h. Without it, Mon 23 Nov 2026 12:00 is free."
    ]


@pytest.mark.parametrize(
    ("blocking", "reason"),
    [
        (constraint(SlotRule.WINDOW_INSIDE, (90, 99)), "maintenance window of db-7 does not open in the time searched"),
        (
            constraint(SlotRule.WINDOW_INSIDE, (12.1, 13.2)),
            "maintenance window of db-7 leaves no start for the other constraints and the 15 min grid",
        ),
        (
            constraint(SlotRule.EXCLUSIVE_CLEAR, (0, 72), name="freeze"),
            "freeze of db-7 stands in the way from Mon 23 Nov 2026 00:00 to Thu 26 Nov 2026 00:00",
        ),
        (
            constraint(SlotRule.START_OUTSIDE, (0, 72), name="soak"),
            "soak of db-7 stands in the way from Mon 23 Nov 2026 00:00 to Thu 26 Nov 2026 00:00",
        ),
        (
            SlotConstraint("CODE", "freeze", "", SlotRule.WINDOW_CLEAR, ((MONDAY, MONDAY + 3 * DAY),)),
            "freeze stands in the way from Mon 23 Nov 2026 00:00 to Thu 26 Nov 2026 00:00",
        ),
    ],
)
def test_each_kind_of_constraint_says_why_it_stands_in_the_way(blocking: SlotConstraint, reason: str) -> None:
    (relaxation,) = find_slots(monday(constraints=(blocking,))).relaxations
    assert relaxation.constraints == (blocking,)
    assert relaxation.explanation == f"{reason}. Without it, Mon 23 Nov 2026 12:00 is free."


def test_where_one_constraint_is_not_enough_pairs_are_named() -> None:
    first, second, third = (
        SlotConstraint("BLACKOUT", "freeze", name, SlotRule.EXCLUSIVE_CLEAR, ((MONDAY, MONDAY + days * DAY),))
        for name, days in (("payments", 3), ("branches", 3), ("cards", 2))
    )
    answer = find_slots(monday(constraints=(first, second, third)))
    assert [[dropped.subject for dropped in found.constraints] for found in answer.relaxations] == [
        ["payments", "branches"]
    ]
    assert answer.relaxations[0].explanation.endswith(". Without these, Wed 25 Nov 2026 00:00 is free.")


def test_where_no_pair_is_enough_the_smallest_set_is_named() -> None:
    freezes = tuple(
        SlotConstraint("BLACKOUT", "freeze", str(number), SlotRule.EXCLUSIVE_CLEAR, ((MONDAY, MONDAY + 3 * DAY),))
        for number in range(4)
    )
    answer = find_slots(monday(constraints=freezes))
    assert [relaxation.constraints for relaxation in answer.relaxations] == [freezes]


def test_a_span_too_short_for_the_change_says_so() -> None:
    answer = find_slots(monday(not_after=MONDAY + HOUR, duration=HOUR + 1830))
    assert answer == SlotAnswer(
        (),
        (),
        "No start between Mon 23 Nov 2026 00:00 and Mon 23 Nov 2026 01:00 leaves the 1 h 30 min 30 s "
        "that the change needs.",
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"duration": 0}, "duration"),
        ({"offered": 0}, "offered"),
        ({"per_day": 0}, "per_day"),
        ({"prep": -1}, "prep"),
        ({"reserve": -1}, "reserve"),
        ({"grid": 59}, "grid"),
        ({"not_after": MONDAY}, "not_after"),
        ({"not_after": MONDAY + HORIZON + 1}, "not_after"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_a_wrong_request_is_refused_with_the_name_of_the_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        find_slots(monday(**changed))
    assert [issue.path for issue in refused.value.issues] == [field]
