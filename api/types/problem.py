"""Problems and known errors as GraphQL shows them."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import column, sourced
from api.listing import filtered, order_input
from api.relations import One, many
from api.relay import Connection, Node, global_id
from api.types.filters import ChoiceFilter, DateTimeFilter, IdFilter, IntFilter
from api.types.incident import IncidentOrder, IncidentWhere
from api.types.names import AConfigurationItem, AnIncident, APerson, ATeam
from api.types.references import reference_input
from api.viewing import viewer_can
from domain.problem.model import ProblemState
from domain.problem.rules import LIFECYCLE, ProblemAct


@strawberry.type(description="The unknown cause of incidents; a known error once the cause is found.")
class Problem(Node):
    """Rows of the noun `problem`."""

    noun: ClassVar[str] = "problem"

    id: strawberry.ID = global_id("Problem")
    number: str = column("Number people use, e.g. PRB0000123.")
    external_id: str | None = column("Key in the system it was imported from; null when it was recorded here.")
    title: str = column("What is wrong, in one line.")
    description: str = column("What is wrong, in full; empty when nobody said more.")
    state: ProblemState = column("Where it is in its life.")
    priority: int = column("From 1 (very high) to 4 (low).")
    opened_at: datetime = column("When it was identified.")
    recorded_at: datetime = column("When it was written down.")
    resolved_at: datetime | None = column("When its cause was removed; null while it is not.")
    workaround: str | None = column("How to live with it meanwhile; null when nobody knows.")
    root_cause: str | None = column("Its cause; null while unknown.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[ProblemAct] = viewer_can("problem", ("state",), LIFECYCLE.allowed)
    assignee: APerson | None = sourced("Who looks into it; null while nobody does.", One("assignee_id"))
    team: ATeam | None = sourced("The support group it is with; null while with none.", One("team_id"))
    configuration_items: Connection[AConfigurationItem] = many("Configuration items it is on.", "problem")
    incidents: Connection[AnIncident] = many(
        "Incidents attributed to it that you may see.", "problem", where=IncidentWhere, order=IncidentOrder
    )


ProblemOrder = order_input(
    "Problem",
    priority="By priority, 1 (very high) first.",
    opened_at="By when it was identified.",
    number="By number.",
)
ProblemRef = reference_input("Problem", "id", "number", "external_id")


@strawberry.input(description="Which problems: those that match every field given.")
class ProblemWhere:
    """Filters over indexes of the noun `problem`."""

    state: ChoiceFilter[ProblemState] | None = filtered("By state.", "state")
    priority: IntFilter | None = filtered("By priority, 1 (very high) to 4.", "priority")
    opened_at: DateTimeFilter | None = filtered("By when it was identified.", "opened_at")
    assignee: IdFilter | None = filtered("By who looks into it.", "assignee_id", of="Person")
    team: IdFilter | None = filtered("By the support group it is with.", "team_id", of="Team")
    configuration_item: IdFilter | None = filtered("By a configuration item it is on.", "ci_id", of="ConfigurationItem")
