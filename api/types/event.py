"""The log as GraphQL shows it: every committed change of a record, in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered
from api.relations import One, Varying
from api.relay import Node
from api.scalars import JSON
from api.types.account import ServiceAccount
from api.types.filters import IntFilter, StringFilter

TYPE_OF_TABLE = {
    "agenda_item": "AgendaItem",
    "business_service": "BusinessService",
    "cab_meeting": "CabMeeting",
    "cab_series": "CabSeries",
    "calendar": "Calendar",
    "capacity_limit": "CapacityLimit",
    "change": "Change",
    "change_model": "ChangeModel",
    "change_window": "ChangeWindow",
    "ci": "ConfigurationItem",
    "ci_class": "CiClass",
    "conflict": "Conflict",
    "incident": "Incident",
    "person": "Person",
    "problem": "Problem",
    "redundancy_group": "RedundancyGroup",
    "relation": "Relation",
    "risk_assessment": "RiskAssessment",
    "service_account": "ServiceAccount",
    "team": "Team",
}


def event_subject(table: str, subject_id: str) -> tuple[str, str] | None:
    """Return type and id of what an event is about, None for what has no type of its own."""
    type_name = TYPE_OF_TABLE.get(table)
    return None if type_name is None else (type_name, subject_id)


SECRETS = frozenset({"token_hash", "previous_token_hash"})


def without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an after-image without what nobody is shown."""
    return {name: value for name, value in body.items() if name not in SECRETS}


@strawberry.type(description="One committed change of a record, as it stands in the log.")
class Event:
    """Rows of the noun `event`."""

    noun: ClassVar[str] = "event"

    position: int = column("Place in the log; positions have no gaps and nothing is added before them.")
    kind: str = column("What happened, e.g. incident.resolved.")
    subject_version: int = column("Version of the record after it.")
    occurred_at: datetime = column("When it was committed.")
    image: JSON = computed("The record after it, whole, without what is secret.", ("body",), without_secrets)
    subject: Node | None = sourced(
        "The record as it is now; null when it cannot be seen.", Varying(("subject_type", "subject_id"), event_subject)
    )
    account: ServiceAccount | None = sourced(
        "The account that did it; null when a person signed in themselves or the system did.", One("actor_id")
    )


@strawberry.input(description="Which events: those that match every field given.")
class EventWhere:
    """Filters over indexes of the noun `event`."""

    kind: StringFilter | None = filtered("By what happened, e.g. incident.resolved.", "kind")
    position: IntFilter | None = filtered("By place in the log.", "position")
