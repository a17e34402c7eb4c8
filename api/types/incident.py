"""Incidents as GraphQL shows them."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import column, sourced
from api.listing import filtered, order_input
from api.relations import One, many
from api.relay import Connection, Node, global_id
from api.types.cause import CauseLedger
from api.types.engine_fields import CausesOfIncident
from api.types.filters import ChoiceFilter, DateTimeFilter, IdFilter, IntFilter
from api.types.names import AChange, AConfigurationItem, APerson, AProblem, ATeam
from api.types.references import reference_input
from api.viewing import viewer_can
from domain.incident.model import ChangeLinkType, IncidentState
from domain.incident.rules import LIFECYCLE, IncidentAct
from domain.kernel.actor import Permission


@strawberry.type(description="An interruption or degradation of a service, or its imminent cause.")
class Incident(Node):
    """Rows of the noun `incident`."""

    noun: ClassVar[str] = "incident"

    id: strawberry.ID = global_id("Incident")
    number: str = column("Number people use, e.g. INC0000123.")
    external_id: str | None = column("Key in the system it was imported from; null when it was reported here.")
    title: str = column("What happened, in one line.")
    description: str = column("What happened, in full; empty when nobody said more.")
    state: IncidentState = column("Where it is in its life.")
    priority: int = column("From 1 (very high) to 4 (low).")
    opened_at: datetime = column("When it was found.")
    recorded_at: datetime = column("When it was written down.")
    resolved_at: datetime | None = column("When service was restored; null while it is not.")
    solution: str | None = column("How service was restored; null while it is not.")
    is_restricted: bool = column("Whether only its people and administrators may see it.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[IncidentAct] = viewer_can("incident", ("state",), LIFECYCLE.allowed)
    reporter: APerson | None = sourced("Who reported it; null when a system did.", One("reporter_id"))
    assignee: APerson | None = sourced("Who works on it; null while nobody does.", One("assignee_id"))
    team: ATeam | None = sourced("The support group it is with; null while it is with none.", One("team_id"))
    configuration_items: Connection[AConfigurationItem] = many("Configuration items it is on.", "incident")
    problems: Connection[AProblem] | None = many("Problems it is attributed to.", "incident", needs=Permission.READ_ALL)
    change_links: Connection["IncidentChangeLink"] = many(
        "Changes that caused it, fixed it or have to do with it.", "incident"
    )
    candidate_causes: CauseLedger | None = sourced(
        "Which change it may come from, as the estate and the rates were when it opened.",
        CausesOfIncident(),
        weight=100,
        needs=Permission.READ_ALL,
    )


@strawberry.type(description="What an incident has to do with a change, as somebody stated it.")
class IncidentChangeLink:
    """Rows of the noun `incident_change_link`."""

    noun: ClassVar[str] = "incident_change_link"

    type: ChangeLinkType = column("What the change has to do with the incident.")
    recorded_at: datetime = column("When it was stated.")
    recorded_by: APerson | None = sourced("Who stated it; null when a program did.", One("recorded_by"))
    incident: Incident | None = sourced("The incident.", One("incident_id"))
    change: AChange | None = sourced("The change.", One("change_id"))


@strawberry.input(description="Which incidents: those that match every field given.")
class IncidentWhere:
    """Filters over indexes of the noun `incident`."""

    state: ChoiceFilter[IncidentState] | None = filtered("By state.", "state")
    priority: IntFilter | None = filtered("By priority, 1 (very high) to 4.", "priority")
    opened_at: DateTimeFilter | None = filtered("By when it was found.", "opened_at")
    reporter: IdFilter | None = filtered("By who reported it.", "reporter_id", of="Person")
    assignee: IdFilter | None = filtered("By who works on it.", "assignee_id", of="Person")
    team: IdFilter | None = filtered("By the support group it is with.", "team_id", of="Team")
    configuration_item: IdFilter | None = filtered("By a configuration item it is on.", "ci_id", of="ConfigurationItem")


IncidentOrder = order_input(
    "Incident",
    priority="By priority, 1 (very high) first.",
    opened_at="By when it was found.",
    number="By number.",
)
IncidentRef = reference_input("Incident", "id", "number", "external_id")
