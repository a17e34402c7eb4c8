"""Root fields about incidents and problems."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.incident import Incident, IncidentOrder, IncidentRef, IncidentWhere
from domain.kernel.page import Ordering


@strawberry.type
class TicketQueries:
    """One record by what you have of it, and pages of records."""

    incident: Incident | None = referred("The incident referred to; null when there is none to see.", IncidentRef)
    incidents: Connection[Incident] | None = every(
        "Incidents, the latest first.",
        where=IncidentWhere,
        order=IncidentOrder,
        by_default=(Ordering("opened_at", is_descending=True),),
    )
