"""Root fields about what the engines found, and about the log."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.conflict import Conflict, ConflictOrder, ConflictWhere
from api.types.event import Event, EventWhere
from api.types.references import reference_input
from api.types.risk import RiskAssessment, RiskAssessmentOrder, RiskAssessmentWhere
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering


@strawberry.type
class FindingQueries:
    """One record by what you have of it, and pages of records."""

    conflict: Conflict | None = referred(
        "The conflict referred to; null when there is none to see.", reference_input("Conflict", "id")
    )
    conflicts: Connection[Conflict] | None = every(
        "Conflicts that you may see, the weightiest first.",
        where=ConflictWhere,
        order=ConflictOrder,
        by_default=(Ordering("weight", is_descending=True),),
    )
    risk_assessment: RiskAssessment | None = referred(
        "The assessment referred to; null when there is none to see.", reference_input("RiskAssessment", "id")
    )
    risk_assessments: Connection[RiskAssessment] | None = every(
        "Assessments of changes that you may see, the riskiest first.",
        where=RiskAssessmentWhere,
        order=RiskAssessmentOrder,
        by_default=(Ordering("score", is_descending=True),),
    )
    events: Connection[Event] | None = every(
        "The log, in order: keep the last cursor and ask again with it to miss nothing.",
        where=EventWhere,
        by_default=(Ordering("position"),),
        needs=Permission.READ_ALL,
    )
