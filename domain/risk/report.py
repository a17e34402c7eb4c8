"""The calibration report: what is calibrated, on how many changes and failures, and what is not (ENGINES 1.3, 1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from domain.risk.calibration import (
    Interval95,
    ReliabilityBin,
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
from domain.risk.fitting import fitted_codes
from domain.risk.gates import RateGate
from domain.risk.params import RiskParams
from domain.risk.refit import Prediction, Refit

CAPTURE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class FactorReport:
    """One factor: shipped and new weight, its typical x, in how many changes it was known, and why it is muted if so.

    `known` counts the changes of the fit in which x was known, `assessed` those of them in which a stored assessment
    had it.
    """

    code: str
    shipped: float
    weight: float
    typical: float
    known: int
    assessed: int
    muted_reason: str | None


@dataclass(frozen=True, slots=True)
class Measures:
    """How good one way of predicting was: AUC, Brier score and skill against p_org, ECE, failures in the riskiest 10 %.

    What only ranks has no probabilities and so only AUC and capture.
    """

    name: str
    auc: float
    captured: float
    brier: float | None = None
    brier_skill: float | None = None
    calibration_error: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Refits of the past, tried on the quarter that followed each.

    `baseline` is the best ranking of those that know nothing of the plan. `gain` is ΔAUC over it, `brier_gain` the
    Brier score saved against the rate of the change type. `mean_probability` should lie within `rate_low` and
    `rate_high`, the 95 % bounds of the rate that went wrong.
    """

    changes: int
    positives: int
    measures: tuple[Measures, ...]
    baseline: str
    gain: Interval95
    brier_gain: Interval95
    mean_probability: float
    rate: float
    rate_low: float
    rate_high: float
    reliability: tuple[ReliabilityBin, ...]
    capture: tuple[tuple[float, float], ...]
    baseline_capture: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """Everything a person needs before putting new parameters to use. `trial` is None where nothing could be tried."""

    as_of: int
    version: str
    is_calibrated: bool
    changes: int
    positives: int
    assessed: int
    slope: float
    intercept: float
    recent_positives: int
    is_recalibrated: bool
    half_life_days: float
    factors: tuple[FactorReport, ...]
    gates: tuple[RateGate, ...]
    trial: Trial | None
    findings: tuple[str, ...]


def calibration_report(
    found: Refit, predictions: Sequence[Prediction], shipped: RiskParams, as_of: int
) -> CalibrationReport:
    """Return the report on a refit and on what refits of the past would have said; it never claims more than that."""
    params, trial = found.params, _trial(predictions)
    return CalibrationReport(
        as_of=as_of,
        version=params.version,
        is_calibrated=params.is_calibrated,
        changes=params.matured_changes,
        positives=params.positive_changes,
        assessed=sum(row.is_assessed for row in found.rows),
        slope=params.calibration.slope,
        intercept=params.calibration.intercept,
        recent_positives=found.recent_positives,
        is_recalibrated=found.is_recalibrated,
        half_life_days=params.rates.half_life_days,
        factors=tuple(
            FactorReport(
                code=code,
                shipped=shipped.factors[code].beta,
                weight=factor.weight,
                typical=factor.typical,
                known=sum(code in row.x for row in found.rows),
                assessed=sum(code in row.x and row.is_assessed for row in found.rows),
                muted_reason=factor.muted_reason,
            )
            for code, factor in params.factors.items()
        ),
        gates=found.rates.gates,
        trial=trial,
        findings=tuple(_findings(found, trial)),
    )


def _trial(predictions: Sequence[Prediction]) -> Trial | None:
    labels = [prediction.label for prediction in predictions]
    positives = sum(map(is_positive, labels))
    if not 0 < positives < len(labels):
        return None
    instants = [prediction.started_at for prediction in predictions]
    fitted = [prediction.fitted for prediction in predictions]
    types = [prediction.type_rate for prediction in predictions]
    simple = {
        "rate of the change type": types,
        "incidents on the targets": [prediction.incidents for prediction in predictions],
    }
    baseline = max(simple, key=lambda name: area_under_curve(simple[name], labels))
    constant = brier([prediction.organisation_rate for prediction in predictions], labels)
    bins = reliability(fitted, labels)
    low, high = wilson(positives, len(labels))
    return Trial(
        changes=len(labels),
        positives=positives,
        measures=(
            _measures("fitted weights", fitted, labels, constant),
            _measures("shipped weights", [prediction.shipped for prediction in predictions], labels, constant),
            _measures("rate of the change type", types, labels, constant),
            _ranking_alone("incidents on the targets", simple["incidents on the targets"], labels),
        ),
        baseline=baseline,
        gain=ranking_gain(instants, labels, fitted, simple[baseline]),
        brier_gain=brier_gain(instants, labels, fitted, types),
        mean_probability=fsum(fitted) / len(fitted),
        rate=positives / len(labels),
        rate_low=low,
        rate_high=high,
        reliability=bins,
        capture=capture_curve(fitted, labels),
        baseline_capture=capture_curve(simple[baseline], labels),
    )


def _measures(name: str, probabilities: Sequence[float], labels: Sequence[float], constant: float) -> Measures:
    ranked, score = _ranking_alone(name, probabilities, labels), brier(probabilities, labels)
    return Measures(
        name=name,
        auc=ranked.auc,
        captured=ranked.captured,
        brier=score,
        brier_skill=1 - score / constant if constant else 0.0,
        calibration_error=expected_calibration_error(reliability(probabilities, labels)),
    )


def _ranking_alone(name: str, scores: Sequence[float], labels: Sequence[float]) -> Measures:
    return Measures(name, area_under_curve(scores, labels), captured(capture_curve(scores, labels), CAPTURE_SHARE))


def _findings(found: Refit, trial: Trial | None) -> list[str]:
    params = found.params
    stands_on = f"{params.matured_changes} matured changes of which {params.positive_changes} went wrong"
    verdict = "Calibrated" if params.is_calibrated else "Not calibrated (300 changes and 10 failures are needed)"
    findings = [f"{verdict}: fitted on {stands_on}."]
    unknown = [code for code in fitted_codes(params) if not any(code in row.x for row in found.rows)]
    if unknown:
        findings.append(f"Known of no change, so as shipped: {', '.join(unknown)}.")
    if not found.is_recalibrated:
        findings.append(f"Not recalibrated: {found.recent_positives} failures in the last quarter, 30 are needed.")
    if not any(gate.is_tried for gate in found.rates.gates):
        findings.append("Shrinkage of the rates as shipped: too few failures to choose it by.")
    if trial is None:
        return [*findings, "Tried on nothing: no quarter of the last year has both outcomes, so no gain is claimed."]
    return [*findings, _ranking_finding(trial), _level_finding(trial)]


def _ranking_finding(trial: Trial) -> str:
    gain = trial.gain
    figures = f"{gain.value:+.3f} AUC against the {trial.baseline}, 95 % between {gain.low:+.3f} and {gain.high:+.3f}"
    sample = f"over {trial.changes} later changes with {trial.positives} failures"
    if gain.low > 0:
        return f"Ranks better than the baseline {sample}: {figures}."
    return f"No gain in ranking is proved {sample}: {figures}."


def _level_finding(trial: Trial) -> str:
    bounds = f"{trial.rate_low:.1%} to {trial.rate_high:.1%}"
    said = f"on average {trial.mean_probability:.1%} was predicted and {trial.rate:.1%} went wrong (95 % {bounds})"
    if trial.rate_low <= trial.mean_probability <= trial.rate_high:
        return f"The level fits: {said}."
    return f"The level does not fit: {said}."
