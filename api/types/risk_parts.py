"""The parts of a stored risk assessment, made from its JSON values (`domain.risk.model`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from domain.kernel.time import from_seconds
from domain.risk.model import ConfidenceLevel, EvidenceKind, RiskLevel
from domain.risk.routing import Forum


@strawberry.type(description="How far to trust an assessment: three parts from 0 to 1, the least decides.")
class RiskConfidence:
    """`Confidence` of the stored answer."""

    evidence: float = strawberry.field(description="How much is known of the change itself.")
    statistics: float = strawberry.field(description="How many past changes the rates stand on.")
    estate: float = strawberry.field(description="How current the configuration items and relations on its way are.")
    overall: ConfidenceLevel = strawberry.field(description="The verdict.")


@strawberry.type(description="One thing a line of the sum stands on.")
class RiskEvidence:
    """`EvidenceRow` of the stored answer."""

    kind: EvidenceKind = strawberry.field(description="What it is.")
    reference: str = strawberry.field(description="What it is called where it comes from.")
    label: str = strawberry.field(description="What it is, for people.")
    at: datetime | None = strawberry.field(description="When it was; null when it has no time.")
    weight: float | None = strawberry.field(
        description="How much it weighs in the raw value; null when all weigh alike."
    )


@strawberry.type(description="One line of the sum behind the likelihood.")
class RiskFactor:
    """`FactorScore` of the stored answer."""

    code: str = strawberry.field(description="Stable code, F1 to F13.")
    label: str = strawberry.field(description="What it looks at, for people.")
    unit: str = strawberry.field(description="Unit of the raw value.")
    raw: float | None = strawberry.field(description="What was measured; null when unknown.")
    x: float = strawberry.field(description="The measure on the scale of the model.")
    typical: float = strawberry.field(description="The measure of a typical change.")
    weight: float = strawberry.field(description="Log-odds per unit of the measure; 0 when muted.")
    points: float = strawberry.field(description="Points of the line; all lines and 50 make the likelihood.")
    is_known: bool = strawberry.field(description="Whether the raw value is known.")
    muted_reason: str | None = strawberry.field(
        description="Why the line is shown but does not count; null when it counts."
    )
    evidence: list[RiskEvidence] = strawberry.field(description="What it stands on, as far as you may see it.")
    hidden_count: int = strawberry.field(description="How much else it stands on that you may not see.")


@strawberry.type(description="One part of what makes two changes alike.")
class SimilarityPart:
    """One pair of `Comparable.parts` of the stored answer."""

    name: str = strawberry.field(description="What is compared: target, model, team or text.")
    share: float = strawberry.field(description="What it adds to the similarity; 0 where nothing is shared.")


@strawberry.type(description="A rule that held, whatever the score says.")
class Guardrail:
    """`Guardrail` of the stored answer."""

    code: str = strawberry.field(description="Stable code, G1 to G7.")
    reason: str = strawberry.field(description="What it says, for people.")


@strawberry.type(description="One thing that could be done about the risk.")
class RiskAction:
    """`Action` of the stored answer."""

    code: str = strawberry.field(description="Stable code of the action.")
    label: str = strawberry.field(description="What to do, for people.")
    effort: int = strawberry.field(description="From 1 (minutes) to 5 (weeks).")


@strawberry.type(description="Up to three actions, and the exact risk the change would then have.")
class Counterfactual:
    """`Counterfactual` of the stored answer."""

    actions: list[RiskAction] = strawberry.field(description="What to do, all of it.")
    new_score: float = strawberry.field(description="The score the change would have.")
    new_level: RiskLevel = strawberry.field(description="The band it would be in.")
    new_probability: float = strawberry.field(description="The probability it would have.")
    effort: int = strawberry.field(description="Effort of all actions together.")


@strawberry.type(description="Who decides about a change, and why.")
class DecisionRoute:
    """`DecisionRoute` of the stored answer."""

    row: int = strawberry.field(description="Row of the routing table that decided.")
    forum: Forum = strawberry.field(description="Where the change is decided.")
    reason: str = strawberry.field(description="Why there, for people.")
    needs_presenter: bool = strawberry.field(description="Whether somebody must present it.")
    needs_retrospective: bool = strawberry.field(description="Whether the next meeting looks back at it.")
    is_retyped: bool = strawberry.field(description="Whether it called itself standard and is none.")


def risk_confidence(stored: Mapping[str, Any]) -> RiskConfidence:
    """Return the confidence of a stored answer."""
    return RiskConfidence(
        evidence=stored["evidence"],
        statistics=stored["statistics"],
        estate=stored["cmdb"],
        overall=ConfidenceLevel[stored["overall"]],
    )


def risk_factor(stored: Mapping[str, Any], hidden: int = 0) -> RiskFactor:
    """Return a line of the sum; so much of its evidence was left out."""
    names = ("code", "label", "unit", "raw", "x", "typical", "weight", "points", "is_known", "muted_reason")
    evidence = [_evidence(row) for row in stored["evidence"]]
    return RiskFactor(**{name: stored[name] for name in names}, evidence=evidence, hidden_count=hidden)


def _evidence(stored: Mapping[str, Any]) -> RiskEvidence:
    return RiskEvidence(
        kind=EvidenceKind(stored["kind"]),
        reference=stored["id"],
        label=stored["label"],
        at=None if stored["at"] is None else from_seconds(stored["at"]),
        weight=stored["weight"],
    )


def guardrail(stored: Mapping[str, Any]) -> Guardrail:
    """Return a rule that held."""
    return Guardrail(code=stored["code"], reason=stored["reason"])


def counterfactual(stored: Mapping[str, Any]) -> Counterfactual:
    """Return what would lower the risk."""
    return Counterfactual(
        actions=[RiskAction(code=a["code"], label=a["label"], effort=a["effort"]) for a in stored["actions"]],
        new_score=stored["new_score"],
        new_level=RiskLevel[stored["new_level"]],
        new_probability=stored["new_probability"],
        effort=stored["effort"],
    )


def decision_route(stored: Mapping[str, Any]) -> DecisionRoute:
    """Return who decides."""
    names = ("row", "reason", "needs_presenter", "needs_retrospective", "is_retyped")
    return DecisionRoute(forum=Forum(stored["forum"]), **{name: stored[name] for name in names})
