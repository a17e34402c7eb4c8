"""The log as GraphQL shows it: every committed change of a record, in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.ids import encode_id
from api.relations import One, Varying
from api.relay import Node
from api.scalars import JSON
from api.types.account import ServiceAccount
from api.types.filters import StringFilter, comparator
from api.types.following import EventFeedFilter
from domain.kernel.actor import Permission
from domain.kernel.global_ids import TYPE_OF_TABLE


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

    id: strawberry.ID = computed(
        "Opaque id of the event, the same in subscriptions, webhooks and here.",
        ("cursor",),
        lambda cursor: encode_id("Event", cursor),
    )
    cursor: str = column("Place in the log, the same in subscriptions, webhooks and here; it has no order to read off.")
    position: int | None = column(
        "Place in the log as a number; positions have no gaps. For those who see everything.",
        needs=Permission.MANAGE_POLICY,
    )
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
    """Filters of the log. The feed is narrowed exactly as a subscription is."""

    kind: StringFilter | None = comparator("By what happened, e.g. incident.resolved.")
    feed: EventFeedFilter | None = comparator("Only events of this feed, narrowed as in a subscription to it.")
