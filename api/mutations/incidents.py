"""Mutations about incidents."""

from datetime import datetime

import strawberry

from api.bulk import in_bulk
from api.types.incident import Incident
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, verb, with_facts
from domain.change.lifecycle import Right
from domain.incident.model import ChangeLinkType
from domain.incident.rules import IncidentFacts
from domain.kernel.actor import Permission
from domain.kernel.errors import Duplicate
from domain.usecases import incidents

INCIDENT = Outcome("incident", Incident, "The incident")


@strawberry.input(description="What may be said of an incident.")
class IncidentInput:
    """Facts of an incident, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    priority: strawberry.Maybe[int] = given("From 1 (very high) to 4 (low); 3 unless given.")
    opened_at: strawberry.Maybe[datetime] = given("When it was found, not in the future; now unless given.")
    reporter_id: strawberry.Maybe[strawberry.ID | None] = given("Who reports; you unless given.", of="Person")
    assignee_id: strawberry.Maybe[strawberry.ID | None] = given("Who is to work on it.", of="Person")
    team_id: strawberry.Maybe[strawberry.ID | None] = given("The support group it goes to.", of="Team")
    is_restricted: strawberry.Maybe[bool] = given("Whether only its people and administrators may see it.")


@strawberry.input(description="What is reported.")
class IncidentReportInput(IncidentInput, Repeatable):
    """Title and description are required."""

    title: str = given("What happened, in one line of at most 200 characters.")
    description: str = given("What happened, in full.")
    configuration_item_ids: list[strawberry.ID] = given(
        "Configuration items it is on, at most 100.", fact="ci_ids", of="ConfigurationItem", default=[]
    )


@strawberry.input
class SeenIncident:
    """An incident at the version somebody saw."""

    incident_id: strawberry.ID = given("The incident.", of="Incident")
    expected_version: int = given(SEEN)


@strawberry.input(description="What changes of an open incident: what is absent stays, null clears.")
class IncidentUpdateInput(IncidentInput, SeenIncident):
    """Facts with the incident they are about."""

    title: strawberry.Maybe[str] = given("What happened, in one line of at most 200 characters.")
    description: strawberry.Maybe[str] = given("What happened, in full.")


@strawberry.input
class IncidentCis(SeenIncident):
    """An incident and configuration items."""

    configuration_item_ids: list[strawberry.ID] = given(
        "The items, at most 100.", fact="ci_ids", of="ConfigurationItem"
    )


@strawberry.input(description="Configuration items that an incident is on too.")
class IncidentCisAddInput(IncidentCis):
    """Those to be added."""


@strawberry.input(description="Configuration items that an incident was not on.")
class IncidentCisRemoveInput(IncidentCis):
    """Those to be removed."""


@strawberry.input(description="How service was restored.")
class IncidentResolveInput(SeenIncident):
    """How, and when."""

    solution: str = given("How service was restored.")
    resolved_at: datetime | None = given("When, not in the future; null: now.", default=None)


@strawberry.input(description="An incident that was none.")
class IncidentCancelInput(SeenIncident):
    """Which one."""


@strawberry.input
class IncidentAndChange(SeenIncident):
    """An incident and a change."""

    change_id: strawberry.ID = given("The change.", of="Change")
    link_type: ChangeLinkType = given("What the change has to do with the incident.")


@strawberry.input(description="What a change has to do with an incident.")
class IncidentChangeLinkInput(IncidentAndChange):
    """A link to be stated."""


@strawberry.input(description="What a change has nothing to do with.")
class IncidentChangeUnlinkInput(IncidentAndChange):
    """A link to be taken back."""


@strawberry.type
class IncidentMutations:
    """Verbs of incidents."""

    incident_report = verb(
        with_facts(incidents.report, IncidentFacts),
        IncidentReportInput,
        "Register an incident with what it is on. Whoever may only report does so for themselves, and neither grades "
        "nor assigns it.",
        answers=INCIDENT,
        refusals=(*CREATES, Duplicate),
        needs=Right((Permission.REPORT_INCIDENT, Permission.WRITE_INCIDENT)),
    )
    incident_report_bulk = in_bulk(incident_report)
    incident_update = verb(
        with_facts(incidents.update, IncidentFacts),
        IncidentUpdateInput,
        "Change what is said of an open incident.",
        answers=INCIDENT,
        refusals=(*STEPS, Duplicate),
        needs=Permission.WRITE_INCIDENT,
    )
    incident_update_bulk = in_bulk(incident_update)
    incident_cis_add = verb(
        incidents.add_cis,
        IncidentCisAddInput,
        "Say that an incident is on these configuration items too.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
    incident_cis_remove = verb(
        incidents.remove_cis,
        IncidentCisRemoveInput,
        "Say that an incident was not on these configuration items.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
    incident_resolve = verb(
        incidents.resolve,
        IncidentResolveInput,
        "Record how service was restored, and when if not now.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
    incident_resolve_bulk = in_bulk(incident_resolve)
    incident_cancel = verb(
        incidents.cancel,
        IncidentCancelInput,
        "Withdraw an incident that was none.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
    incident_cancel_bulk = in_bulk(incident_cancel)
    incident_change_link = verb(
        incidents.link_change,
        IncidentChangeLinkInput,
        "State what a change has to do with an incident: caused it, fixed it, or is related.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
    incident_change_link_bulk = in_bulk(incident_change_link)
    incident_change_unlink = verb(
        incidents.unlink_change,
        IncidentChangeUnlinkInput,
        "Take back what was stated about a change and an incident.",
        answers=INCIDENT,
        refusals=STEPS,
        needs=Permission.WRITE_INCIDENT,
    )
