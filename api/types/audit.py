"""The audit trail: who did what to which record, why, and what it was before; read from the log, kept nowhere else."""

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
from api.types.event import SECRETS, event_subject
from api.types.filters import StringFilter
from api.types.names import APerson


@strawberry.type(description="One fact of a record that an act changed.")
class FactChange:
    """A field of the after-image that differs from the one before."""

    field: str = strawberry.field(description="Name of the fact.")
    before: JSON | None = strawberry.field(description="What it was; null when there was nothing.")
    after: JSON | None = strawberry.field(description="What it is since; null when there is nothing.")


def changed_facts(body: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[FactChange]:
    """Return what an act changed, by field; of a new record everything that it says."""
    was = before or {}
    names = sorted((body.keys() | was.keys()) - SECRETS - {"version", "note"})
    return [
        FactChange(field=name, before=was.get(name), after=body.get(name))
        for name in names
        if was.get(name) != body.get(name)
    ]


@strawberry.type(description="One act on one record, for whoever audits it.")
class AuditEntry:
    """Rows of the noun `audit_entry`."""

    noun: ClassVar[str] = "audit_entry"

    kind: str = column("What happened, e.g. incident.resolved.")
    at: datetime = column("When it was committed.", "occurred_at")
    subject_version: int = column("Version of the record after it.")
    reason: str | None = computed(
        "Why, where whoever did it said so; null otherwise.", ("body",), lambda body: body.get("note")
    )
    changes: list[FactChange] = computed(
        "What it changed, without what is secret.", ("body", "body_before"), changed_facts
    )
    subject: Node | None = sourced(
        "The record as it is now; null when it cannot be seen.", Varying(("subject_type", "subject_id"), event_subject)
    )
    account: ServiceAccount | None = sourced(
        "The account that did it; null when a person signed in themselves or the system did.", One("actor_id")
    )
    person: APerson | None = sourced(
        "The person who signed in and did it; null when an account or the system did.", One("actor_id")
    )


@strawberry.input(description="Which entries: those that match every field given.")
class AuditEntryWhere:
    """Filters over indexes of the noun `audit_entry`."""

    kind: StringFilter | None = filtered("By what happened, e.g. incident.resolved.", "kind")
