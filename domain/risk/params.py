"""Parameters of the risk engine as data: shipped defaults of ENGINES 1.3, one version per set, JSON both ways.

A fit (port `RiskFitter`) replaces intercept, weights, typical values, covariance and calibration and gives the set a
new version; an assessment stores the version it used, so that it can be replayed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

from domain.change.model import RollbackState
from domain.risk.model import RiskLevel

POINTS_PER_LOG_ODDS = 10 / log(2)
"""Ten points double: 10 / ln 2 = 14.43."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class FactorParams:
    """Weight (log-odds per unit of x, never negative), x of the typical change, prior sd, and why it is muted if so.

    A weight is as used: a recalibration slope is already multiplied in. A muted factor counts with weight 0.
    """

    beta: float
    typical: float
    prior_sd: float
    muted_reason: str | None = None

    @property
    def weight(self) -> float:
        """The weight that counts: 0 while muted."""
        return 0.0 if self.muted_reason is not None else self.beta


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt slope and intercept already folded into intercept and weights; the slope still scales the interval."""

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True, slots=True)
class RateParams:
    """Empirical Bayes: prior rate of the organisation, half-life, and pseudo-counts of every level."""

    prior_rate: float = 0.03
    prior_count: float = 200.0
    half_life_days: float = 365.0
    maturity_days: float = 7.0
    type_count: float = 200.0
    model_count: float = 60.0
    team_count: float = 60.0
    ci_count: float = 30.0


@dataclass(frozen=True, slots=True)
class LossParams:
    """What a failure costs: criticality by tier, restore minutes, demand, and the rollback's share in the restore.

    `class_criticality` is what usually stands behind a target of a class, Σ criticality · q; where it is not known,
    `unmapped_criticality` stands for it.
    """

    criticality: tuple[float, float, float, float] = (100.0, 40.0, 10.0, 3.0)
    default_restore_minutes: float = 60.0
    unmapped_criticality: float = 10.0
    class_criticality: Mapping[str, float] = field(default_factory=dict)
    demand_floor: float = 0.2
    peak_demand: float = 1.5
    vip_factor: float = 1.25
    rollback_factors: Mapping[RollbackState, float] = field(
        default_factory=lambda: {
            RollbackState.TESTED: 1.0,
            RollbackState.DOCUMENTED: 1.5,
            RollbackState.UNKNOWN: 2.0,
            RollbackState.NONE: 3.0,
        }
    )

    def criticality_of(self, tier: int) -> float:
        """Return the weight of a minute of a service of that tier (1 to 4)."""
        return self.criticality[tier - 1]

    def usual_criticality(self, class_names: Iterable[str]) -> float:
        """Return the largest of what usually stands behind these classes; without any, that of an unknown one."""
        usual = (self.class_criticality.get(name, self.unmapped_criticality) for name in class_names)
        return max(usual, default=self.unmapped_criticality)


@dataclass(frozen=True, slots=True)
class LevelParams:
    """Thresholds of the bands on the printed score, and what guardrails raise the level to."""

    moderate: float = 30.0
    high: float = 55.0
    very_high: float = 75.0
    stale_map_below: float = 0.5
    guardrail_floors: Mapping[str, RiskLevel] = field(
        default_factory=lambda: {
            "G1": RiskLevel.HIGH,
            "G3": RiskLevel.HIGH,
            "G4": RiskLevel.HIGH,
            "G6": RiskLevel.MODERATE,
        }
    )


@dataclass(frozen=True, slots=True)
class RiskParams:
    """One version of everything the engine may be told.

    `covariance` is H⁻¹ of the fit over (intercept, factors in the order of `factors`), before calibration; None means
    the priors' variances on the diagonal. `organisation_rate` fixes p_org within an epoch; None takes the table's.
    """

    version: str
    intercept: float
    factors: Mapping[str, FactorParams]
    intercept_sd: float = 3.0
    covariance: tuple[tuple[float, ...], ...] | None = None
    calibration: Calibration = Calibration()
    matured_changes: int = 0
    positive_changes: int = 0
    organisation_rate: float | None = None
    incident_half_life_days: float = 60.0
    severity_weights: tuple[float, float, float, float] = (8.0, 4.0, 2.0, 1.0)
    rates: RateParams = RateParams()
    loss: LossParams = field(default_factory=LossParams)
    levels: LevelParams = field(default_factory=LevelParams)

    @property
    def is_calibrated(self) -> bool:
        """Whether enough changes matured to believe the probability: 300, of which 10 went wrong (ENGINES 1.3)."""
        return self.matured_changes >= 300 and self.positive_changes >= 10

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as plain JSON values; `from_json` gives them back unchanged."""
        return {
            "version": self.version,
            "intercept": self.intercept,
            "interceptSd": self.intercept_sd,
            "factors": {
                code: {"beta": f.beta, "typical": f.typical, "priorSd": f.prior_sd, "mutedReason": f.muted_reason}
                for code, f in self.factors.items()
            },
            "covariance": None if self.covariance is None else [list(row) for row in self.covariance],
            "calibration": {"slope": self.calibration.slope, "intercept": self.calibration.intercept},
            "maturedChanges": self.matured_changes,
            "positiveChanges": self.positive_changes,
            "organisationRate": self.organisation_rate,
            "incidentHalfLifeDays": self.incident_half_life_days,
            "severityWeights": list(self.severity_weights),
            "rates": {name: getattr(self.rates, name) for name in RateParams.__slots__},
            "loss": _loss_to_json(self.loss),
            "levels": _levels_to_json(self.levels),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "RiskParams":
        """Return the parameters that `to_json` wrote."""
        covariance = document["covariance"]
        return cls(
            version=document["version"],
            intercept=document["intercept"],
            intercept_sd=document["interceptSd"],
            factors={
                code: FactorParams(f["beta"], f["typical"], f["priorSd"], f["mutedReason"])
                for code, f in document["factors"].items()
            },
            covariance=None if covariance is None else tuple(tuple(row) for row in covariance),
            calibration=Calibration(**document["calibration"]),
            matured_changes=document["maturedChanges"],
            positive_changes=document["positiveChanges"],
            organisation_rate=document["organisationRate"],
            incident_half_life_days=document["incidentHalfLifeDays"],
            severity_weights=tuple(document["severityWeights"]),
            rates=RateParams(**document["rates"]),
            loss=_loss_from_json(document["loss"]),
            levels=_levels_from_json(document["levels"]),
        )


def _loss_to_json(loss: LossParams) -> dict[str, Any]:
    plain = {name: getattr(loss, name) for name in LossParams.__slots__}
    return plain | {
        "criticality": list(loss.criticality),
        "rollback_factors": {state.value: factor for state, factor in loss.rollback_factors.items()},
    }


def _loss_from_json(document: Mapping[str, Any]) -> LossParams:
    factors = {RollbackState(state): factor for state, factor in document["rollback_factors"].items()}
    return LossParams(**{**document, "criticality": tuple(document["criticality"]), "rollback_factors": factors})


def _levels_to_json(levels: LevelParams) -> dict[str, Any]:
    plain = {name: getattr(levels, name) for name in LevelParams.__slots__}
    return plain | {"guardrail_floors": {code: level.name for code, level in levels.guardrail_floors.items()}}


def _levels_from_json(document: Mapping[str, Any]) -> LevelParams:
    floors = {code: RiskLevel[level] for code, level in document["guardrail_floors"].items()}
    return LevelParams(**{**document, "guardrail_floors": floors})


def _shipped(beta: float, typical: float, muted_reason: str | None = None) -> FactorParams:
    """Return a default with the prior sd max(0.15, 0.5 β) of ENGINES 1.3."""
    return FactorParams(beta, typical, max(0.15, 0.5 * beta), muted_reason)


SHIPPED = RiskParams(
    version="shipped-1",
    intercept=log(0.03 / 0.97),
    factors={
        "reach": _shipped(0.10, 4.0),
        "history_target": _shipped(0.15, 1.5),
        "history_impacted": _shipped(0.05, 2.0),
        "cfr_type": _shipped(0.5, 0.0),
        "cfr_model": _shipped(0.6, 0.0),
        "cfr_team": _shipped(0.6, 0.0),
        "cfr_ci": _shipped(0.4, 0.0),
        "open_problems": _shipped(0.30, 0.3),
        "complexity": _shipped(0.35, 0.5),
        "novelty": _shipped(0.60, 0.4),
        "timing": _shipped(0.40, 0.2),
        "conflict": _shipped(0.70, 0.05),
        "test": _shipped(0.70, 0.3),
        "rollback": _shipped(0.40, 0.3),
        "emergency": _shipped(0.50, 0.05),
        "duration": _shipped(0.10, 1.2),
        "similar": _shipped(0.30, 0.0, "off until 300 changes are labelled"),
    },
)
"""The defaults of ENGINES 1.3: the whole model at cold start, the prior of every fit."""
