"""Webhooks and what they were sent, as GraphQL shows them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.enums import described_enum
from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import One, many
from api.relay import Connection, Node, global_id
from api.types.account import ServiceAccount
from api.types.filters import ChoiceFilter
from api.types.references import reference_input
from domain.integration.model import DeliveryState, EndpointState
from domain.kernel.following import Feed
from domain.kernel.page import Ordering

described_enum(
    EndpointState,
    "Whether a webhook is sent anything.",
    ENABLED="It is told of what it follows.",
    DISABLED="Nothing is sent, and what happens meanwhile is not kept for it.",
    ENDED="It is out of use for good.",
)
described_enum(
    DeliveryState,
    "What became of a message.",
    PENDING="It waits for its first or next try.",
    DELIVERED="It was taken.",
    DEAD="It was not taken for three days and is given up; a replay sends it again.",
    WITHDRAWN="The account may no longer see what it tells of.",
)
described_enum(
    Feed,
    "A part of the log that belongs together.",
    TICKETS="Incidents and problems.",
    CHANGES="Changes.",
    AGENDA="Boards, meetings and agendas.",
    CIS="Configuration items, services, relations and redundancy groups.",
)
_WORDS = {
    "subject_types": "kinds",
    "kinds": "happenings",
    "ids": "records",
    "priorities": "priorities",
    "team_ids": "teams",
    "change_types": "types of change",
    "service_ids": "services",
    "neighbourhoods": "neighbourhoods",
}


@strawberry.type(description="A feed that a webhook follows.")
class FollowedFeed:
    """One of `Webhook.follows`."""

    feed: Feed = strawberry.field(description="The feed.")
    kinds: list[str] | None = strawberry.field(description="Kinds of events that are told; null for all of the feed.")
    narrowed_by: list[str] = strawberry.field(description="What else narrows it, in words with the number of values.")


def _follows(stored: Iterable[Mapping[str, Any]]) -> list[FollowedFeed]:
    return [
        FollowedFeed(
            feed=Feed(follow["feed"]),
            kinds=follow.get("kinds"),
            narrowed_by=[f"{word}: {len(follow[name])}" for name, word in _WORDS.items() if name in follow],
        )
        for follow in stored
    ]


@strawberry.type(description="One try to deliver a message.")
class WebhookAttempt:
    """Rows of the noun `webhook_attempt`."""

    noun: ClassVar[str] = "webhook_attempt"

    tried_at: datetime = column("When it was tried.")
    is_taken: bool = column("Whether the other side took it: a status from 200 to 299.")
    status: int | None = column("HTTP status of the answer; null when there was none.")
    milliseconds: int = column("How long it took.")
    excerpt: str = column("Beginning of the answer, or why there was none.")


@strawberry.type(description="A message to a webhook and what became of it.")
class WebhookDelivery(Node):
    """Rows of the noun `webhook_delivery`."""

    noun: ClassVar[str] = "webhook_delivery"

    id: strawberry.ID = global_id("WebhookDelivery")
    message_id: str = computed("Header `webhook-id` of every try.", ("id",), lambda key: f"msg_{key}")
    kind: str = column("What it tells of, e.g. incident.resolved.")
    state: DeliveryState = column("What became of it.")
    attempt_count: int = column("How often it was tried since it was last queued.", "attempts")
    created_at: datetime = column("When it was queued first.")
    due_at: datetime | None = computed(
        "When it is tried next; null when it is not.",
        ("due_at", "state"),
        lambda due_at, state: due_at if state is DeliveryState.PENDING else None,
    )
    finished_at: datetime | None = column("When it was taken, given up or withdrawn; null before.")
    webhook: "Webhook | None" = sourced("The webhook it is for.", One("endpoint_id"))
    attempts: Connection[WebhookAttempt] = many(
        "Every try, the latest first.", "delivery", by_default=(Ordering("tried_at", is_descending=True),)
    )


WebhookDeliveryOrder = order_input("WebhookDelivery", created_at="By when it was queued.")


@strawberry.input(description="Which messages: those that match every field given.")
class WebhookDeliveryWhere:
    """Filters over indexes of the noun `webhook_delivery`."""

    state: ChoiceFilter[DeliveryState] | None = filtered("By what became of it.", "state")


@strawberry.type(description="An address that is told of events, with the rights of the account that set it up.")
class Webhook(Node):
    """Rows of the noun `webhook_endpoint`; its secrets are not among what is shown."""

    noun: ClassVar[str] = "webhook_endpoint"

    id: strawberry.ID = global_id("Webhook")
    name: str = column("Name of the webhook.")
    url: str = column("Address that messages are posted to.")
    state: EndpointState = column("Whether it is sent anything.")
    disabled_reason: str | None = column("Why nothing is sent; null unless it is disabled.")
    follows: list[FollowedFeed] = computed("What it is told of.", ("follows",), _follows)
    previous_secret_ends_at: datetime | None = column(
        "Until when messages are signed with the secret before the present one too; null without one.",
        "previous_secret_until",
    )
    created_at: datetime = column("When it was set up.")
    version: int = column("Version to give back with the next act on it.")
    account: ServiceAccount | None = sourced("The account whose rights it has.", One("account_id"))
    deliveries: Connection[WebhookDelivery] = many(
        "What it was sent, the latest first.",
        "endpoint",
        where=WebhookDeliveryWhere,
        order=WebhookDeliveryOrder,
        by_default=(Ordering("created_at", is_descending=True),),
    )


WebhookOrder = order_input("Webhook", name="By name.")
WebhookRef = reference_input("Webhook", "id")
WebhookDeliveryRef = reference_input("WebhookDelivery", "id")
