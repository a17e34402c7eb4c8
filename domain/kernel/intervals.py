"""Interval algebra on whole epoch seconds.

An interval is `(start, end)`, half open, `start < end`. A set of instants is a tuple of intervals, sorted,
disjoint and never touching (`Intervals`); `normalise` makes one from anything. No operation costs more than
one sort; on sets they are linear, and looking inside one (`clip`, `covers`) searches by halves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]


def _start(interval: Interval) -> int:
    return interval[0]


def _end(interval: Interval) -> int:
    return interval[1]


def normalise(intervals: Iterable[Interval]) -> Intervals:
    """Return the same set of instants sorted, with overlapping and touching intervals joined, empty ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def union(first: Intervals, second: Intervals) -> Intervals:
    """Return the instants that lie in either set."""
    return normalise((*first, *second))


def intersect(first: Intervals, second: Intervals) -> Intervals:
    """Return the instants that lie in both sets."""
    shared: list[Interval] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < end:
            shared.append((start, end))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(first: Intervals, second: Intervals) -> Intervals:
    """Return the instants of `first` that do not lie in `second`."""
    left: list[Interval] = []
    j = 0
    for start, end in first:
        while j < len(second) and second[j][1] <= start:
            j += 1
        cursor, k = start, j
        while k < len(second) and second[k][0] < end:
            if cursor < second[k][0]:
                left.append((cursor, second[k][0]))
            cursor = max(cursor, second[k][1])
            k += 1
        if cursor < end:
            left.append((cursor, end))
    return tuple(left)


def clip(intervals: Intervals, within: Interval) -> Intervals:
    """Return the part of the set that lies inside one interval."""
    start, end = within
    if start >= end:
        return ()
    inside = intervals[bisect_right(intervals, start, key=_end) : bisect_left(intervals, end, key=_start)]
    if not inside or (inside[0][0] >= start and inside[-1][1] <= end):
        return inside
    return tuple((max(start, opens), min(end, closes)) for opens, closes in inside)


def total(intervals: Intervals) -> int:
    """Return the length of the set in seconds."""
    return sum(end - start for start, end in intervals)


def overlap(first: Interval, second: Interval) -> bool:
    """Whether two intervals share an instant; touching ones do not."""
    return first[0] < second[1] and second[0] < first[1]


def covers(intervals: Intervals, instant: int) -> bool:
    """Whether the instant lies in the set."""
    index = bisect_right(intervals, instant, key=_end)
    return index < len(intervals) and intervals[index][0] <= instant


def starts_that_fit(intervals: Intervals, duration: int) -> Intervals:
    """Return the starts from which `duration` seconds stay inside one interval (erosion).

    `[a, b)` yields the starts `a .. b - duration`, both included, as the half-open `[a, b - duration + 1)`.
    """
    return tuple((start, end - duration + 1) for start, end in intervals if end - start >= duration)
