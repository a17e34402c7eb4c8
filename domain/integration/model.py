"""Webhook endpoints and calendar feeds. Neither holds a secret: webhooks have made ones, tokens are kept as hashes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    ENDED = "ENDED"


class DeliveryState(StrEnum):
    """What became of a message: waiting for its next try, taken, given up, or no longer the owner's to see."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"
    WITHDRAWN = "WITHDRAWN"


@dataclass(eq=False, kw_only=True)
class WebhookEndpoint:
    """An address that is told of events with the rights of the account that set it up.

    `follows` are feeds as JSON values (`domain.integration.follows`). `secret_number` counts secrets; the one before is
    signed with too until `previous_secret_until`. `replay` is what was last asked to be sent again.
    """

    id: str
    name: str
    url: str
    account_id: str
    state: EndpointState = EndpointState.ENABLED
    disabled_reason: str | None = None
    follows: list[dict[str, Any]] = field(default_factory=list)
    secret_number: int = 1
    previous_secret_until: datetime | None = None
    replay: dict[str, Any] | None = None
    created_at: datetime
    version: int = 0


class CalendarKind(StrEnum):
    """What a calendar feed shows."""

    CHANGES = "CHANGES"
    BOARD = "BOARD"


@dataclass(eq=False, kw_only=True)
class CalendarFeed:
    """A calendar under an address of its own, read with the rights of the account that made it.

    `series_id` is the board of a `BOARD` feed; `team_id` narrows a `CHANGES` feed.
    """

    id: str
    name: str
    kind: CalendarKind
    account_id: str
    token_hash: str
    series_id: str | None = None
    team_id: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    version: int = 0
