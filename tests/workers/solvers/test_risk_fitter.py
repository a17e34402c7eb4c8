"""The fit of the risk weights: property E1 of ENGINES 1.7, and the numbers of 1.4 that the priors are there for."""

import random
from collections.abc import Callable
from math import exp, log

import pytest

from domain.risk.calibration import area_under_curve
from domain.risk.fitting import FitProblem, FitRow
from workers.solvers.risk_fitter import ScipyRiskFitter

FITTER = ScipyRiskFitter()


def logistic(z: float) -> float:
    return 1 / (1 + exp(-z))


def random_problem(dice: random.Random) -> FitProblem:
    columns = dice.randint(1, 5)
    weights = tuple(dice.choice((0.0, 0.05, 0.3, 0.7)) for _ in range(columns))
    spread = dice.choice((0.1, 1.0, 5.0))
    rows = tuple(
        FitRow(
            tuple(dice.gauss(0, spread) for _ in range(columns)),
            dice.choice((0.0, 0.0, 0.0, 0.4, 1.0)),
            dice.choice((1.0, dice.random())),
        )
        for _ in range(dice.choice((0, 1, 5, 40)))
    )
    sds = tuple(max(0.15, 0.5 * weight) for weight in weights)
    return FitProblem(log(0.03 / 0.97), 3.0, weights, sds, rows)


def slopes(problem: FitProblem, intercept: float, weights: tuple[float, ...]) -> list[float]:
    """The derivatives of the negative log posterior, written out: the oracle of the minimum."""
    at = (intercept, *weights)
    prior = (problem.prior_intercept, *problem.prior_weights)
    sds = (problem.intercept_sd, *problem.prior_sds)
    found = [(value - mean) / sd**2 for value, mean, sd in zip(at, prior, sds, strict=True)]
    for row in problem.rows:
        u = (1.0, *row.deviations)
        p = logistic(sum(value * part for value, part in zip(at, u, strict=True)))
        for column, part in enumerate(u):
            found[column] += row.weight * (p - row.label) * part
    return found


def test_e1_without_rows_the_weights_are_the_prior() -> None:
    problem = FitProblem(-3.0, 3.0, (0.5, 0.0), (0.25, 0.15), ())
    fit = FITTER.fit(problem)
    assert (fit.intercept, fit.weights) == (-3.0, (0.5, 0.0))
    assert fit.covariance == ((9.0, 0.0, 0.0), (0.0, 0.0625, 0.0), (0.0, 0.0, 0.0225))


def test_e1_weights_are_never_negative_and_the_minimum_does_not_depend_on_the_order(
    worlds: Callable[[int], int],
) -> None:
    for seed in range(worlds(5_000)):
        dice = random.Random(seed)
        problem = random_problem(dice)
        fit = FITTER.fit(problem)
        assert min(fit.weights) >= 0
        first, *rest = slopes(problem, fit.intercept, fit.weights)
        assert first == pytest.approx(0, abs=1e-6)
        for weight, slope in zip(fit.weights, rest, strict=True):
            assert slope >= -1e-6 if weight == 0 else abs(slope) <= 1e-6
        shuffled = FitProblem(
            problem.prior_intercept,
            problem.intercept_sd,
            problem.prior_weights,
            problem.prior_sds,
            tuple(dice.sample(problem.rows, len(problem.rows))),
        )
        again = FITTER.fit(shuffled)
        assert again.intercept == pytest.approx(fit.intercept, abs=1e-8)
        assert again.weights == pytest.approx(fit.weights, abs=1e-8)


def test_a_weight_at_its_bound_keeps_its_prior_variance() -> None:
    backwards = tuple(FitRow((x,), float(x < 0), 1.0) for x in (-2.0, -1.0, 1.0, 2.0) * 20)
    fit = FITTER.fit(FitProblem(0.0, 3.0, (0.3,), (0.15,), backwards))
    assert fit.weights == (0.0,)
    assert fit.covariance[1] == (0.0, pytest.approx(0.0225))
    assert 0 < fit.covariance[0][0] < 0.06


def test_with_three_hundred_changes_the_priors_beat_a_fit_without_them() -> None:
    """ENGINES 1.4: where the priors are only roughly right, plain logistic regression at 300 rows is worse."""
    shipped = (0.35, 0.6, 0.7, 0.4, 0.5, 0.6, 0.4, 0.1, 0.3, 0.7, 0.15, 0.05)
    gains, errors = [], []
    for seed in range(10):
        dice = random.Random(seed)
        true = [weight * exp(dice.gauss(0, 0.7)) for weight in shipped]
        training, test = synthetic(dice, true, 300, -4.5), synthetic(dice, true, 6_000, -4.5)
        sds = tuple(max(0.15, 0.5 * weight) for weight in shipped)
        shrunk = FITTER.fit(FitProblem(log(0.03 / 0.97), 3.0, shipped, sds, training)).weights
        plain = plain_weights(training)
        gains.append(ranking(shrunk, test) - ranking(plain, test))
        errors.append(distance(plain, true) / distance(shrunk, true))
    assert sum(gains) / len(gains) > 0.01
    assert min(errors) > 1
    assert sum(errors) / len(errors) > 2


def test_with_many_changes_the_true_weights_are_found() -> None:
    true = [0.0, 0.2, 0.5, 1.0]
    rows = synthetic(random.Random(7), true, 40_000)
    fit = FITTER.fit(FitProblem(-3.0, 3.0, (0.4,) * 4, (0.2,) * 4, rows))
    assert fit.weights == pytest.approx(true, abs=0.1)
    assert fit.intercept == pytest.approx(-3.5, abs=0.1)


def plain_weights(rows: tuple[FitRow, ...]) -> tuple[float, ...]:
    """Logistic regression without priors or signs: every column stands twice, once for each sign."""
    columns = len(rows[0].deviations)
    twice = tuple(FitRow((*row.deviations, *(-x for x in row.deviations)), row.label, row.weight) for row in rows)
    fit = FITTER.fit(FitProblem(-3.0, 100.0, (0.0,) * 2 * columns, (100.0,) * 2 * columns, twice))
    return tuple(up - down for up, down in zip(fit.weights[:columns], fit.weights[columns:], strict=True))


def distance(weights: tuple[float, ...], true: list[float]) -> float:
    return sum(abs(weight - right) for weight, right in zip(weights, true, strict=True))


def synthetic(dice: random.Random, weights: list[float], number: int, intercept: float = -3.5) -> tuple[FitRow, ...]:
    rows = []
    for _ in range(number):
        x = tuple(dice.gauss(0, 1) for _ in weights)
        p = logistic(intercept + sum(weight * value for weight, value in zip(weights, x, strict=True)))
        rows.append(FitRow(x, float(dice.random() < p), 1.0))
    return tuple(rows)


def ranking(weights: tuple[float, ...], rows: tuple[FitRow, ...]) -> float:
    scores = [sum(weight * x for weight, x in zip(weights, row.deviations, strict=True)) for row in rows]
    return area_under_curve(scores, [row.label for row in rows])
