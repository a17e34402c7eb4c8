"""How far to trust an assessment: evidence, statistics, map (ENGINES 1.3), and the interval of the probability."""

from collections.abc import Mapping, Sequence
from math import fsum, log, sqrt

from domain.risk.inputs import ScoreInputs
from domain.risk.loss import weighted_minutes
from domain.risk.model import Confidence, ConfidenceLevel
from domain.risk.params import RiskParams

NORMAL_80 = 1.28
"""Standard deviations either side of the middle that hold 80 % of a normal distribution."""


def log_odds_spread(deviations: Mapping[str, float], params: RiskParams) -> float:
    """Return sd_z = slope · √(uᵀ H⁻¹ u) with u = (1, x − x̄); without a fit the priors are the covariance.

    A muted factor has no part in it.
    """
    codes = tuple(params.factors)
    u = (1.0, *(0.0 if params.factors[code].muted_reason else deviations[code] for code in codes))
    if params.covariance is None:
        sds = (params.intercept_sd, *(params.factors[code].prior_sd for code in codes))
        variance = fsum((value * sd) ** 2 for value, sd in zip(u, sds, strict=True))
    else:
        variance = fsum(
            left * cell * right
            for left, row in zip(u, params.covariance, strict=True)
            for right, cell in zip(u, row, strict=True)
        )
    return params.calibration.slope * sqrt(max(0.0, variance))


def confidence(inputs: ScoreInputs, params: RiskParams, spread: float) -> Confidence:
    """Return the three parts and their verdict; unmapped or truncated impact is never better than Low."""
    parts = (_evidence(inputs, params), _statistics(spread), _cmdb(inputs))
    overall = ConfidenceLevel.LOW if inputs.has_unmapped or inputs.is_truncated else level_of(min(parts))
    return Confidence(*parts, overall)


def level_of(least: float) -> ConfidenceLevel:
    """Return High from .8, Medium from .5, else Low."""
    if least >= 0.8:
        return ConfidenceLevel.HIGH
    return ConfidenceLevel.MEDIUM if least >= 0.5 else ConfidenceLevel.LOW


def _evidence(inputs: ScoreInputs, params: RiskParams) -> float:
    """Return the part of the weights that stands on known inputs."""
    weights = [(params.factors[factor.code].weight, factor.is_known) for factor in inputs.factors]
    whole = fsum(weight for weight, _ in weights)
    return fsum(weight for weight, is_known in weights if is_known) / whole if whole else 0.0


def _statistics(spread: float) -> float:
    """Return 1, ½ or 0 by the width of the 80 % interval in doublings of the odds: up to one, up to two, more."""
    doublings = 2 * NORMAL_80 * spread / log(2)
    if doublings <= 1:
        return 1.0
    return 0.5 if doublings <= 2 else 0.0


def _cmdb(inputs: ScoreInputs) -> float:
    """Return the confidence of the witnesses, each by its service's share of the loss."""
    if inputs.is_truncated:
        return 0.0
    losses: Sequence[float] = [weighted_minutes(service, inputs.restore_minutes) for service in inputs.services]
    whole = fsum(losses)
    if whole == 0:
        return 0.0 if inputs.has_unmapped else inputs.quiet_map_confidence
    sound = fsum(loss * service.confidence for loss, service in zip(losses, inputs.services, strict=True))
    return sound / whole
