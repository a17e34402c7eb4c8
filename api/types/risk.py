"""The risk of a change as GraphQL shows it (ENGINES 1.6): the score, the sum behind it, and what would lower it.

Everything is read from the stored answer, so it is what the board saw on its day.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import Embedded, One, Several
from api.relay import Node, global_id
from api.types.filters import BooleanFilter, IdFilter
from api.types.names import ABusinessService, AChange, AConfigurationItem
from api.types.redaction import Comparables, Counterfactuals, Factors, Guardrails
from api.types.risk_parts import (
    Counterfactual,
    DecisionRoute,
    Guardrail,
    RiskConfidence,
    RiskFactor,
    SimilarityPart,
    decision_route,
    risk_confidence,
)
from domain.kernel.page import Row
from domain.risk.model import RiskLevel


def _from_answer(description: str, name: str) -> Any:
    """Return a field that stands in the stored answer under that name."""
    return computed(description, ("result",), lambda answer: answer[name])


def _losses(answer: Mapping[str, Any]) -> Iterable[Row]:
    loss = answer["expected_loss"]
    return () if loss is None else loss["services"]


def _loss(name: str) -> Any:
    return lambda answer: None if answer["expected_loss"] is None else answer["expected_loss"][name]


@strawberry.type(description="What one business service contributes to the expected loss, and the way to it.")
class ServiceLoss:
    """One entry of `expected_loss.services` in the stored answer."""

    tier: int | None = column("Criticality of the service, 1 (highest) to 4; null when nobody said.")
    degree: float = column("How much of the service is lost, from 0 to 1.", "q")
    demand: float = column("How much it is used in the window, 1 is usual.")
    agreement_factor: float = column(
        "How much the promise about it leaves: more when little downtime is left.", "sla_factor"
    )
    weighted_minutes: float = column("Weighted minutes it contributes.")
    share: float = column("Its part of the whole loss, from 0 to 1.")
    via: str | None = column(
        "EDGE or GROUP: what the last step of the way is; null when the service is a target.", "kind"
    )
    redundancy_before: int | None = column("Members that were up in the last group passed; null when none was passed.")
    redundancy_after: int | None = column("Members that stay up in it; null when none was passed.")
    service: ABusinessService | None = sourced("The service.", One("id"))
    path: list[AConfigurationItem] = sourced("The way from a target to the service.", Several("witness"))


@strawberry.type(description="A past change like this one, and how it ended.")
class ComparableChange:
    """One entry of `comparables` in the stored answer."""

    similarity: float = column("How much it is like this one, from 0 to 1.")
    outcome: str = column("How it ended: SUCCESSFUL, FAILED, or UNCERTAIN where it may have done harm.")
    parts: list[SimilarityPart] = computed(
        "What the similarity is the sum of.",
        ("parts",),
        lambda parts: [SimilarityPart(name=name, share=share) for name, share in parts],
    )
    change: AChange | None = sourced("The change; null when you may not see it.", One("change_id"))


@strawberry.type(description="The risk of a change as it was assessed at an instant.")
class RiskAssessment(Node):
    """Rows of the noun `risk_assessment`."""

    noun: ClassVar[str] = "risk_assessment"

    id: strawberry.ID = global_id("RiskAssessment")
    as_of: datetime = column("The instant it was assessed for.")
    position: int = column("Log position of the facts it stands on.")
    params_version: str = column("Version of the weights it was scored with.")
    input_hash: str = column("Hash of everything it was scored from; equal hashes mean equal scores.")
    is_current: bool = column("Whether it is the latest of its change.")
    score: float | None = column(
        "Risk R = impact + likelihood - 50, in points; null when the impact was too large to walk."
    )
    likelihood: float = column("Likelihood L: 50 plus the points of all factors.")
    impact: float | None = column("Impact I, in points; null when it was too large to walk.")
    level: RiskLevel = computed("The band, after guardrails.", ("level",), RiskLevel.__getitem__)
    computed_level: RiskLevel = computed(
        "The band the score alone gives.", ("result",), lambda answer: RiskLevel[answer["computed_level"]]
    )
    log_odds: float = _from_answer("Log-odds behind the likelihood.", "log_odds")
    probability: float | None = column("Probability that the change fails or causes an incident.")
    probability_low: float = _from_answer("Lower end of the 80 percent interval of the probability.", "probability_low")
    probability_high: float = _from_answer(
        "Upper end of the 80 percent interval of the probability.", "probability_high"
    )
    is_calibrated: bool = _from_answer(
        "Whether the probability is held to this organisation's outcomes.", "is_calibrated"
    )
    is_truncated: bool = _from_answer(
        "Whether the walk stopped at a bound, so that impact is not scored.", "is_truncated"
    )
    confidence: RiskConfidence = computed(
        "How far to trust it.", ("result",), lambda answer: risk_confidence(answer["confidence"])
    )
    weighted_loss_minutes: float | None = computed(
        "Expected loss if it fails, in weighted service minutes; null when not walked.",
        ("result",),
        _loss("weighted_minutes"),
    )
    restore_minutes: float | None = computed(
        "Minutes to restore behind the expected loss; null when not walked.", ("result",), _loss("restore_minutes")
    )
    factors: list[RiskFactor] = sourced("The lines of the sum.", Factors())
    guardrails: list[Guardrail] = sourced("Rules that held, whatever the score says.", Guardrails())
    counterfactuals: list[Counterfactual] = sourced("What would lower it, the best first.", Counterfactuals())
    route: DecisionRoute = computed(
        "Who decides about the change.", ("result",), lambda answer: decision_route(answer["route"])
    )
    change: AChange | None = sourced("The change.", One("change_id"))
    service_losses: list[ServiceLoss] = sourced(
        "What each business service contributes to the expected loss, the largest first.", Embedded("result", _losses)
    )
    comparables: list[ComparableChange] = sourced(
        "The past changes most like this one, at least half alike, that you may see.", Comparables()
    )


RiskAssessmentOrder = order_input("RiskAssessment", score="By score.", as_of="By when it was assessed.")


@strawberry.input(description="Which assessments: those that match every field given.")
class RiskAssessmentWhere:
    """Filters over indexes of the noun `risk_assessment`."""

    change: IdFilter | None = filtered("By the change.", "change_id", of="Change")
    is_current: BooleanFilter | None = filtered("Whether they are the latest of their change.", "is_current")
