"""The fit as a problem: sign-constrained MAP with Gaussian priors, and what its solution makes of the parameters.

ENGINES 1.3: minimise −Σ w·loglik(y | β0 + (x − x̄)·β) + Σ (β_j − β_j⁰)² / (2 sd_j²) + (β0 − logit p_org)² / (2·3²) over
β ≥ 0 and any β0. Whoever solves it sits behind the port `RiskFitter`. Recalibration (Platt) is the same problem with
one column, the log-odds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from domain.risk.params import Calibration, FactorParams, RiskParams

PLATT_POSITIVES = 30
"""So many changes of the last quarter must have gone wrong before their log-odds are recalibrated."""

PLATT_SLOPE_SD = 0.5
PLATT_INTERCEPT_SD = 1.0


@dataclass(frozen=True, slots=True)
class FitRow:
    """One change: x − x̄ by column (0 where unknown), its label in [0, 1] and its weight."""

    deviations: tuple[float, ...]
    label: float
    weight: float


@dataclass(frozen=True, slots=True)
class FitProblem:
    """What is to be minimised: priors of the intercept and of each column's weight, and the rows."""

    prior_intercept: float
    intercept_sd: float
    prior_weights: tuple[float, ...]
    prior_sds: tuple[float, ...]
    rows: tuple[FitRow, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """The minimum: intercept, weights (none negative) and H⁻¹ over (intercept, weights).

    A weight at its bound 0 keeps its prior variance and no covariance.
    """

    intercept: float
    weights: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]


Solve = Callable[[FitProblem], Fit]
"""The numerics of a fit: `RiskFitter.fit`."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One matured change as the fit sees it: x of every factor that was known when it was decided, and how it ended.

    `is_assessed` says that x come from the assessment stored then; otherwise they are read off the record as known
    then. Instants are epoch seconds.
    """

    change_id: str
    started_at: int
    label: float
    x: Mapping[str, float]
    is_assessed: bool = False


def problem_of(
    params: RiskParams, prior_intercept: float, rows: Sequence[TrainingRow], weight_of: Callable[[TrainingRow], float]
) -> FitProblem:
    """Return the problem of fitting the weights of the factors that are not muted, with `params` as the prior.

    Rows are put in the order of their ids, so that the order they come in changes nothing. An unknown x is typical.
    """
    codes = fitted_codes(params)
    typical = [params.factors[code].typical for code in codes]
    return FitProblem(
        prior_intercept=prior_intercept,
        intercept_sd=params.intercept_sd,
        prior_weights=tuple(params.factors[code].beta for code in codes),
        prior_sds=tuple(params.factors[code].prior_sd for code in codes),
        rows=tuple(
            FitRow(
                tuple(row.x.get(code, usual) - usual for code, usual in zip(codes, typical, strict=True)),
                row.label,
                weight_of(row),
            )
            for row in sorted(rows, key=lambda row: row.change_id)
        ),
    )


def fitted_codes(params: RiskParams) -> tuple[str, ...]:
    """Return the factors a fit moves, in their order: all that are not muted."""
    return tuple(code for code, factor in params.factors.items() if factor.muted_reason is None)


def with_fit(params: RiskParams, fit: Fit) -> RiskParams:
    """Return the parameters with the fitted intercept, weights and covariance; a muted factor keeps its prior."""
    weights = dict(zip(fitted_codes(params), fit.weights, strict=True))
    factors = {code: replace(factor, beta=weights.get(code, factor.beta)) for code, factor in params.factors.items()}
    return replace(params, intercept=fit.intercept, factors=factors, covariance=_spread_out(params, fit))


def log_odds_of(params: RiskParams, x: Mapping[str, float]) -> float:
    """Return z of a change; a factor that is not known counts as typical."""
    terms = (factor.weight * (x[code] - factor.typical) for code, factor in params.factors.items() if code in x)
    return params.intercept + fsum(terms)


def recalibration_problem(log_odds: Sequence[float], labels: Sequence[float]) -> FitProblem:
    """Return the problem of Platt's slope and intercept, with Gaussian priors at (1, 0)."""
    rows = tuple(FitRow((z,), y, 1.0) for z, y in sorted(zip(log_odds, labels, strict=True)))
    return FitProblem(0.0, PLATT_INTERCEPT_SD, (1.0,), (PLATT_SLOPE_SD,), rows)


def recalibrated(params: RiskParams, calibration: Calibration) -> RiskParams:
    """Return the parameters with the calibration folded in: β ← a·β and β0 ← a·β0 + b; points, z and p agree."""
    slope = calibration.slope
    factors: dict[str, FactorParams] = {
        code: replace(factor, beta=slope * factor.beta) for code, factor in params.factors.items()
    }
    intercept = slope * params.intercept + calibration.intercept
    return replace(params, intercept=intercept, factors=factors, calibration=calibration)


def _spread_out(params: RiskParams, fit: Fit) -> tuple[tuple[float, ...], ...]:
    """Return the covariance over (intercept, every factor); muted factors have their prior variance alone."""
    place = {code: number for number, code in enumerate(fitted_codes(params), 1)}
    places: list[int | None] = [0, *(place.get(code) for code in params.factors)]
    sds = (params.intercept_sd, *(factor.prior_sd for factor in params.factors.values()))
    return tuple(
        tuple(
            fit.covariance[row][column] if row is not None and column is not None else (sds[i] ** 2 if i == j else 0.0)
            for j, column in enumerate(places)
        )
        for i, row in enumerate(places)
    )
