"""How good predicted probabilities were: ranking, calibration and gain over a baseline, with intervals (ENGINES 1.8).

A label of one half or more counts as a change that went wrong where only yes or no will do.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, log, sqrt

WEEK = 604_800
NORMAL_95 = 1.96
DRAWS = 2_000
BINS = 10


@dataclass(frozen=True, slots=True)
class Interval95:
    """A figure with the bounds between which it lies 95 times in a hundred."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Changes of similar predicted probability: how many, the mean they were given, how many of them went wrong.

    `low` and `high` are the 95 % bounds (Wilson) of the rate that went wrong.
    """

    count: int
    positives: int
    mean_probability: float
    rate: float
    low: float
    high: float


def is_positive(label: float) -> bool:
    """Whether a change counts as one that went wrong."""
    return label >= 0.5


def area_under_curve(scores: Sequence[float], labels: Sequence[float]) -> float:
    """Return the chance that a change that went wrong was ranked above one that did not, ties half; .5 without both."""
    calm = sorted(score for score, label in zip(scores, labels, strict=True) if not is_positive(label))
    harmful = [score for score, label in zip(scores, labels, strict=True) if is_positive(label)]
    if not calm or not harmful:
        return 0.5
    return fsum(_beaten(calm, score) for score in harmful) / (len(calm) * len(harmful))


def brier(probabilities: Sequence[float], labels: Sequence[float]) -> float:
    """Return the mean squared distance of probability and label; less is better."""
    return fsum((p - y) ** 2 for p, y in zip(probabilities, labels, strict=True)) / len(labels)


def log_loss(probability: float, label: float) -> float:
    """Return −y·ln p − (1 − y)·ln(1 − p) of one change, for a probability inside (0, 1)."""
    return -label * log(probability) - (1 - label) * log(1 - probability)


def reliability(probabilities: Sequence[float], labels: Sequence[float]) -> tuple[ReliabilityBin, ...]:
    """Return up to ten bins of about equally many changes, by ascending probability; equal ones are never parted."""
    ordered = sorted(zip(probabilities, labels, strict=True))
    edges = [0]
    for index in range(1, BINS + 1):
        edge = max(edges[-1], round(index * len(ordered) / BINS))
        while 0 < edge < len(ordered) and ordered[edge][0] == ordered[edge - 1][0]:
            edge += 1
        edges.append(edge)
    return tuple(_bin(ordered[start:end]) for start, end in pairwise(edges) if start < end)


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return ECE: how far mean probability and rate lie apart, each bin by its share of the changes."""
    whole = sum(found.count for found in bins)
    return fsum(found.count * abs(found.mean_probability - found.rate) for found in bins) / whole if whole else 0.0


def capture_curve(scores: Sequence[float], labels: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return (share of changes looked at, share of the failures among them), riskiest first, from (0, 0) to (1, 1).

    Changes with the same score are looked at together.
    """
    failures = sum(map(is_positive, labels))
    if not failures:
        return ((0.0, 0.0), (1.0, 1.0))
    ordered = sorted(zip(scores, labels, strict=True), reverse=True)
    points, seen = [(0.0, 0.0)], 0
    for place, (score, label) in enumerate(ordered, 1):
        seen += is_positive(label)
        if place == len(ordered) or ordered[place][0] != score:
            points.append((place / len(ordered), seen / failures))
    return tuple(points)


def captured(curve: Sequence[tuple[float, float]], share: float) -> float:
    """Return the share of the failures among the riskiest `share` of the changes, on straight lines between points."""
    for (left, below), (right, above) in pairwise(curve):
        if right >= share:
            return below + (above - below) * (share - left) / (right - left)
    return 1.0


def wilson(positives: float, count: int) -> tuple[float, float]:
    """Return the 95 % bounds of a rate (Wilson score interval); (0, 1) without any change."""
    if not count:
        return 0.0, 1.0
    rate, z2 = positives / count, NORMAL_95**2
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    half = NORMAL_95 / (1 + z2 / count) * sqrt(rate * (1 - rate) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def ranking_gain(
    instants: Sequence[int], labels: Sequence[float], scores: Sequence[float], baseline: Sequence[float]
) -> Interval95:
    """Return ΔAUC of scores over a baseline's, with its paired week-block bootstrap interval.

    Weeks are drawn with replacement, the changes of a week stay together: they share releases and bad days. What a
    draw needs is how often each week's failures are ranked above each week's other changes, counted once.
    """
    weeks = _by_week(instants)
    difference = _wins(weeks, labels, scores)
    for pair, won in _wins(weeks, labels, baseline).items():
        difference[pair] = difference.get(pair, 0.0) - won
    harmful = [sum(is_positive(labels[row]) for row in rows) for rows in weeks]
    calm = [len(rows) - bad for rows, bad in zip(weeks, harmful, strict=True)]
    pairs = [(a, b, won) for (a, b), won in sorted(difference.items()) if won]

    def gain(times: Sequence[int]) -> float | None:
        bad = sum(count * times[week] for week, count in enumerate(harmful))
        good = sum(count * times[week] for week, count in enumerate(calm))
        if not bad or not good:
            return None
        return fsum(times[a] * times[b] * won for a, b, won in pairs) / (bad * good)

    return _bootstrapped(len(weeks), gain)


def brier_gain(
    instants: Sequence[int], labels: Sequence[float], probabilities: Sequence[float], baseline: Sequence[float]
) -> Interval95:
    """Return how much lower the Brier score is than a baseline's, with its paired week-block bootstrap interval."""
    weeks = _by_week(instants)
    gains = [
        fsum((baseline[row] - labels[row]) ** 2 - (probabilities[row] - labels[row]) ** 2 for row in rows)
        for rows in weeks
    ]

    def gain(times: Sequence[int]) -> float | None:
        count = sum(len(rows) * times[week] for week, rows in enumerate(weeks))
        return fsum(gained * times[week] for week, gained in enumerate(gains)) / count if count else None

    return _bootstrapped(len(weeks), gain)


def _bootstrapped(weeks: int, figure: Callable[[Sequence[int]], float | None]) -> Interval95:
    """Return the figure of every week once, and the bounds of 95 % of the draws in which it is defined."""
    value = figure([1] * weeks)
    scattered = _scattered()
    found = []
    for _ in range(DRAWS if value is not None else 0):
        times = [0] * weeks
        for _ in range(weeks):
            times[next(scattered) * weeks >> 64] += 1
        drawn = figure(times)
        if drawn is not None:
            found.append(drawn)
    if value is None or not found:
        return Interval95(0.0, -1.0, 1.0)
    found.sort()
    return Interval95(value, found[int(0.025 * (len(found) - 1))], found[int(0.975 * (len(found) - 1) + 0.5)])


def _scattered() -> Iterator[int]:
    """Yield 64-bit numbers without a pattern, the same every time, so that a report can be made again (SplitMix64)."""
    state = 0
    while True:
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        yield mixed ^ (mixed >> 31)


def _by_week(instants: Sequence[int]) -> list[list[int]]:
    weeks: dict[int, list[int]] = {}
    for row, instant in enumerate(instants):
        weeks.setdefault(instant // WEEK, []).append(row)
    return [weeks[week] for week in sorted(weeks)]


def _wins(
    weeks: Sequence[Sequence[int]], labels: Sequence[float], scores: Sequence[float]
) -> dict[tuple[int, int], float]:
    """Return, for every two weeks, how many pairs (failure of the first, other of the second) are ranked right."""
    calm = [sorted(scores[row] for row in rows if not is_positive(labels[row])) for rows in weeks]
    found: dict[tuple[int, int], float] = {}
    for week, rows in enumerate(weeks):
        for row in rows:
            if is_positive(labels[row]):
                for other, below in enumerate(calm):
                    found[week, other] = found.get((week, other), 0.0) + _beaten(below, scores[row])
    return found


def _beaten(ascending: Sequence[float], score: float) -> float:
    return (bisect_left(ascending, score) + bisect_right(ascending, score)) / 2


def _bin(rows: Sequence[tuple[float, float]]) -> ReliabilityBin:
    count, positives = len(rows), sum(is_positive(label) for _, label in rows)
    low, high = wilson(positives, count)
    return ReliabilityBin(count, positives, fsum(p for p, _ in rows) / count, positives / count, low, high)
