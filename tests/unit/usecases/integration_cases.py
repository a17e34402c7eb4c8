"""The verbs of webhooks and calendar feeds."""

from datetime import timedelta

from domain.integration.model import CalendarKind
from domain.integration.rules import EndpointFacts
from domain.usecases import calendar_feeds, webhooks
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import NOW, YESTERDAY

HOOK = EndpointFacts(name="Chat", url="https://chat.example.org/in", follows=[{"feed": "CHANGES"}])

CASES = [
    Case(
        verb=webhooks.create_webhook,
        event="webhook_endpoint.created",
        right=lambda p, a, v: webhooks.create_webhook(p, a, HOOK),
        wrong={
            "name url follows": lambda p, a, v: webhooks.create_webhook(p, a, EndpointFacts()),
            "url": lambda p, a, v: webhooks.create_webhook(
                p, a, EndpointFacts(name="x", url="https://user:word@example.org/", follows=[{"feed": "CHANGES"}])
            ),
        },
        seen=None,
    ),
    Case(
        verb=webhooks.update_webhook,
        event="webhook_endpoint.updated",
        right=lambda p, a, v: webhooks.update_webhook(p, a, "hook", v, EndpointFacts(name="Chat room")),
        wrong={"url": lambda p, a, v: webhooks.update_webhook(p, a, "hook", v, EndpointFacts(url="ftp://x"))},
    ),
    Case(
        verb=webhooks.rotate_webhook_secret,
        event="webhook_endpoint.secret_rotated",
        right=lambda p, a, v: webhooks.rotate_webhook_secret(p, a, "hook", v),
    ),
    Case(
        verb=webhooks.enable_webhook,
        event="webhook_endpoint.enabled",
        right=lambda p, a, v: webhooks.enable_webhook(p, a, "hook", v),
    ),
    Case(
        verb=webhooks.disable_webhook,
        event="webhook_endpoint.disabled",
        right=lambda p, a, v: webhooks.disable_webhook(p, a, "hook", v, "moves house"),
        wrong={"reason": lambda p, a, v: webhooks.disable_webhook(p, a, "hook", v, " ")},
    ),
    Case(
        verb=webhooks.end_webhook,
        event="webhook_endpoint.ended",
        right=lambda p, a, v: webhooks.end_webhook(p, a, "hook", v),
    ),
    Case(
        verb=webhooks.ping_webhook,
        event="webhook_endpoint.pinged",
        right=lambda p, a, v: webhooks.ping_webhook(p, a, "hook", v),
    ),
    Case(
        verb=webhooks.replay_webhook,
        event="webhook_endpoint.replay_requested",
        right=lambda p, a, v: webhooks.replay_webhook(p, a, "hook", v, window=(YESTERDAY, NOW)),
        wrong={
            "delivery_ids": lambda p, a, v: webhooks.replay_webhook(p, a, "hook", v, delivery_ids=[]),
            "window.end": lambda p, a, v: webhooks.replay_webhook(
                p, a, "hook", v, window=(NOW, NOW - timedelta(hours=1))
            ),
        },
    ),
    Case(
        verb=calendar_feeds.create_calendar_feed,
        event="calendar_feed.created",
        right=lambda p, a, v: calendar_feeds.create_calendar_feed(
            p, a, token_of=str, name="Board", kind=CalendarKind.BOARD, series_id="cab"
        ),
        wrong={
            "name series_id": lambda p, a, v: calendar_feeds.create_calendar_feed(
                p, a, token_of=str, name="", kind=CalendarKind.BOARD
            ),
            "series_id team_id": lambda p, a, v: calendar_feeds.create_calendar_feed(
                p, a, token_of=str, name="x", kind=CalendarKind.CHANGES, series_id="cab", team_id="nobody"
            ),
        },
        seen=None,
    ),
    Case(
        verb=calendar_feeds.end_calendar_feed,
        event="calendar_feed.ended",
        right=lambda p, a, v: calendar_feeds.end_calendar_feed(p, a, "feed", v),
    ),
]
