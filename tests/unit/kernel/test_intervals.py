"""Sets of instants behave like sets: every operation against plain sets of integers."""

import random
from collections.abc import Callable

import pytest

from domain.kernel.intervals import (
    Interval,
    Intervals,
    clip,
    covers,
    intersect,
    normalise,
    overlap,
    starts_that_fit,
    subtract,
    total,
    union,
)

HORIZON = 40


def instants(intervals: Intervals) -> set[int]:
    return {instant for start, end in intervals for instant in range(start, end)}


def random_spans(rng: random.Random) -> list[Interval]:
    return [(rng.randrange(HORIZON), rng.randrange(HORIZON)) for _ in range(rng.randrange(7))]


def assert_canonical(intervals: Intervals) -> None:
    edges = [edge for interval in intervals for edge in interval]
    assert edges == sorted(set(edges)), "sorted, disjoint, never touching, never empty"


def test_every_operation_agrees_with_sets_of_instants(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        first_spans, second_spans = random_spans(rng), random_spans(rng)
        first, second = normalise(first_spans), normalise(second_spans)
        within = (rng.randrange(HORIZON), rng.randrange(HORIZON))
        duration, instant = rng.randrange(1, 10), rng.randrange(HORIZON)
        a, b = instants(first), instants(second)

        assert a == {x for start, end in first_spans for x in range(start, end)}
        assert instants(union(first, second)) == a | b
        assert instants(intersect(first, second)) == a & b
        assert instants(subtract(first, second)) == a - b
        assert instants(clip(first, within)) == a & set(range(*within))
        assert total(first) == len(a)
        assert covers(first, instant) == (instant in a)
        fitting = {x for x in a if a.issuperset(range(x, x + duration))}
        assert instants(starts_that_fit(first, duration)) == fitting
        for result in (first, union(first, second), intersect(first, second), subtract(first, second)):
            assert_canonical(result)
        assert_canonical(clip(first, within))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [((0, 10), (10, 20), False), ((0, 10), (9, 20), True), ((0, 10), (3, 4), True), ((10, 20), (0, 10), False)],
)
def test_touching_intervals_do_not_overlap(first: Interval, second: Interval, shared: bool) -> None:
    assert overlap(first, second) is shared


def test_a_span_fits_exactly_once_into_its_own_length() -> None:
    assert starts_that_fit(((100, 160),), 60) == ((100, 101),)
    assert starts_that_fit(((100, 160),), 61) == ()
