"""The risk fit by L-BFGS-B (SciPy): the numeric adapter of the port `RiskFitter` (ENGINES 1.3).

L-BFGS-B finds which weights rest at zero and comes near the minimum; Newton steps over the others finish to the last
digits, so that the answer does not depend on the order of the rows. The problem is strictly convex: there is one.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from domain.risk.fitting import Fit, FitProblem

Vector = NDArray[np.float64]

NEWTON_STEPS = 25
SETTLED = 1e-12
"""A Newton step shorter than this changes nothing that is shown or stored."""


class ScipyRiskFitter:
    """Solves risk fits deterministically, in memory proportional to rows times columns."""

    def fit(self, problem: FitProblem) -> Fit:
        """Return the one minimum of the problem with the Laplace covariance at it."""
        objective = _Objective(problem)
        start = np.maximum(objective.prior, objective.lower)
        bounds: list[tuple[float | None, None]] = [(None, None), *((0.0, None) for _ in problem.prior_weights)]
        at = _polished(objective, _near_the_minimum(objective, start, bounds))
        covariance = _covariance(objective, at)
        return Fit(float(at[0]), tuple(map(float, at[1:])), tuple(tuple(map(float, row)) for row in covariance))


class _Objective:
    """The negative log posterior over (intercept, weights) with its derivatives."""

    def __init__(self, problem: FitProblem) -> None:
        columns = len(problem.prior_weights)
        rows = np.array([row.deviations for row in problem.rows], dtype=np.float64).reshape(-1, columns)
        self.design: Vector = np.column_stack([np.ones(len(rows)), rows])
        self.labels: Vector = np.array([row.label for row in problem.rows], dtype=np.float64)
        self.weights: Vector = np.array([row.weight for row in problem.rows], dtype=np.float64)
        self.prior: Vector = np.array([problem.prior_intercept, *problem.prior_weights])
        self.precision: Vector = 1 / np.square([problem.intercept_sd, *problem.prior_sds])
        self.lower: Vector = np.array([-np.inf, *np.zeros(columns)])

    def value_and_gradient(self, at: Vector) -> tuple[float, Vector]:
        z = self.design @ at
        losses = np.logaddexp(0.0, z) - self.labels * z
        away = at - self.prior
        value = self.weights @ losses + 0.5 * self.precision @ np.square(away)
        return float(value), self.design.T @ (self.weights * (expit(z) - self.labels)) + self.precision * away

    def hessian(self, at: Vector) -> Vector:
        p = expit(self.design @ at)
        curvature = self.weights * p * (1 - p)
        found: Vector = (self.design.T * curvature) @ self.design + np.diag(self.precision)
        return found


def _near_the_minimum(objective: _Objective, start: Vector, bounds: list[tuple[float | None, None]]) -> Vector:
    found = minimize(  # type: ignore[no-untyped-call]  # SciPy ships no types
        objective.value_and_gradient, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1_000}
    )
    near: Vector = np.asarray(found.x, dtype=np.float64)
    return near


def _polished(objective: _Objective, near: Vector) -> Vector:
    """Return the minimum: Newton over what is free, where a weight that would turn negative stops at zero.

    Steps that do not improve are halved, as far from the minimum a full one may overshoot.
    """
    at = np.maximum(near, objective.lower)
    for _ in range(NEWTON_STEPS):
        value, gradient = objective.value_and_gradient(at)
        free = ~((at <= objective.lower) & (gradient > 0))
        step = np.zeros_like(at)
        step[free] = np.linalg.solve(objective.hessian(at)[np.ix_(free, free)], -gradient[free])
        length = 1.0
        moved: Vector = np.maximum(at + step, objective.lower)
        while length > SETTLED and objective.value_and_gradient(moved)[0] > value + SETTLED * abs(value):
            length /= 2
            moved = np.maximum(at + length * step, objective.lower)
        if np.max(np.abs(moved - at)) < SETTLED:
            return moved
        at = moved
    return at


def _covariance(objective: _Objective, at: Vector) -> Vector:
    """Return H⁻¹ over what is free; a weight that rests at zero keeps its prior variance."""
    _, gradient = objective.value_and_gradient(at)
    free = ~((at <= objective.lower) & (gradient > 0))
    covariance: Vector = np.diag(1 / objective.precision)
    covariance[np.ix_(free, free)] = np.linalg.inv(objective.hessian(at)[np.ix_(free, free)])
    return covariance
