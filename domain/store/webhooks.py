"""Deliveries of webhooks as rows: written by the consumer with its offset, claimed by senders, kept as a log."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.integration.model import DeliveryState, EndpointState
from domain.kernel.events import Event
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.log import EVENTS, Effect
from domain.store.tables.integration import webhook_attempt, webhook_delivery, webhook_endpoint
from domain.store.tables.log import outbox

CLAIMED = timedelta(minutes=2)
"""How long a sender may take; when it dies, another one takes over after that."""
EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as consumer and sender need it."""

    id: str
    url: str
    account_id: str
    state: EndpointState
    follows: Sequence[dict[str, Any]]
    secret_number: int
    previous_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A message whose time has come, with what it tells of."""

    id: str
    endpoint: Endpoint
    event: Event
    attempts: int
    first_tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one try."""

    tried_at: datetime
    is_taken: bool
    status: int | None
    milliseconds: int
    excerpt: str


def message_id(endpoint_id: str, position: int) -> str:
    """Return the id of the message that tells an endpoint of an event: the same however often it is written or sent."""
    return hashlib.sha256(f"{endpoint_id}:{position}".encode()).hexdigest()[:26]


class SqlWebhooks:
    """Endpoints and their deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def endpoints(self) -> list[Endpoint]:
        """Return the endpoints that are sent to."""
        enabled = _endpoints().where(webhook_endpoint.c.state == EndpointState.ENABLED)
        async with self._database.reader.connect() as connection:
            return [Endpoint(**row) for row in (await connection.execute(enabled)).mappings()]

    async def between(self, start: datetime, end: datetime) -> list[Event]:
        """Return the events that happened in `[start, end)`, in order."""
        happened = EVENTS.where(
            outbox.c.position.is_not(None), outbox.c.occurred_at >= start, outbox.c.occurred_at < end
        )
        async with self._database.reader.connect() as connection:
            return [Event(*row) for row in await connection.execute(happened.order_by(outbox.c.position))]

    def enqueue(self, told: Sequence[tuple[str, Event]], again: Collection[str], now: datetime) -> Effect:
        """Return the effect of writing messages down (endpoint and event each), and of sending some again."""

        async def write(connection: AsyncConnection) -> None:
            rows = {message_id(endpoint_id, event.position or 0): (endpoint_id, event) for endpoint_id, event in told}
            known: set[str] = set()
            for some in chunks(rows):
                there = sa.select(webhook_delivery.c.id).where(webhook_delivery.c.id.in_(some))
                known.update(await connection.scalars(there))
            new = [_new(key, *rows[key], now) for key in rows if key not in known]
            if new:
                await connection.execute(sa.insert(webhook_delivery), new)
            for some in chunks(again):
                await connection.execute(
                    sa.update(webhook_delivery)
                    .where(webhook_delivery.c.id.in_(some))
                    .values(
                        state=DeliveryState.PENDING,
                        due_at=now,
                        claimed_until=None,
                        attempts=0,
                        first_tried_at=None,
                        finished_at=None,
                    )
                )

        return write

    async def of_endpoint(self, endpoint_id: str, ids: Collection[str]) -> set[str]:
        """Return those of the messages that are the endpoint's."""
        delivery, found = webhook_delivery.c, set[str]()
        async with self._database.reader.connect() as connection:
            for some in chunks(ids):
                own = sa.select(delivery.id).where(delivery.endpoint_id == endpoint_id, delivery.id.in_(some))
                found.update(await connection.scalars(own))
        return found

    async def next_due(self) -> datetime | None:
        """Return when the next message that waits for no other is due, None when none waits."""
        earliest = _waiting(sa.func.min(webhook_delivery.c.due_at))
        async with self._database.reader.connect() as connection:
            due: datetime | None = await connection.scalar(earliest)
            return due

    async def claim(self, now: datetime, limit: int) -> list[DueDelivery]:
        """Take some messages that are due, for this sender alone until `CLAIMED` is over.

        Of one subject only the first that waits is taken, so that its messages arrive in order.
        """
        due = await self.next_due()
        if due is None or due > now:
            return []
        async with self._database.writer.begin() as connection:
            claimed = await connection.execute(
                sa.update(webhook_delivery)
                .where(webhook_delivery.c.id.in_(_claimable(now, limit)), *_is_free(now))
                .values(
                    claimed_until=now + CLAIMED, first_tried_at=sa.func.coalesce(webhook_delivery.c.first_tried_at, now)
                )
                .returning(webhook_delivery.c.id)
            )
            ids = list(claimed.scalars())
        return await self._load(ids)

    async def _load(self, ids: Collection[str]) -> list[DueDelivery]:
        if not ids:
            return []
        delivery = webhook_delivery.c
        async with self._database.reader.connect() as connection:
            rows = (
                await connection.execute(
                    sa.select(
                        delivery.id, delivery.endpoint_id, delivery.position, delivery.attempts, delivery.first_tried_at
                    ).where(delivery.id.in_(ids))
                )
            ).all()
            of_ids = _endpoints().where(webhook_endpoint.c.id.in_({row.endpoint_id for row in rows}))
            endpoints = {row["id"]: Endpoint(**row) for row in (await connection.execute(of_ids)).mappings()}
            told = EVENTS.where(outbox.c.position.in_({row.position for row in rows}))
            events = {row.position: Event(*row) for row in await connection.execute(told)}
        return [
            DueDelivery(row.id, endpoints[row.endpoint_id], events[row.position], row.attempts, row.first_tried_at)
            for row in sorted(rows, key=lambda row: row.position)
        ]

    async def note(
        self, delivery: DueDelivery, attempt: Attempt | None, state: DeliveryState, due_at: datetime, attempt_id: str
    ) -> None:
        """Write down what became of a try, and when the next one is due if there is to be one."""
        is_over = state is not DeliveryState.PENDING
        async with self._database.writer.begin() as connection:
            if attempt is not None:
                row = {
                    "tried_at": attempt.tried_at,
                    "is_taken": attempt.is_taken,
                    "status": attempt.status,
                    "milliseconds": attempt.milliseconds,
                    "excerpt": attempt.excerpt[:EXCERPT],
                }
                await connection.execute(
                    sa.insert(webhook_attempt).values(id=attempt_id, delivery_id=delivery.id, **row)
                )
            await connection.execute(
                sa.update(webhook_delivery)
                .where(webhook_delivery.c.id == delivery.id)
                .values(
                    state=state,
                    attempts=delivery.attempts + (attempt is not None),
                    due_at=due_at,
                    claimed_until=None,
                    finished_at=due_at if is_over else None,
                )
            )


def _endpoints() -> sa.Select[Any]:
    endpoint = webhook_endpoint.c
    return sa.select(
        endpoint.id,
        endpoint.url,
        endpoint.account_id,
        endpoint.state,
        endpoint.follows,
        endpoint.secret_number,
        endpoint.previous_secret_until,
    )


def _waiting(*columns: Any) -> sa.Select[Any]:
    """Return what waits for a try and for nothing else: of one subject only its first message."""
    waiting, earlier = webhook_delivery, webhook_delivery.alias("earlier")
    is_behind = sa.exists().where(
        earlier.c.endpoint_id == waiting.c.endpoint_id,
        earlier.c.subject == waiting.c.subject,
        earlier.c.position < waiting.c.position,
        earlier.c.state == DeliveryState.PENDING,
    )
    return (
        sa.select(*columns)
        .join(webhook_endpoint, webhook_endpoint.c.id == waiting.c.endpoint_id)
        .where(
            waiting.c.state == DeliveryState.PENDING,
            webhook_endpoint.c.state == EndpointState.ENABLED,
            ~is_behind,
        )
    )


def _claimable(now: datetime, limit: int) -> sa.Select[Any]:
    """Return the messages that may be taken: due, and claimed by nobody."""
    delivery = webhook_delivery.c
    return (
        _waiting(delivery.id)
        .where(delivery.due_at <= now, *_is_free(now))
        .order_by(delivery.due_at, delivery.position)
        .limit(limit)
    )


def _is_free(now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a second sender asks again of the row itself, once the first has let go of it."""
    delivery = webhook_delivery.c
    return [
        delivery.state == DeliveryState.PENDING,
        sa.or_(delivery.claimed_until.is_(None), delivery.claimed_until <= now),
    ]


def _new(key: str, endpoint_id: str, event: Event, now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "endpoint_id": endpoint_id,
        "position": event.position,
        "kind": event.kind,
        "subject": f"{event.subject_type}:{event.subject_id}",
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
    }
