"""Webhooks: addresses that are told of events, with the rights of the account that set them up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.integration.model import EndpointState, WebhookEndpoint
from domain.integration.rules import EndpointFacts, endpoint_issues
from domain.kernel.absent import apply_facts
from domain.kernel.actor import SYSTEM, Actor, Permission
from domain.kernel.checks import prose_issues, refuse, window_issues
from domain.kernel.errors import InvalidInput, InvalidTransition
from domain.kernel.image import as_json
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import act, check

OVERLAP = timedelta(hours=24)
"""How long a rotated secret goes on being signed with, beside its successor."""
MOST_REPLAYED = 100
"""Messages that can be named to be sent again; a span of time names any number."""
_MANAGE = Permission.MANAGE_WEBHOOK


async def create_webhook(ports: Ports, actor: Actor, facts: EndpointFacts) -> str:
    """Set up an endpoint (`webhookCreate`); it is told of what happens from now on."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = WebhookEndpoint(id=work.new_id(), name="", url="", account_id=actor.id, created_at=work.now)
        apply_facts(endpoint, facts)
        await check(work, endpoint_issues(endpoint))
        work.add(endpoint)
        work.record("webhook_endpoint.created", endpoint)
    return endpoint.id


async def update_webhook(
    ports: Ports, actor: Actor, webhook_id: str, expected_version: int, facts: EndpointFacts
) -> str:
    """Change name, address or feeds of an endpoint (`webhookUpdate`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "UPDATE")
        apply_facts(endpoint, facts)
        await check(work, endpoint_issues(endpoint))
        work.record("webhook_endpoint.updated", endpoint)
    return webhook_id


async def rotate_webhook_secret(ports: Ports, actor: Actor, webhook_id: str, expected_version: int) -> str:
    """Begin to sign with a new secret; the old one signs too for a day (`webhookSecretRotate`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "ROTATE_SECRET")
        endpoint.secret_number += 1
        endpoint.previous_secret_until = work.now + OVERLAP
        work.record("webhook_endpoint.secret_rotated", endpoint)
    return webhook_id


async def enable_webhook(ports: Ports, actor: Actor, webhook_id: str, expected_version: int) -> str:
    """Send again: what waited is due now (`webhookEnable`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "ENABLE")
        endpoint.state, endpoint.disabled_reason = EndpointState.ENABLED, None
        work.record("webhook_endpoint.enabled", endpoint)
    return webhook_id


async def disable_webhook(ports: Ports, actor: Actor, webhook_id: str, expected_version: int, reason: str) -> str:
    """Send nothing for now; what happens meanwhile is not kept for it (`webhookDisable`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "DISABLE")
        refuse(prose_issues("reason", reason.strip(), required=True))
        endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason.strip()
        work.record("webhook_endpoint.disabled", endpoint, note=endpoint.disabled_reason)
    return webhook_id


async def end_webhook(ports: Ports, actor: Actor, webhook_id: str, expected_version: int) -> str:
    """Take an endpoint out of use for good (`webhookEnd`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "END")
        endpoint.state = EndpointState.ENDED
        work.record("webhook_endpoint.ended", endpoint)
    return webhook_id


async def ping_webhook(ports: Ports, actor: Actor, webhook_id: str, expected_version: int) -> str:
    """Send a message that says nothing, to see whether it arrives (`webhookPing`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "PING")
        _check_enabled(endpoint, "PING")
        work.record("webhook_endpoint.pinged", endpoint)
    return webhook_id


async def replay_webhook(
    ports: Ports,
    actor: Actor,
    webhook_id: str,
    expected_version: int,
    *,
    delivery_ids: Sequence[str] | None = None,
    window: tuple[datetime, datetime] | None = None,
) -> str:
    """Send messages again: those named, or all of what happened in the half-open window (`webhookReplay`)."""
    async with act(ports, actor, _MANAGE) as work:
        endpoint = await _standing(work, webhook_id, expected_version, "REPLAY")
        _check_enabled(endpoint, "REPLAY")
        endpoint.replay = _replay(delivery_ids, window)
        work.record("webhook_endpoint.replay_requested", endpoint)
    return webhook_id


async def give_up_webhook(ports: Ports, webhook_id: str, reason: str) -> None:
    """Disable an endpoint that takes nothing any more; the event tells whoever follows the log."""
    async with act(ports, SYSTEM) as work:
        endpoint = await work.get(WebhookEndpoint, webhook_id)
        if endpoint.state is EndpointState.ENABLED:
            endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason
            work.record("webhook_endpoint.given_up", endpoint, note=reason)


def _replay(delivery_ids: Sequence[str] | None, window: tuple[datetime, datetime] | None) -> dict[str, Any]:
    if delivery_ids is not None:
        if not 1 <= len(delivery_ids) <= MOST_REPLAYED:
            raise InvalidInput.at("delivery_ids", f"names 1 to {MOST_REPLAYED} messages")
        return {"delivery_ids": sorted(set(delivery_ids))}
    if window is None:
        raise InvalidInput.at("delivery_ids", "says which messages, unless a window does")
    start, end = window
    refuse(window_issues("window", start, end))
    return {"start": as_json(start), "end": as_json(end)}


async def _standing(work: UnitOfWork, webhook_id: str, expected_version: int, requested: str) -> WebhookEndpoint:
    endpoint = await work.get_at(WebhookEndpoint, webhook_id, expected_version)
    if endpoint.state is EndpointState.ENDED:
        raise InvalidTransition("webhook", endpoint.state.value, requested, [])
    return endpoint


def _check_enabled(endpoint: WebhookEndpoint, requested: str) -> None:
    if endpoint.state is not EndpointState.ENABLED:
        raise InvalidTransition("webhook", endpoint.state.value, requested, ["UPDATE", "ENABLE", "END"])
