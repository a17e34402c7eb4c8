"""Root fields about what the engines found, and about the log."""

import strawberry

from api.fields import sourced
from api.listing import list_arguments
from api.logged import Latest, Logged
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
    events: Connection[Event] | None = sourced(
        "The log, in order: keep the last end cursor and ask again with it to miss nothing. A page of a narrowed feed "
        "may be short and have a next one all the same.",
        Logged(),
        needs=Permission.READ_ALL,
        arguments=list_arguments(where=EventWhere),
    )
    latest_event: Event | None = sourced(
        "The newest event that you may see; null while there is none. Follow after its cursor to hear what comes now.",
        Latest(),
        needs=Permission.READ_ALL,
    )
