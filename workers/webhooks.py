"""Sends what is due: signed by Standard Webhooks over the exact bytes, at least once, in order per subject.

Several workers may send at once: each claims messages for itself for a while. A message that is not taken is tried
again, ever later, until its window is full; then it is dead, and its endpoint is disabled with an event that tells.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx
import orjson
from standardwebhooks import Webhook

from domain.integration.model import DeliveryState
from domain.integration.retries import next_delay
from domain.kernel.audience import Told, Viewer, reads_log
from domain.kernel.events import Event
from domain.kernel.global_ids import TYPE_OF_TABLE, encode_id
from domain.kernel.keys import RecordKey
from domain.kernel.time import Clock
from workers.consumers.webhooks import PINGED, Rights, presents_of
from workers.lanes import Lane
from workers.outbound import ForbiddenAddressError, Poster, Reply
from workers.roles import Role

AT_ONCE = 20
GONE = 410
USER_AGENT = "Headwater-Webhooks/1"

Disable = Callable[[str, str], Awaitable[None]]
Tried = Callable[[datetime, bool, int | None, int, str], Any]

_log = logging.getLogger(__name__)


class Deliveries(Protocol):
    """Messages as rows."""

    async def next_due(self) -> datetime | None:
        """Return when the next message is due, None when none waits."""
        ...

    async def claim(self, now: datetime, limit: int) -> Sequence[Any]:
        """Take some messages that are due, for this sender alone for a while."""
        ...

    async def note(self, delivery: Any, attempt: Any, state: DeliveryState, due_at: datetime, attempt_id: str) -> None:
        """Write down what became of a try."""
        ...


def body_of(event: Event, key: RecordKey) -> bytes:
    """Return the exact bytes that tell of an event."""
    cursor = key.cursor(event.position or 0)
    type_name = TYPE_OF_TABLE.get(event.subject_type, event.subject_type)
    subject = {
        "type": type_name,
        "id": encode_id(type_name, event.subject_id),
        "version": event.subject_version,
    }
    data: dict[str, Any] = {
        "id": encode_id("Event", cursor),
        "cursor": cursor,
        "subject": subject,
        "actorId": event.actor_id,
    }
    if event.kind != PINGED:
        data["image"] = event.body
    occurred_at = event.occurred_at.isoformat().replace("+00:00", "Z")
    return orjson.dumps({"type": event.kind, "timestamp": occurred_at, "data": data}, option=orjson.OPT_SORT_KEYS)


def signatures(secrets: Sequence[str], message: str, now: datetime, body: bytes) -> str:
    """Return the signatures of a message, one per secret: receivers accept it if any of them fits."""
    return " ".join(Webhook(secret).sign(message, now, body.decode()) for secret in secrets)


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """One process's way of sending what is due; `attempt` makes the row of a try, `disable` ends the sending."""

    deliveries: Deliveries
    rights: Rights
    poster: Poster
    key: RecordKey
    clock: Clock
    disable: Disable
    attempt: Tried
    new_id: Callable[[], str]
    chance: Callable[[], float] = random.random

    def lane(self) -> Lane:
        """Return the lane of what is sent: beside all others, so that a slow receiver holds nothing up."""
        return Lane("webhooks", Role.WEBHOOKS, self.send_some, self.deliveries.next_due)

    async def send_some(self) -> int:
        """Send some of what is due; return how many tries were made, 0 when nothing is due."""
        claimed = await self.deliveries.claim(self.clock.now(), AT_ONCE)
        viewers = await self.rights.viewers({delivery.endpoint.account_id for delivery in claimed}) if claimed else {}
        presents = await presents_of(self.rights, [delivery.event for delivery in claimed])
        await asyncio.gather(*(self._send(delivery, viewers, presents) for delivery in claimed))
        return len(claimed)

    async def send_due(self) -> int:
        """Send what is due until nothing is; return how many tries were made."""
        tries = 0
        while sent := await self.send_some():
            tries += sent
        return tries

    async def _send(
        self,
        delivery: Any,
        viewers: Mapping[str, Viewer],
        presents: Mapping[tuple[str, str], Mapping[str, Any]],
    ) -> None:
        now, event = self.clock.now(), delivery.event
        viewer = viewers.get(delivery.endpoint.account_id)
        told = Told(event, presents.get((event.subject_type, event.subject_id)))
        if viewer is None or not reads_log(viewer, told):
            await self._note(delivery, None, DeliveryState.WITHDRAWN, now)
            return
        began = time.perf_counter()
        reply, failure = await self._posted(delivery, now)
        milliseconds = round((time.perf_counter() - began) * 1_000)
        is_taken = reply is not None and 200 <= reply.status < 300
        status, excerpt = (reply.status, reply.excerpt) if reply else (None, failure)
        attempt = self.attempt(now, is_taken, status, milliseconds, excerpt)
        if is_taken:
            await self._note(delivery, attempt, DeliveryState.DELIVERED, now)
            return
        delay = next_delay(delivery.attempts + 1, now - delivery.first_tried_at, self.chance())
        if delay is not None and status != GONE:
            await self._note(delivery, attempt, DeliveryState.PENDING, now + delay)
            return
        await self._note(delivery, attempt, DeliveryState.DEAD, now)
        reason = "the address says that it is gone" if status == GONE else "nothing was taken for three days"
        _log.warning("webhook %s is disabled: %s", delivery.endpoint.id, reason)
        await self.disable(delivery.endpoint.id, reason)

    async def _posted(self, delivery: Any, now: datetime) -> tuple[Reply | None, str]:
        body = body_of(delivery.event, self.key)
        message = f"msg_{delivery.id}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures(self._secrets(delivery.endpoint, now), message, now, body),
        }
        try:
            return await self.poster.post(delivery.endpoint.url, body, headers), ""
        except TimeoutError:
            return None, "no answer in time"
        except (ForbiddenAddressError, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
            return None, str(failure) or type(failure).__name__

    def _secrets(self, endpoint: Any, now: datetime) -> list[str]:
        numbers = [endpoint.secret_number]
        if endpoint.previous_secret_until is not None and now < endpoint.previous_secret_until:
            numbers.append(endpoint.secret_number - 1)
        return [self.key.webhook_secret(endpoint.id, number) for number in numbers]

    async def _note(self, delivery: Any, attempt: Any, state: DeliveryState, due_at: datetime) -> None:
        await self.deliveries.note(delivery, attempt, state, due_at, self.new_id())
