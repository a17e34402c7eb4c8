"""What a WebSocket and an event stream have in common: who listens, until when, and to what."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.auth import ProviderUnavailableError, UnauthenticatedError
from api.budget import exhausted
from api.context import Backend
from api.errors import not_listed
from api.live.documents import Document, RefusedDocumentError, subscription
from api.live.feed import LiveFeed
from api.live.mailbox import Mailbox
from api.live.rights import FORBIDDEN
from api.live.subscriber import Frame, Refuse, Subscriber
from api.schema import Schema
from domain.kernel.actor import Actor
from domain.kernel.audience import Viewer
from domain.kernel.errors import Refusal

UNAUTHORIZED, TOO_SLOW = 4401, 4410
SLOW_SECONDS = 30.0
"""How long one message may be on its way before the connection is given up."""


@dataclass(eq=False, slots=True)
class Session:
    """Somebody who listens; `close` ends the connection with a code and a reason."""

    backend: Backend
    feed: LiveFeed
    schema: Schema
    viewer: Viewer
    authorization: str | None
    close: Callable[[int, str], None]
    mailbox: Mailbox = field(default_factory=Mailbox)
    subscriptions: dict[str, Subscriber] = field(default_factory=dict)
    sending_since: float | None = None
    _expiry: asyncio.TimerHandle | None = None

    @classmethod
    async def opened(
        cls, state: Any, schema: Schema, authorization: str | None, close: Callable[[int, str], None]
    ) -> "Session | None":
        """Return the session of a bearer token, None when it stands for nobody; `state` is the server's."""
        backend: Backend = state.backend
        feed: LiveFeed = state.live
        async with feed.rights_turn:
            # Between what is read here and what the log tells next, nothing can get lost: the feed waits its turn.
            try:
                identity = await backend.authenticator.identity_of(authorization)
            except (UnauthenticatedError, ProviderUnavailableError):
                return None
            session = cls(backend, feed, schema, await feed.viewer(identity.actor), authorization, close)
            session.ends_at(identity.expires_at)
            feed.listeners.add(session)
        return session

    def ends_at(self, instant: datetime | None) -> None:
        """Close the session when its token ends; None: it does not."""
        if instant is not None:
            seconds = (instant - self.backend.ports.clock.now()).total_seconds()
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(max(seconds, 0.0), self.end, FORBIDDEN, "The token has expired")

    def look(self, now: float) -> None:
        """End a connection that has not taken a message for too long."""
        if self.sending_since is not None and now - self.sending_since > SLOW_SECONDS:
            self.end(TOO_SLOW, "Too slow: connect again with your last cursor")

    def subscribers(self) -> Iterable[Subscriber]:
        """Return what is followed."""
        return self.subscriptions.values()

    async def admitted(self) -> Actor | None:
        """Return who the token stands for by now."""
        try:
            return (await self.backend.authenticator.identity_of(self.authorization)).actor
        except UnauthenticatedError:
            return None
        except ProviderUnavailableError:
            return self.viewer.actor

    def take(self, viewer: Viewer) -> None:
        """Go on with other rights: each subscription is prepared anew, and ends where it is no longer allowed."""
        moved: list[tuple[Subscriber, Document]] = []
        for subscriber in self.subscriptions.values():
            key = subscriber.document.key
            try:
                document = subscription(
                    self.schema._schema, key.text, key.operation_name, subscriber.document.variables, viewer.actor
                )
            except (RefusedDocumentError, Refusal):
                self.end(FORBIDDEN, "Forbidden")
                return
            moved.append((subscriber, document))
        in_groups = [subscriber for subscriber, _ in moved if self.feed.leave(subscriber)]
        self.viewer = viewer
        for subscriber, document in moved:
            subscriber.document = document
        for subscriber in in_groups:
            self.feed.join(subscriber)

    def end(self, code: int, reason: str) -> None:
        """Close the connection."""
        self.close(code, reason)

    async def pay(self, cost: int) -> None:
        """Have the cost counted to whoever listens; `RefusedDocumentError` where that is beyond their budget."""
        charged = await self.backend.terms.budget.charge(self.viewer.actor.id, cost)
        if charged is not None and charged.is_exhausted:
            raise RefusedDocumentError(exhausted(charged))

    async def follow(self, key: str, document: Document, frame: Frame, refuse: Refuse) -> None:
        """Begin to follow; the key names the subscription on this connection, `refuse` ends it later with errors."""
        if not self.backend.terms.documents.permits(document.key.text):
            raise RefusedDocumentError(not_listed())
        subscriber = Subscriber(document, self, self.mailbox, frame, refuse)
        self.subscriptions[key] = subscriber
        try:
            await self.pay(document.cost)
            await self.feed.follow(subscriber)
        except BaseException:
            self.forget(key)
            raise

    def forget(self, key: str) -> None:
        """Follow that subscription no more."""
        subscriber = self.subscriptions.pop(key, None)
        if subscriber is not None:
            self.feed.forget(subscriber)

    def leave(self) -> None:
        """Follow nothing any more."""
        if self._expiry is not None:
            self._expiry.cancel()
        self.feed.listeners.discard(self)
        for key in list(self.subscriptions):
            self.forget(key)
