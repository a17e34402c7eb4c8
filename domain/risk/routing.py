"""Who decides: the rows of ENGINES 4.8 in order, the first that matches (R193, D14).

A STANDARD change that matches no approved template, or does not score Low, is decided as a NORMAL one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactedCi, ImpactState
from domain.risk.facts import RiskFacts
from domain.risk.model import ConfidenceLevel, RiskAssessment, RiskLevel
from domain.risk.rates import FailureRate
from domain.risk.situation import degree_of

KEY_TIER = 2
KEY_DEGREE = 0.3
AUTO_IMPACT_BELOW = 40
AUTO_RATE_FACTOR = 2
AUDITED_SHARE = 0.05


class Forum(StrEnum):
    """Where a change is decided."""

    RETROSPECTIVE = "RETROSPECTIVE"
    EMERGENCY_CAB = "EMERGENCY_CAB"
    CAB = "CAB"
    CAB_OR_ELECTRONIC = "CAB_OR_ELECTRONIC"
    AUTOMATIC = "AUTOMATIC"
    AUTOMATIC_WITH_NOTICE = "AUTOMATIC_WITH_NOTICE"
    SERVICE_OWNER = "SERVICE_OWNER"


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What the table asks. `level` is after guardrails, whose codes are `guardrails`.

    `key_service_tiers` are the tiers (1, 2) of the key services reached, `template_tiers` those the CAB approved the
    matching template for. `is_stopped` is the kill switch of the team or model. `is_evidence_complete`: neither test
    nor rollback is unknown. `is_peer_reviewed`: by someone other than the author.
    """

    type: ChangeType
    level: RiskLevel
    guardrails: frozenset[str]
    key_service_tiers: frozenset[int]
    has_open_technical_risk: bool
    matches_template: bool
    template_tiers: frozenset[int]
    is_calibrated: bool
    test: TestState
    rollback: RollbackState
    is_evidence_complete: bool
    has_serious_conflict: bool
    is_stopped: bool
    is_peer_reviewed: bool
    confidence: ConfidenceLevel
    impact: float
    probability_high: float
    organisation_rate: float

    @property
    def decided_type(self) -> ChangeType:
        """The type that counts: STANDARD only with an approved template and a Low level (D14)."""
        if self.type is ChangeType.STANDARD and not (self.matches_template and self.level is RiskLevel.LOW):
            return ChangeType.NORMAL
        return self.type

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against deciding without people."""
        return (
            self.is_calibrated
            and self.test is not TestState.NONE
            and self.is_evidence_complete
            and not self.guardrails
            and not self.has_serious_conflict
            and not self.is_stopped
        )


@dataclass(frozen=True, slots=True)
class DecisionRoute:
    """The first row that matched, the forum it names and why; `is_retyped` says a STANDARD change was none."""

    row: int
    forum: Forum
    reason: str
    needs_presenter: bool = False
    needs_retrospective: bool = False
    is_retyped: bool = False

    @property
    def needs_cab(self) -> bool:
        """Whether the change belongs on an agenda of the CAB."""
        return self.forum in (Forum.CAB, Forum.CAB_OR_ELECTRONIC)

    @property
    def is_automatic(self) -> bool:
        """Whether no person decides."""
        return self.forum in (Forum.AUTOMATIC, Forum.AUTOMATIC_WITH_NOTICE)


def route(facts: RoutingFacts) -> DecisionRoute:
    """Return who decides: the first row whose reason holds, else the service owner (row 6)."""
    for row, (forum, reason_of) in enumerate(_ROWS):
        reason = reason_of(facts)
        if reason is not None:
            return _decided(facts, row, forum, reason)
    level = facts.level.name.lower()
    return _decided(facts, len(_ROWS), Forum.SERVICE_OWNER, f"{level} risk, left to the service owner")


def routing_facts(
    facts: RiskFacts,
    assessment: RiskAssessment,
    organisation_rate: float,
    *,
    has_open_technical_risk: bool,
    matches_template: bool,
    template_tiers: frozenset[int],
    is_stopped: bool,
    is_peer_reviewed: bool,
) -> RoutingFacts:
    """Return what the table asks about an assessed change; an unscored one counts as of endless impact."""
    change = facts.change
    unresolved = (found for found in facts.conflicts if not found.is_accepted)
    return RoutingFacts(
        type=change.type,
        level=assessment.level,
        guardrails=frozenset(guardrail.code for guardrail in assessment.guardrails),
        key_service_tiers=key_service_tiers(facts),
        has_open_technical_risk=has_open_technical_risk,
        matches_template=matches_template,
        template_tiers=template_tiers,
        is_calibrated=assessment.is_calibrated,
        test=change.shown_test,
        rollback=change.shown_rollback,
        is_evidence_complete=TestState.UNKNOWN is not change.shown_test
        and RollbackState.UNKNOWN is not change.shown_rollback,
        has_serious_conflict=any(found.is_major or found.is_blocker for found in unresolved),
        is_stopped=is_stopped,
        is_peer_reviewed=is_peer_reviewed,
        confidence=assessment.confidence.overall,
        impact=float("inf") if assessment.impact is None else float(assessment.impact),
        probability_high=assessment.probability_high,
        organisation_rate=organisation_rate,
    )


def key_service_tiers(facts: RiskFacts) -> frozenset[int]:
    """Return the tiers of the key services in the walk: tier 1 or 2, degraded by .3 or more, or down (R193)."""
    impacted = {ci.id: ci for ci in facts.impacted}
    return frozenset(
        service.tier
        for service in facts.services
        if service.tier <= KEY_TIER and service.id in impacted and _is_felt(impacted[service.id])
    )


def is_auto_approval_stopped(organisation_rate: float, *rates: FailureRate) -> bool:
    """Whether the kill switch holds: the upper bound of a team's or model's failure rate exceeds twice p_org."""
    return any(rate.upper > AUTO_RATE_FACTOR * organisation_rate for rate in rates)


def is_audited(change_id: str) -> bool:
    """Whether an automatic approval falls into the 5 % audit sample: random over ids, the same at every asking."""
    draw = int.from_bytes(sha256(change_id.encode()).digest()[:8], "big") / 2**64
    return draw < AUDITED_SHARE


def _is_felt(ci: ImpactedCi) -> bool:
    return ci.state is ImpactState.DOWN or degree_of(ci) >= KEY_DEGREE


def _unauthorised(facts: RoutingFacts) -> str | None:
    return "carried out without authorisation" if facts.type is ChangeType.UNAUTHORISED else None


def _emergency(facts: RoutingFacts) -> str | None:
    return "emergency" if facts.type is ChangeType.EMERGENCY else None


def _grave(facts: RoutingFacts) -> str | None:
    if facts.type is ChangeType.MAJOR:
        return "major change"
    if facts.level is RiskLevel.VERY_HIGH:
        return "very high risk"
    held = sorted(facts.guardrails & {"G1", "G2", "G3", "G4"})
    return f"guardrail {', '.join(held)}" if held else None


def _key_or_risky(facts: RoutingFacts) -> str | None:
    """Row 3. A template excuses the services it was approved for, never a high level or an assessor's open finding."""
    if facts.level is RiskLevel.HIGH:
        return "high risk"
    if facts.has_open_technical_risk:
        return "an assessor's technical risk is open"
    excused = facts.template_tiers if facts.decided_type is ChangeType.STANDARD else frozenset()
    if facts.key_service_tiers - excused:
        return "a key business service is affected"
    return None


def _pre_approved(facts: RoutingFacts) -> str | None:
    if facts.decided_type is ChangeType.STANDARD and facts.is_clear:
        return "standard change on an approved template, low risk"
    return None


def _plainly_safe(facts: RoutingFacts) -> str | None:
    is_safe = (
        facts.level is RiskLevel.LOW
        and facts.is_clear
        and facts.probability_high < AUTO_RATE_FACTOR * facts.organisation_rate
        and facts.confidence >= ConfidenceLevel.MEDIUM
        and facts.impact < AUTO_IMPACT_BELOW
        and facts.rollback in (RollbackState.TESTED, RollbackState.DOCUMENTED)
        and facts.is_peer_reviewed
    )
    return "low risk, well evidenced and peer reviewed" if is_safe else None


def _decided(facts: RoutingFacts, row: int, forum: Forum, reason: str) -> DecisionRoute:
    return DecisionRoute(
        row=row,
        forum=forum,
        reason=reason,
        needs_presenter=forum is Forum.CAB,
        needs_retrospective=forum in (Forum.RETROSPECTIVE, Forum.EMERGENCY_CAB),
        is_retyped=facts.decided_type is not facts.type,
    )


_ROWS: tuple[tuple[Forum, Callable[[RoutingFacts], str | None]], ...] = (
    (Forum.RETROSPECTIVE, _unauthorised),
    (Forum.EMERGENCY_CAB, _emergency),
    (Forum.CAB, _grave),
    (Forum.CAB_OR_ELECTRONIC, _key_or_risky),
    (Forum.AUTOMATIC, _pre_approved),
    (Forum.AUTOMATIC_WITH_NOTICE, _plainly_safe),
)
