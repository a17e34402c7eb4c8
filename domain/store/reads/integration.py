"""What can be asked of webhooks, what they were sent, and calendar feeds."""

from domain.store.reads.noun import Link, noun
from domain.store.tables.integration import calendar_feed, webhook_attempt, webhook_delivery, webhook_endpoint

NOUNS = (
    noun(webhook_endpoint, filters=("account_id",), orders=("name",)),
    noun(
        webhook_delivery,
        filters=("endpoint_id", "state"),
        orders=("created_at",),
        links={"endpoint": Link(webhook_delivery.c.endpoint_id)},
    ),
    noun(webhook_attempt, orders=("tried_at",), links={"delivery": Link(webhook_attempt.c.delivery_id)}),
    noun(calendar_feed, filters=("account_id",), orders=("name",)),
)
