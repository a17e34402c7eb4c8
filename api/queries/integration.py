"""Root fields about webhooks and calendar feeds."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.calendar_feed import CalendarFeed, CalendarFeedOrder, CalendarFeedRef
from api.types.webhook import (
    Webhook,
    WebhookDelivery,
    WebhookDeliveryOrder,
    WebhookDeliveryRef,
    WebhookDeliveryWhere,
    WebhookOrder,
    WebhookRef,
)
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering

BY_NAME = (Ordering("name"),)


@strawberry.type
class IntegrationQueries:
    """One record by what you have of it, and pages of records."""

    webhook: Webhook | None = referred(
        "The webhook referred to; null when it is none of yours.", WebhookRef, needs=Permission.MANAGE_WEBHOOK
    )
    webhooks: Connection[Webhook] | None = every(
        "Your webhooks, by name.", order=WebhookOrder, by_default=BY_NAME, needs=Permission.MANAGE_WEBHOOK
    )
    webhook_delivery: WebhookDelivery | None = referred(
        "The message referred to; null when it is none of yours.", WebhookDeliveryRef, needs=Permission.MANAGE_WEBHOOK
    )
    webhook_deliveries: Connection[WebhookDelivery] | None = every(
        "Messages to your webhooks, the latest first.",
        where=WebhookDeliveryWhere,
        order=WebhookDeliveryOrder,
        by_default=(Ordering("created_at", is_descending=True),),
        needs=Permission.MANAGE_WEBHOOK,
    )
    calendar_feed: CalendarFeed | None = referred(
        "The calendar feed referred to; null when it is none of yours.", CalendarFeedRef
    )
    calendar_feeds: Connection[CalendarFeed] | None = every(
        "Your calendar feeds, by name.", order=CalendarFeedOrder, by_default=BY_NAME
    )
