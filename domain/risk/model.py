"""What an assessment says: the output contract of ENGINES 1.6.

Printed numbers (`score`, `likelihood`, `impact`, every factor's `points`) are exact tenths, so that the points add up
to the likelihood and likelihood and impact to the score. Everything else is a float with all its bits.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum


class RiskLevel(IntEnum):
    """The four bands, ordered; `name` is what people and programs read."""

    LOW = 0
    MODERATE = 1
    HIGH = 2
    VERY_HIGH = 3


class ConfidenceLevel(IntEnum):
    """How far an assessment may be trusted, ordered."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class EvidenceKind(StrEnum):
    """What an evidence row refers to by its `id`."""

    CI = "CI"
    SERVICE = "SERVICE"
    INCIDENT = "INCIDENT"
    PROBLEM = "PROBLEM"
    CHANGE = "CHANGE"
    CONFLICT = "CONFLICT"
    ARTEFACT = "ARTEFACT"
    RATE = "RATE"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One thing a factor stands on: what it is, when it was (epoch seconds) and how much it weighs in `raw`."""

    kind: EvidenceKind
    id: str
    label: str
    at: int | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class FactorScore:
    """One line of the sum: `points` = 14.43 · weight · (x − typical), rounded so that the lines add up.

    `raw` is in `unit`, None when unknown; `weight` is log-odds per unit of x; a muted factor has weight 0 and a reason.
    """

    code: str
    label: str
    unit: str
    raw: float | None
    x: float
    typical: float
    weight: float
    points: Decimal
    is_known: bool
    muted_reason: str | None = None
    evidence: tuple[EvidenceRow, ...] = ()

    @property
    def is_muted(self) -> bool:
        """Whether the factor is shown but does not count."""
        return self.muted_reason is not None


@dataclass(frozen=True, slots=True)
class ServiceLoss:
    """What one service contributes to the expected loss, with the way the impact takes to it.

    `weighted_minutes` = T · criticality · demand · sla_factor · vip_factor · q; `share` is its part of the whole.
    `witness` is the path from a target; redundancy is that of the last group passed, None when none was.
    """

    id: str
    name: str
    tier: int | None
    q: float
    criticality: float
    demand: float
    sla_factor: float
    vip_factor: float
    weighted_minutes: float
    share: float
    witness: tuple[str, ...] = ()
    kind: str | None = None
    redundancy_before: int | None = None
    redundancy_after: int | None = None


@dataclass(frozen=True, slots=True)
class ExpectedLoss:
    """Loss if the change fails: criticality-weighted service minutes, and the minutes to restore (T) behind it."""

    weighted_minutes: float
    restore_minutes: float
    services: tuple[ServiceLoss, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How far to trust the assessment: three named parts in [0, 1], the least of which decides `overall`."""

    evidence: float
    statistics: float
    cmdb: float
    overall: ConfidenceLevel


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A named rule that held, whatever the score says; `code` is G1 to G7."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that could be done about the risk, with its effort from 1 (minutes) to 5 (weeks)."""

    code: str
    label: str
    effort: int


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A set of up to three actions and the exact assessment the change would then have."""

    actions: tuple[Action, ...]
    new_score: Decimal
    new_level: RiskLevel
    new_probability: float
    effort: int


@dataclass(frozen=True, slots=True)
class Comparable:
    """A past change like this one, by which parts it is alike, and how it ended."""

    change_id: str
    similarity: float
    parts: tuple[tuple[str, float], ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """The risk of one change as of an instant.

    `score` is R = I + L − 50, `likelihood` L, `impact` I; all three are None-able only together with `expected_loss`:
    a change whose impact was too large to walk is not scored (its likelihood still is). `level` is after guardrails,
    `computed_level` before. `probability_low` and `probability_high` bound 80 %. `inputs` is the canonical JSON from
    which `domain.risk.score.replay` recomputes every number to the last bit.
    """

    change_id: str
    as_of: int
    position: int
    params_version: str
    input_hash: str
    inputs: str
    score: Decimal | None
    likelihood: Decimal
    impact: Decimal | None
    level: RiskLevel
    computed_level: RiskLevel
    log_odds: float
    probability: float
    probability_low: float
    probability_high: float
    is_calibrated: bool
    is_truncated: bool
    confidence: Confidence
    expected_loss: ExpectedLoss | None
    factors: tuple[FactorScore, ...]
    guardrails: tuple[Guardrail, ...]
    counterfactuals: tuple[Counterfactual, ...] = ()
    comparables: tuple[Comparable, ...] = ()
