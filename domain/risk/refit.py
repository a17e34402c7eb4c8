"""A refit from the past: rates that earned their place, typical values, weights, recalibration (ENGINES 1.3).

`refit` is what runs every night; `tried_on_the_past` runs it as it would have run before, quarter by quarter, and
lets it predict what came next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from domain.risk.calibration import is_positive
from domain.risk.fitting import (
    PLATT_POSITIVES,
    Solve,
    TrainingRow,
    log_odds_of,
    problem_of,
    recalibrated,
    recalibration_problem,
    with_fit,
)
from domain.risk.gates import RateChoice, choose_rates
from domain.risk.params import DAY, Calibration, RiskParams
from domain.risk.rates import PastChange, RateTable, logit
from domain.risk.score import probability
from domain.risk.training import TrainingChange, training_rows

YEAR = 365 * DAY
QUARTER = 91 * DAY
QUARTERS = 4
SIMILAR_NEEDS = 300
"""So many labelled changes must there be before their outcomes speak for others like them (ENGINES 1.3, F14)."""

TYPICAL_NEEDS = 30
"""A median of fewer values says less than the shipped typical value."""


@dataclass(frozen=True, slots=True)
class Refit:
    """New parameters with what they stand on: the rows of the year, the choice of rates, the recalibration's sample.

    `recent_positives` counts the failures of the last quarter; `is_recalibrated` says whether they were enough.
    """

    params: RiskParams
    rows: tuple[TrainingRow, ...]
    rates: RateChoice
    recent_positives: int
    is_recalibrated: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said of a change before its outcome: by the refit, by the shipped weights, by simple baselines."""

    change_id: str
    started_at: int
    label: float
    fitted: float
    shipped: float
    type_rate: float
    organisation_rate: float
    incidents: float


def refit(changes: Sequence[TrainingChange], as_of: int, shipped: RiskParams, version: str, solve: Solve) -> Refit:
    """Return the parameters fitted on the labels known at `as_of` of the changes started in the year before it.

    With 30 failures or more in the last quarter the weights are fitted on the time before it and recalibrated on it;
    with fewer they are fitted on everything and left as they are.
    """
    past = [change.past for change in changes]
    rates = choose_rates(past, as_of, shipped.rates)
    learnt = [change for change in changes if _is_of_the_year(change.past, as_of, shipped)]
    prior = _gated(replace(shipped, version=version, rates=rates.params), rates)
    prior = _with_similar(prior, sum(_is_known(change.past, as_of, shipped) for change in changes))
    rows = training_rows(learnt, past, prior)
    prior = _with_class_criticality(_with_typical(prior, rows), learnt)
    recent = [row for row in rows if row.started_at >= as_of - QUARTER]
    recent_positives = sum(is_positive(row.label) for row in recent)
    is_recalibrated = recent_positives >= PLATT_POSITIVES
    older = [row for row in rows if row.started_at < as_of - QUARTER] if is_recalibrated else rows
    intercept = logit(RateTable.build(past, as_of, prior.rates).organisation_rate)
    params = with_fit(prior, solve(problem_of(prior, intercept, older, _fading(as_of, prior))))
    if is_recalibrated:
        params = recalibrated(params, _platt(params, recent, solve))
    params = replace(params, matured_changes=len(rows), positive_changes=sum(is_positive(row.label) for row in rows))
    return Refit(params, tuple(rows), rates, recent_positives, is_recalibrated)


def tried_on_the_past(
    changes: Sequence[TrainingChange], as_of: int, shipped: RiskParams, solve: Solve
) -> list[Prediction]:
    """Return what four refits, each at the start of a quarter of the last year, would have said of that quarter."""
    found: list[Prediction] = []
    past = [change.past for change in changes]
    for quarter in range(QUARTERS, 0, -1):
        start = as_of - quarter * QUARTER
        coming = [
            change
            for change in changes
            if start <= change.past.started_at < start + QUARTER and _is_known(change.past, as_of, shipped)
        ]
        if coming:
            params = refit(changes, start, shipped, shipped.version, solve).params
            found += _predictions(coming, past, params, shipped)
    return sorted(found, key=lambda prediction: (prediction.started_at, prediction.change_id))


def _predictions(
    coming: Sequence[TrainingChange], past: Sequence[PastChange], params: RiskParams, shipped: RiskParams
) -> list[Prediction]:
    by_shipped = training_rows(coming, past, shipped)
    by_fitted = {row.change_id: row for row in training_rows(coming, past, params)}
    ordered = sorted(coming, key=lambda change: (change.facts.as_of, change.past.id))
    tables = RateTable.through_time(past, [change.facts.as_of for change in ordered], shipped.rates)
    return [
        Prediction(
            change_id=row.change_id,
            started_at=row.started_at,
            label=row.label,
            fitted=probability(log_odds_of(params, by_fitted[row.change_id].x)),
            shipped=probability(log_odds_of(shipped, row.x)),
            type_rate=table.of_type(change.past.type).value,
            organisation_rate=table.organisation_rate,
            incidents=row.x.get("history_target", 0.0),
        )
        for row, change, table in zip(by_shipped, ordered, tables, strict=True)
    ]


def _is_known(change: PastChange, as_of: int, params: RiskParams) -> bool:
    is_mature = change.started_at + params.rates.maturity_days * DAY <= as_of
    return change.failure is not None and change.known_at <= as_of and is_mature


def _is_of_the_year(change: PastChange, as_of: int, params: RiskParams) -> bool:
    return change.started_at > as_of - YEAR and _is_known(change, as_of, params)


def _fading(as_of: int, params: RiskParams) -> Callable[[TrainingRow], float]:
    """Return the weight of a row: it halves with the same half-life as the rates."""

    def weight(row: TrainingRow) -> float:
        return float(2.0 ** (-(as_of - row.started_at) / (params.rates.half_life_days * DAY)))

    return weight


def _gated(params: RiskParams, rates: RateChoice) -> RiskParams:
    muted = {gate.code: gate.muted_reason for gate in rates.gates}
    factors = {
        code: replace(factor, muted_reason=muted.get(code) or factor.muted_reason)
        for code, factor in params.factors.items()
    }
    return replace(params, factors=factors)


def _with_similar(params: RiskParams, labelled: int) -> RiskParams:
    """Return the parameters with the factor of similar changes on, once enough changes are labelled."""
    if labelled < SIMILAR_NEEDS:
        return params
    similar = replace(params.factors["similar"], muted_reason=None)
    return replace(params, factors={**params.factors, "similar": similar})


def _with_class_criticality(params: RiskParams, learnt: Sequence[TrainingChange]) -> RiskParams:
    """Return the parameters with what usually stands behind a target, by class: the median of enough changes on it.

    Only changes on one class whose stored assessment reached a service say something of that class.
    """
    reached: dict[str, list[float]] = {}
    for change in learnt:
        classes = {target.class_name for target in change.facts.targets}
        x = change.assessed.get("reach", 0.0)
        if len(classes) == 1 and x > 0:
            reached.setdefault(classes.pop(), []).append(2.0**x - 1)
    usual = {name: median(sums) for name, sums in sorted(reached.items()) if len(sums) >= TYPICAL_NEEDS}
    return replace(params, loss=replace(params.loss, class_criticality=usual))


def _with_typical(params: RiskParams, rows: Sequence[TrainingRow]) -> RiskParams:
    """Return the parameters with the typical change of the year: the median of each factor that was known often."""
    known = {code: [row.x[code] for row in rows if code in row.x] for code in params.factors}
    factors = {
        code: replace(factor, typical=median(known[code])) if len(known[code]) >= TYPICAL_NEEDS else factor
        for code, factor in params.factors.items()
    }
    return replace(params, factors=factors)


def _platt(params: RiskParams, recent: Sequence[TrainingRow], solve: Solve) -> Calibration:
    """Return slope and intercept on the last quarter; a slope of zero would end all ranking, so then the identity."""
    problem = recalibration_problem([log_odds_of(params, row.x) for row in recent], [row.label for row in recent])
    found = solve(problem)
    slope = found.weights[0]
    return Calibration(slope, found.intercept) if slope > 0 else Calibration()
