"""Writes down which endpoint is to be told of which event: one row each, with the consumer's offset."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from domain.integration.follows import from_stored
from domain.kernel.audience import Told, Viewer, reads_log
from domain.kernel.events import Event
from domain.kernel.following import Follow
from domain.kernel.time import Clock
from workers.consumers import Consumer
from workers.ports import Effect

NAME = "webhooks"
PINGED = "webhook_endpoint.pinged"
REPLAYED = "webhook_endpoint.replay_requested"
_SEEN_BY_SOME = ("incident", "webhook_endpoint", "calendar_feed")


class Followed(Protocol):
    """An endpoint: whose it is, and what it follows."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def account_id(self) -> str:
        """The account whose rights it has."""
        ...

    @property
    def follows(self) -> Sequence[dict[str, Any]]:
        """Feeds as they are stored."""
        ...


class Endpoints(Protocol):
    """Endpoints and the messages they are sent."""

    async def endpoints(self) -> Sequence[Any]:
        """Return the endpoints that are sent to."""
        ...

    async def between(self, start: datetime, end: datetime) -> Sequence[Event]:
        """Return the events that happened in `[start, end)`, in order."""
        ...

    async def of_endpoint(self, endpoint_id: str, ids: Collection[str]) -> set[str]:
        """Return those of the messages that are the endpoint's."""
        ...

    def enqueue(self, told: Sequence[tuple[str, Event]], again: Collection[str], now: datetime) -> Effect:
        """Return the effect of writing messages down, and of sending some again."""
        ...


class Rights(Protocol):
    """Whose eyes an endpoint sees with, and what decides about the subjects of events."""

    async def viewers(self, account_ids: Collection[str]) -> Mapping[str, Viewer]:
        """Return the accounts as they may see now; one that is gone is left out."""
        ...

    async def present(self, noun: str, ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return of each record what decides who sees it, as it is now."""
        ...


Upstream = Callable[[Collection[str]], Awaitable[frozenset[str]]]
MessageId = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class WebhookConsumer:
    """What a run of events brings about for the endpoints."""

    endpoints: Endpoints
    rights: Rights
    upstream: Upstream
    message_id: MessageId
    clock: Clock
    _nothing: frozenset[str] = field(default=frozenset())

    async def compute(self, events: Sequence[Event]) -> Effect | None:
        """Return the effect of the events, None when nobody is told."""
        found = {endpoint.id: endpoint for endpoint in await self.endpoints.endpoints()}
        if not found:
            return None
        told = await self._told(list(found.values()), events)
        again: set[str] = set()
        for event in events:
            endpoint = found.get(event.subject_id)
            if endpoint is None:
                continue
            if event.kind == PINGED:
                told.append((endpoint.id, event))
            elif event.kind == REPLAYED:
                told_again, messages = await self._replayed(endpoint, event.body.get("replay") or {})
                told += told_again
                again |= messages
        return self.endpoints.enqueue(told, again, self.clock.now()) if told or again else None

    async def _replayed(self, endpoint: Followed, asked: Mapping[str, Any]) -> tuple[list[tuple[str, Event]], set[str]]:
        if "delivery_ids" in asked:
            return [], await self.endpoints.of_endpoint(endpoint.id, asked["delivery_ids"])
        start, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
        told = await self._told([endpoint], await self.endpoints.between(start, end))
        return told, {self.message_id(endpoint.id, event.position or 0) for _, event in told}

    async def _told(self, endpoints: Sequence[Followed], events: Sequence[Event]) -> list[tuple[str, Event]]:
        """Return whom to tell of what: what an endpoint follows, as far as its account may read it."""
        followed = [
            (endpoint, event)
            for endpoint in endpoints
            for follow in [await self._with_surroundings(endpoint)]
            for event in events
            if any(one.matches(event, around) for one, around in follow)
        ]
        if not followed:
            return []
        viewers = await self.rights.viewers({endpoint.account_id for endpoint, _ in followed})
        presents = await presents_of(self.rights, [event for _, event in followed])
        return [
            (endpoint.id, event)
            for endpoint, event in followed
            if endpoint.account_id in viewers
            and reads_log(
                viewers[endpoint.account_id], Told(event, presents.get((event.subject_type, event.subject_id)))
            )
        ]

    async def _with_surroundings(self, endpoint: Followed) -> list[tuple[Follow, frozenset[str]]]:
        follows = [from_stored(stored) for stored in endpoint.follows]
        return [
            (follow, await self.upstream(follow.neighbourhoods) if follow.neighbourhoods else self._nothing)
            for follow in follows
        ]


async def presents_of(rights: Rights, events: Sequence[Event]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return what decides about the subjects of events now, where not everybody sees them: a statement per noun."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for noun in _SEEN_BY_SOME:
        ids = {event.subject_id for event in events if event.subject_type == noun}
        if ids:
            rows = await rights.present(noun, ids)
            found |= {(noun, record_id): row for record_id, row in rows.items()}
    return found


def webhooks(consumer: WebhookConsumer) -> Consumer:
    """Return the consumer that writes messages down."""
    return Consumer(NAME, consumer.compute, sets_aside=True)
