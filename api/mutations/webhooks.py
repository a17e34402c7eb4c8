"""Verbs of webhooks."""

from typing import Any

import strawberry

from api.answering import reread
from api.context import Context
from api.fields import column, sourced
from api.mutations.time_inputs import TimeWindowInput
from api.relations import One
from api.types.following import FEEDS, EventFeedFilter, follow_of
from api.types.webhook import Webhook
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, mutation, perform, result_of, verb, with_facts
from domain.integration.follows import as_stored
from domain.integration.rules import EndpointFacts
from domain.kernel.actor import Permission
from domain.usecases import webhooks

WEBHOOK = Outcome("webhook", Webhook, "The webhook")
ADDRESS = "Address that messages are posted to: https, public, without user or password; redirects are not followed."
FIRST_SECRET = 1
"""Number of the secret of a webhook that was just made."""
_MANAGE = Permission.MANAGE_WEBHOOK


def _follow(**feeds: Any) -> dict[str, Any]:
    ((name, narrowed),) = feeds.items()
    where = {_NAMES.get(field, field): _comparators(compared) for field, compared in narrowed.items()}
    return as_stored(follow_of(FEEDS[name], where, f"follows.{name}"))


_NAMES = {"change_type": "changeType", "neighbourhood_of": "neighbourhoodOf"}


def _comparators(compared: dict[str, Any]) -> dict[str, Any]:
    return {"in" if name == "in_" else name: value for name, value in compared.items()}


@strawberry.input(description="A new webhook.")
class WebhookCreateInput(Repeatable):
    """All is required."""

    name: str = given("Name of the webhook.")
    url: str = given(ADDRESS)
    follows: list[EventFeedFilter] = given("What it is told of, 1 to 20 feeds.", into=_follow)


@strawberry.input(description="What changes of a webhook: what is absent stays.")
class WebhookUpdateInput:
    """Facts with the webhook they are about."""

    webhook_id: strawberry.ID = given("Webhook to change.", of="Webhook")
    expected_version: int = given(SEEN)
    name: strawberry.Maybe[str] = given("Name of the webhook.")
    url: strawberry.Maybe[str] = given(ADDRESS)
    follows: strawberry.Maybe[list[EventFeedFilter]] = given("What it is told of, 1 to 20 feeds.", into=_follow)


@strawberry.input(description="A new secret for a webhook.")
class WebhookSecretRotateInput:
    """The webhook."""

    webhook_id: strawberry.ID = given("Webhook to sign for anew.", of="Webhook")
    expected_version: int = given(SEEN)


@strawberry.input(description="Send to a webhook again.")
class WebhookEnableInput:
    """The webhook."""

    webhook_id: strawberry.ID = given("Webhook to enable.", of="Webhook")
    expected_version: int = given(SEEN)


@strawberry.input(description="Send nothing to a webhook for now.")
class WebhookDisableInput:
    """The webhook and why."""

    webhook_id: strawberry.ID = given("Webhook to disable.", of="Webhook")
    expected_version: int = given(SEEN)
    reason: str = given("Why.")


@strawberry.input(description="Take a webhook out of use for good.")
class WebhookEndInput:
    """The webhook."""

    webhook_id: strawberry.ID = given("Webhook to end.", of="Webhook")
    expected_version: int = given(SEEN)


@strawberry.input(description="Send a message that says nothing.")
class WebhookPingInput:
    """The webhook."""

    webhook_id: strawberry.ID = given("Webhook to try.", of="Webhook")
    expected_version: int = given(SEEN)


@strawberry.input(one_of=True, description="What is sent again.")
class WebhookReplayOfInput:
    """Messages by id, or a span of time."""

    delivery_ids: strawberry.Maybe[list[strawberry.ID]] = given("These messages, at most 100.", of="WebhookDelivery")
    window: strawberry.Maybe[TimeWindowInput] = given(
        "All that happened in this span, also what was never sent.", into=lambda start, end: (start, end)
    )


@strawberry.input(description="Messages of a webhook to be sent again.")
class WebhookReplayInput:
    """The webhook and what."""

    webhook_id: strawberry.ID = given("Webhook to send to.", of="Webhook")
    expected_version: int = given(SEEN)
    of: WebhookReplayOfInput = given("What is sent again.", is_spread=True)


def _with_secret(name: str) -> Any:
    body = {
        "__annotations__": {"webhook": Webhook | None, "secret": str},
        "__module__": __name__,
        "__doc__": f"What came of {name}.",
        "webhook": sourced("The webhook; null when you may not see it.", One("webhook")),
        "secret": column("Secret that messages are signed with, by Standard Webhooks. It is shown here alone."),
    }
    return strawberry.type(type(f"{name}Success", (), body), description=f"{name} was done.")


WebhookCreateSuccess: Any = _with_secret("WebhookCreate")
WebhookSecretRotateSuccess: Any = _with_secret("WebhookSecretRotate")


async def _create(info: strawberry.Info[Context, None], **arguments: Any) -> Any:
    doing = with_facts(webhooks.create_webhook, EndpointFacts)
    webhook_id = await perform(doing, info.context, arguments["input"])
    return await _shown(info, WebhookCreateSuccess, webhook_id)


async def _rotate(info: strawberry.Info[Context, None], **arguments: Any) -> Any:
    webhook_id = await perform(webhooks.rotate_webhook_secret, info.context, arguments["input"])
    return await _shown(info, WebhookSecretRotateSuccess, webhook_id)


async def _shown(info: strawberry.Info[Context, None], success: Any, webhook_id: str) -> Any:
    """Answer with the webhook and the secret it signs with now."""
    context = info.context
    async with context.reading() as reads:
        rows = await reads.by_ids("webhook_endpoint", ["id", "secret_number"], [webhook_id])
    number = rows[webhook_id]["secret_number"] if webhook_id in rows else FIRST_SECRET
    secret = context.key.webhook_secret(webhook_id, number)
    return await reread(info, success, webhook=webhook_id, secret=secret)


@strawberry.type
class WebhookMutations:
    """Verbs of webhooks."""

    webhook_create = mutation(
        _create,
        WebhookCreateInput,
        WebhookCreateSuccess,
        "Set up an address that is told of what happens from now on.",
        result=result_of(WebhookCreateSuccess, CREATES),
        needs=_MANAGE,
    )
    webhook_update = verb(
        with_facts(webhooks.update_webhook, EndpointFacts),
        WebhookUpdateInput,
        "Change name, address or feeds of a webhook.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
    webhook_secret_rotate = mutation(
        _rotate,
        WebhookSecretRotateInput,
        WebhookSecretRotateSuccess,
        "Sign with a new secret; the old one signs too for 24 hours.",
        result=result_of(WebhookSecretRotateSuccess, STEPS),
        needs=_MANAGE,
    )
    webhook_enable = verb(
        webhooks.enable_webhook,
        WebhookEnableInput,
        "Send to a webhook again: what waited is due now.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
    webhook_disable = verb(
        webhooks.disable_webhook,
        WebhookDisableInput,
        "Send nothing for now; what happens meanwhile is not kept, but can be replayed by time.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
    webhook_end = verb(
        webhooks.end_webhook,
        WebhookEndInput,
        "Take a webhook out of use for good.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
    webhook_ping = verb(
        webhooks.ping_webhook,
        WebhookPingInput,
        "Send a message that says nothing, to see whether it arrives.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
    webhook_replay = verb(
        webhooks.replay_webhook,
        WebhookReplayInput,
        "Send messages again: those named, or all of what happened in a span of time.",
        answers=WEBHOOK,
        refusals=STEPS,
        needs=_MANAGE,
    )
