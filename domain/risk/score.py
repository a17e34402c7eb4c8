"""The sum: R = I + L − 50, exact in every printed tenth and recomputable to the last bit (ENGINES 1.3, 1.6).

`assess` measures the facts and scores the measurements; `replay` scores stored ones. Both go through `score`, and every
score through `judge`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import exp, floor, fsum, log2

from domain.ci.impact import ImpactedCi
from domain.risk import guardrails
from domain.risk.confidence import NORMAL_80, confidence, log_odds_spread
from domain.risk.factors import FACTOR_BY_CODE, FACTORS, WALK
from domain.risk.facts import RiskFacts, as_known
from domain.risk.inputs import FactorInput, ScoreInputs, hash_of
from domain.risk.loss import restore_minutes, service_inputs, total_minutes, weighted_minutes
from domain.risk.measurement import Measurement
from domain.risk.model import (
    Confidence,
    ExpectedLoss,
    FactorScore,
    Guardrail,
    RiskAssessment,
    RiskLevel,
    ServiceLoss,
)
from domain.risk.params import POINTS_PER_LOG_ODDS, LevelParams, RiskParams
from domain.risk.rates import RateTable
from domain.risk.similarity import Kind, peers_of
from domain.risk.situation import Situation

BASE_LIKELIHOOD = 50
LOSS_UNIT = 60.0
"""Weighted minutes that add the first ten points of impact."""

TRUNCATED = Guardrail("TRUNCATED", "not scored: more is reached than can be walked")


@dataclass(frozen=True, slots=True)
class Measured:
    """A situation measured: the inputs of the score, and per factor what they stand on."""

    situation: Situation
    inputs: ScoreInputs
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the inputs come to: `exact` points by factor, unrounded; `spread` is sd_z; no score if truncated."""

    log_odds: float
    spread: float
    exact: Mapping[str, float]
    likelihood: Decimal
    impact: Decimal | None
    score: Decimal | None
    confidence: Confidence
    computed_level: RiskLevel
    level: RiskLevel
    guardrails: tuple[Guardrail, ...]


def assess(facts: RiskFacts, rates: RateTable, params: RiskParams) -> RiskAssessment:
    """Return the assessment with its evidence; facts from after `as_of` change nothing."""
    return assessment_of(measure(facts, rates, params))


def assessment_of(measured: Measured) -> RiskAssessment:
    """Return the assessment of what was measured, with its evidence."""
    situation = measured.situation
    assessment = score(measured.inputs, situation.params)
    evidence = {measurement.code: measurement.evidence for measurement in measured.measurements}
    peers = situation.peers or peers_of(Kind.of(situation.facts.change, situation.facts.targets), situation.rates)
    return replace(
        assessment,
        factors=tuple(replace(factor, evidence=evidence[factor.code]) for factor in assessment.factors),
        expected_loss=_with_witnesses(assessment.expected_loss, situation),
        comparables=peers.comparables if peers is not None else (),
    )


def measure(facts: RiskFacts, rates: RateTable, params: RiskParams) -> Measured:
    """Return everything the score reads from the facts."""
    situation = Situation.of(facts, rates, params)
    measurements = tuple(factor.measure(situation) for factor in FACTORS)
    return Measured(situation, _inputs_of(situation, measurements), measurements)


def measure_again(base: Measured, facts: RiskFacts) -> Measured:
    """Return what `measure` would for facts made from those of `base`: only what reads a changed part is measured."""
    situation, origin = base.situation, base.situation.facts
    known = as_known(facts, origin)
    changed = {part for part in RiskFacts.__slots__ if getattr(known, part) is not getattr(origin, part)}
    if changed & WALK:
        moved = Situation.of(known, situation.rates, situation.params)
    else:
        moved = situation.told_otherwise(known)
    measurements = tuple(
        factor.measure(moved) if factor.reads & changed else measurement
        for factor, measurement in zip(FACTORS, base.measurements, strict=True)
    )
    return Measured(moved, _inputs_of(moved, measurements), measurements)


def _inputs_of(situation: Situation, measurements: Sequence[Measurement]) -> ScoreInputs:
    known, params = situation.facts, situation.params
    restore = restore_minutes(known, params.loss)
    return ScoreInputs(
        change_id=known.change.id,
        as_of=known.as_of,
        position=known.position,
        params_version=params.version,
        factors=tuple(FactorInput(m.code, m.raw, m.x, m.is_known) for m in measurements),
        services=() if known.is_truncated else service_inputs(situation, restore),
        restore_minutes=restore,
        quiet_map_confidence=situation.quiet_map_confidence,
        has_unmapped=known.has_unmapped,
        is_truncated=known.is_truncated,
        guardrails=guardrails.fired_by(known),
    )


def replay(stored_inputs: str, params: RiskParams) -> RiskAssessment:
    """Return the assessment recomputed from its stored canonical JSON: every number equal to the last bit.

    `params` must be the version the inputs name; evidence, witnesses and counterfactuals are not part of the inputs.
    """
    inputs = ScoreInputs.from_json(stored_inputs)
    if inputs.params_version != params.version:
        raise ValueError(f"the inputs were scored with parameters {inputs.params_version}, not {params.version}")
    return score(inputs, params)


def score(inputs: ScoreInputs, params: RiskParams) -> RiskAssessment:
    """Return the assessment of measured inputs, without evidence."""
    found = judge(inputs, params)
    canonical = inputs.to_json()
    return RiskAssessment(
        change_id=inputs.change_id,
        as_of=inputs.as_of,
        position=inputs.position,
        params_version=inputs.params_version,
        input_hash=hash_of(canonical),
        inputs=canonical,
        score=found.score,
        likelihood=found.likelihood,
        impact=found.impact,
        level=found.level,
        computed_level=found.computed_level,
        log_odds=found.log_odds,
        probability=probability(found.log_odds),
        probability_low=probability(found.log_odds - NORMAL_80 * found.spread),
        probability_high=probability(found.log_odds + NORMAL_80 * found.spread),
        is_calibrated=params.is_calibrated,
        is_truncated=inputs.is_truncated,
        confidence=found.confidence,
        expected_loss=None if inputs.is_truncated else _expected_loss(inputs),
        factors=_factor_scores(inputs.factors, found.exact, params),
        guardrails=found.guardrails,
    )


def judge(inputs: ScoreInputs, params: RiskParams) -> Verdict:
    """Return what the measured inputs come to, without the parts that are only shown or kept."""
    deviations = {factor.code: factor.x - params.factors[factor.code].typical for factor in inputs.factors}
    log_odds = params.intercept + fsum(params.factors[code].weight * d for code, d in deviations.items())
    spread = log_odds_spread(deviations, params)
    exact = {code: POINTS_PER_LOG_ODDS * params.factors[code].weight * d for code, d in deviations.items()}
    likelihood = BASE_LIKELIHOOD + tenths(fsum(exact.values()))
    loss = None if inputs.is_truncated else total_minutes(inputs.services, inputs.restore_minutes)
    impact = None if loss is None else tenths(impact_points(loss))
    total = None if impact is None else impact + likelihood - BASE_LIKELIHOOD
    trust = confidence(inputs, params, spread)
    stale = guardrails.stale_map(trust.cmdb, params.levels)
    fired = (*inputs.guardrails, *(() if stale is None else (stale,)), *((TRUNCATED,) if inputs.is_truncated else ()))
    computed = RiskLevel.VERY_HIGH if total is None else band(total, params.levels)
    level = guardrails.raised(computed, fired, params.levels)
    return Verdict(log_odds, spread, exact, likelihood, impact, total, trust, computed, level, fired)


def probability(log_odds: float) -> float:
    """Return 1 / (1 + e^−z) without overflow on either side."""
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    grown = exp(log_odds)
    return grown / (1 + grown)


def impact_points(weighted_service_minutes: float) -> float:
    """Return I = 10 · log2(1 + EL / 60): ten points per doubling, 0 when nothing is lost."""
    return 10 * log2(1 + weighted_service_minutes / LOSS_UNIT)


def band(score_points: Decimal, levels: LevelParams) -> RiskLevel:
    """Return the level of a printed score."""
    if score_points >= Decimal(str(levels.very_high)):
        return RiskLevel.VERY_HIGH
    if score_points >= Decimal(str(levels.high)):
        return RiskLevel.HIGH
    return RiskLevel.MODERATE if score_points >= Decimal(str(levels.moderate)) else RiskLevel.LOW


def tenths(points: float) -> Decimal:
    """Return the points rounded to tenths, halves up."""
    return _decimal(_rounded(points))


def printed_points(exact: Mapping[str, float]) -> dict[str, Decimal]:
    """Return every factor's points in tenths such that they sum to the rounded sum of the exact ones.

    Each is rounded down; the tenths then missing go to the largest remainders, ties by factor code.
    """
    floors = {code: floor(points * 10) for code, points in exact.items()}
    missing = _rounded(fsum(exact.values())) - sum(floors.values())
    by_remainder = sorted(exact, key=lambda code: (floors[code] - exact[code] * 10, code))
    for code in by_remainder[:missing]:
        floors[code] += 1
    return {code: _decimal(value) for code, value in floors.items()}


def _rounded(points: float) -> int:
    return floor(points * 10 + 0.5)


def _decimal(number_of_tenths: int) -> Decimal:
    return Decimal(number_of_tenths).scaleb(-1)


def _factor_scores(
    factors: Sequence[FactorInput], exact: Mapping[str, float], params: RiskParams
) -> tuple[FactorScore, ...]:
    printed = printed_points(exact)
    return tuple(
        FactorScore(
            code=factor.code,
            label=FACTOR_BY_CODE[factor.code].label,
            unit=FACTOR_BY_CODE[factor.code].unit,
            raw=factor.raw,
            x=factor.x,
            typical=params.factors[factor.code].typical,
            weight=params.factors[factor.code].weight,
            points=printed[factor.code],
            is_known=factor.is_known,
            muted_reason=params.factors[factor.code].muted_reason,
        )
        for factor in factors
    )


def _expected_loss(inputs: ScoreInputs) -> ExpectedLoss:
    whole = total_minutes(inputs.services, inputs.restore_minutes)
    return ExpectedLoss(
        weighted_minutes=whole,
        restore_minutes=inputs.restore_minutes,
        services=tuple(
            ServiceLoss(
                id=service.id,
                name=service.name,
                tier=service.tier,
                q=service.q,
                criticality=service.criticality,
                demand=service.demand,
                sla_factor=service.sla_factor,
                vip_factor=service.vip_factor,
                weighted_minutes=(lost := weighted_minutes(service, inputs.restore_minutes)),
                share=lost / whole if whole else 0.0,
            )
            for service in inputs.services
        ),
    )


def _with_witnesses(loss: ExpectedLoss | None, situation: Situation) -> ExpectedLoss | None:
    if loss is None:
        return None
    impacted = {service.id: service.impacted for service in situation.services}
    return replace(loss, services=tuple(_with_witness(row, impacted.get(row.id)) for row in loss.services))


def _with_witness(row: ServiceLoss, ci: ImpactedCi | None) -> ServiceLoss:
    if ci is None:
        return row
    return replace(
        row,
        witness=ci.path,
        kind=None if ci.link_kind is None else ci.link_kind.value,
        redundancy_before=ci.redundancy_before,
        redundancy_after=ci.redundancy_after,
    )
