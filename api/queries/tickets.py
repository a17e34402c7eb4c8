"""Root fields about incidents and problems."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.incident import Incident, IncidentOrder, IncidentRef, IncidentWhere
from api.types.problem import Problem, ProblemOrder, ProblemRef, ProblemWhere
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering

LATEST = (Ordering("opened_at", is_descending=True),)


@strawberry.type
class TicketQueries:
    """One record by what you have of it, and pages of records."""

    incident: Incident | None = referred("The incident referred to; null when there is none to see.", IncidentRef)
    incidents: Connection[Incident] | None = every(
        "Incidents that you may see, the latest first.", where=IncidentWhere, order=IncidentOrder, by_default=LATEST
    )
    problem: Problem | None = referred(
        "The problem referred to; null when there is none to see.", ProblemRef, needs=Permission.READ_ALL
    )
    problems: Connection[Problem] | None = every(
        "Problems, the latest first.",
        where=ProblemWhere,
        order=ProblemOrder,
        by_default=LATEST,
        needs=Permission.READ_ALL,
    )
