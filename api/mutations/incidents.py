"""Mutations about incidents."""

from datetime import datetime

import strawberry

from api.acts import act, facts_of, input_field
from api.answering import reread
from api.context import Context
from api.fields import sourced
from api.ids import decode_id
from api.relations import One
from api.types.incident import Incident
from domain.incident.rules import IncidentFacts
from domain.kernel.actor import Permission
from domain.usecases import incidents


@strawberry.input(description="What is reported.")
class IncidentReportInput:
    """Facts of a new incident."""

    title: str = strawberry.field(description="What happened, in one line of at most 200 characters.")
    description: str = strawberry.field(description="What happened, in full.")
    priority: strawberry.Maybe[int] = input_field("From 1 (very high) to 4 (low); 3 when not given.")
    opened_at: strawberry.Maybe[datetime] = input_field("When it was found; now when not given.")
    reporter_id: strawberry.Maybe[strawberry.ID | None] = input_field("Who reports; you when not given.", of="Person")
    assignee_id: strawberry.Maybe[strawberry.ID | None] = input_field("Who is to work on it.", of="Person")
    team_id: strawberry.Maybe[strawberry.ID | None] = input_field("The support group it goes to.", of="Team")
    is_restricted: strawberry.Maybe[bool] = input_field("Whether only its people and administrators may see it.")
    configuration_item_ids: list[strawberry.ID] = strawberry.field(
        description="Configuration items it is on, at most 100.", default_factory=list
    )


@strawberry.type(description="The incident was reported.")
class IncidentReportSuccess:
    """What came of it."""

    incident: Incident | None = sourced("The incident; null when you may not see it.", One("incident"))


@strawberry.type
class IncidentMutations:
    """Verbs of incidents."""

    @act(IncidentReportSuccess, "Report an incident.", needs=Permission.WRITE_INCIDENT)
    async def incident_report(
        self,
        info: strawberry.Info[Context, None],
        input: IncidentReportInput,  # noqa: A002 - the schema's word
    ) -> IncidentReportSuccess:
        """Report an incident and answer with it."""
        context = info.context
        ci_ids = [
            decode_id(global_id, "ConfigurationItem", f"configuration_item_ids.{place}")
            for place, global_id in enumerate(input.configuration_item_ids)
        ]
        incident = await incidents.report(context.ports, context.actor, facts_of(IncidentFacts, input), ci_ids)
        return await reread(info, IncidentReportSuccess, incident=incident)
