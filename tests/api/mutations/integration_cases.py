"""Mutations of webhooks and calendar feeds."""

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, nobody, seen

CHANGES = {"changes": {"type": {"eq": "CHANGE_APPROVED"}, "team": {"in": [gid("Team", "team")]}}}
NEVER = {"window": {"start": "2026-11-23T08:00:00Z", "end": "2026-11-22T08:00:00Z"}}
HOOK = seen("Webhook", "hook")

CASES = [
    Case(
        mutation="webhookCreate",
        event="webhook_endpoint.created",
        right={"name": "Chat", "url": "https://chat.example.org/in", "follows": [CHANGES, {"tickets": {}}]},
        wrong={"name url follows": {"name": "", "url": "here", "follows": []}},
    ),
    Case(
        mutation="webhookUpdate",
        event="webhook_endpoint.updated",
        right={**HOOK, "follows": [CHANGES]},
        wrong={"url": {"url": "https://user@example.org/"}},
    ),
    Case(mutation="webhookSecretRotate", event="webhook_endpoint.secret_rotated", right=HOOK),
    Case(mutation="webhookEnable", event="webhook_endpoint.enabled", right=HOOK),
    Case(
        mutation="webhookDisable",
        event="webhook_endpoint.disabled",
        right={**HOOK, "reason": "moves house"},
        wrong={"reason": {"reason": ""}},
    ),
    Case(mutation="webhookEnd", event="webhook_endpoint.ended", right=HOOK),
    Case(mutation="webhookPing", event="webhook_endpoint.pinged", right=HOOK),
    Case(
        mutation="webhookReplay",
        event="webhook_endpoint.replay_requested",
        right={**HOOK, "of": {"deliveryIds": [nobody("WebhookDelivery")]}},
        wrong={"of.deliveryIds": {"of": {"deliveryIds": []}}, "of.window.end": {"of": NEVER}},
    ),
    Case(
        mutation="calendarFeedCreate",
        event="calendar_feed.created",
        right={"name": "Board", "kind": "BOARD", "boardId": gid("CabSeries", "cab")},
        wrong={
            "name boardId": {"name": "", "boardId": None},
            "boardId teamId": {"kind": "CHANGES", "teamId": nobody("Team")},
        },
    ),
    Case(
        mutation="calendarFeedEnd",
        event="calendar_feed.ended",
        right=seen("CalendarFeed", "feed"),
    ),
]
