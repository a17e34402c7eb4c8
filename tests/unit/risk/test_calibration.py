"""Measures of predictions against definitions written out, on small random samples."""

import random
from itertools import product

import pytest

from domain.risk.calibration import (
    WEEK,
    area_under_curve,
    brier,
    brier_gain,
    capture_curve,
    captured,
    expected_calibration_error,
    is_positive,
    ranking_gain,
    reliability,
    wilson,
)


def auc_by_pairs(scores: list[float], labels: list[float]) -> float:
    harmful = [s for s, y in zip(scores, labels, strict=True) if is_positive(y)]
    calm = [s for s, y in zip(scores, labels, strict=True) if not is_positive(y)]
    won = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(harmful, calm)]
    return sum(won) / len(won) if won else 0.5


def test_auc_is_the_share_of_pairs_ranked_right() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        labels = [float(dice.random() < 0.3) for _ in range(20)]
        scores = [dice.choice((0.1, 0.2, 0.3, dice.random())) for _ in labels]
        assert area_under_curve(scores, labels) == pytest.approx(auc_by_pairs(scores, labels))


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier([0.0, 0.5, 1.0], [0.0, 1.0, 0.0]) == pytest.approx((0 + 0.25 + 1) / 3)


def test_reliability_bins_hold_every_change_once_in_ascending_probability() -> None:
    dice = random.Random(1)
    probabilities = [dice.random() for _ in range(103)]
    labels = [float(dice.random() < p) for p in probabilities]
    bins = reliability(probabilities, labels)
    assert len(bins) == 10
    assert sum(found.count for found in bins) == 103
    assert sum(found.positives for found in bins) == sum(labels)
    assert [found.mean_probability for found in bins] == sorted(found.mean_probability for found in bins)
    assert all(found.low <= found.rate <= found.high for found in bins)
    assert reliability([], []) == ()
    assert [found.count for found in reliability([0.1, 0.1, 0.2], [0.0, 1.0, 0.0])] == [2, 1]


def test_a_prediction_that_says_the_rate_has_no_calibration_error() -> None:
    assert expected_calibration_error(reliability([0.25] * 40, [1.0, 0.0, 0.0, 0.0] * 10)) == pytest.approx(0)
    assert expected_calibration_error(reliability([0.9] * 10, [0.0] * 10)) == pytest.approx(0.9)


def test_the_capture_curve_looks_at_the_riskiest_first_and_at_ties_together() -> None:
    curve = capture_curve([0.9, 0.5, 0.5, 0.1], [1.0, 1.0, 0.0, 0.0])
    assert curve == ((0.0, 0.0), (0.25, 0.5), (0.75, 1.0), (1.0, 1.0))
    assert captured(curve, 0.25) == 0.5
    assert captured(curve, 0.5) == 0.75
    assert captured(capture_curve([0.3, 0.2], [0.0, 0.0]), 0.1) == pytest.approx(0.1)


def test_wilson_holds_the_rate_and_narrows() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(5, 50)
    assert (low, high) == pytest.approx((0.0435, 0.2136), abs=1e-3)
    narrow_low, narrow_high = wilson(50, 500)
    assert low < narrow_low < 0.1 < narrow_high < high


def test_the_paired_bootstrap_starts_from_the_difference_of_the_areas() -> None:
    for seed in range(20):
        dice = random.Random(seed)
        instants = [dice.randrange(0, 8 * WEEK) for _ in range(80)]
        labels = [float(dice.random() < 0.3) for _ in instants]
        scores = [dice.choice((0.5, dice.random())) for _ in instants]
        baseline = [dice.random() for _ in instants]
        gain = ranking_gain(instants, labels, scores, baseline)
        assert gain.value == pytest.approx(auc_by_pairs(scores, labels) - auc_by_pairs(baseline, labels))
        assert gain.low <= gain.value <= gain.high


def test_a_draw_of_weeks_is_the_area_over_the_changes_of_the_weeks_drawn() -> None:
    """With two weeks, the draws are the three multisets of them: the bounds must be among their areas."""
    dice = random.Random(3)
    instants = [0] * 30 + [WEEK] * 30
    labels = [float(dice.random() < 0.4) for _ in instants]
    scores, nothing = [dice.random() for _ in instants], [0.5] * 60
    halves = [auc_by_pairs(scores[i : i + 30], labels[i : i + 30]) - 0.5 for i in (0, 30)]
    gain = ranking_gain(instants, labels, scores, nothing)
    assert [gain.low, gain.high] == pytest.approx(sorted(halves))


def test_the_interval_knows_a_real_gain_from_chance() -> None:
    dice = random.Random(5)
    instants = [dice.randrange(0, 40 * WEEK) for _ in range(1500)]
    truth = [dice.choice((0.02, 0.05, 0.3)) for _ in instants]
    labels = [float(dice.random() < p) for p in truth]
    noise, other = [dice.random() for _ in instants], [dice.random() for _ in instants]
    assert ranking_gain(instants, labels, truth, noise).low > 0
    chance = ranking_gain(instants, labels, noise, other)
    assert chance.low < 0 < chance.high
    constant = [sum(labels) / len(labels)] * len(labels)
    assert brier_gain(instants, labels, truth, constant).low > 0
    saved = brier_gain(instants, labels, truth, constant).value
    assert saved == pytest.approx(brier(constant, labels) - brier(truth, labels))


def test_without_both_outcomes_nothing_is_claimed() -> None:
    gain = ranking_gain([0, WEEK], [0.0, 0.0], [0.1, 0.2], [0.2, 0.1])
    assert gain.low < 0 < gain.high
    assert area_under_curve([0.1, 0.9], [0.0, 0.0]) == 0.5
