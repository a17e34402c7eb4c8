"""What one operation is answered with: who asks, and one state of the record for everything it reads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from api.auth import Authenticator
from api.reading import Reads
from api.terms import Terms
from domain.kernel.actor import Actor
from domain.kernel.keys import RecordKey
from domain.kernel.probes import Probe
from domain.ports import Ports

OpenReads = Callable[[Actor], AbstractAsyncContextManager[Reads]]


@dataclass(frozen=True, slots=True)
class Backend:
    """What the server was composed of."""

    ports: Ports
    open_reads: OpenReads
    authenticator: Authenticator
    terms: Terms
    probes: Sequence[Probe]
    key: RecordKey

    def following(self, actor: Actor, request_id: str) -> "FollowingContext":
        """Return the context in which a group of subscriptions is answered, event after event."""
        return FollowingContext(actor, self.ports, self.open_reads, request_id, self.key)

    def operation(self, actor: Actor, request_id: str, *, takes_parts: bool = False) -> "Context":
        """Return the context of one operation."""
        return Context(actor, self.ports, self.open_reads, request_id, self.key, self.terms, takes_parts)


@dataclass(slots=True)
class Context:
    """The context of one GraphQL operation.

    Its root fields are answered one after the other from one snapshot, which is opened when the first of them asks.
    """

    actor: Actor
    ports: Ports
    open_reads: OpenReads
    request_id: str
    key: RecordKey
    terms: Terms = field(default_factory=Terms)
    takes_parts: bool = False
    """Whether whoever asks can be answered in parts; else `@defer` is passed over and the answer comes whole."""
    _reads: Reads | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _held: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reads]:
        """Take the turn to read from the operation's snapshot; a connection answers one question at a time."""
        async with self._turn:
            if self._reads is None:
                self._reads = await self._held.enter_async_context(self.open_reads(self.actor))
            yield self._reads

    async def close(self) -> None:
        """Give the snapshot back; the next reading opens a new one, which sees what was committed since."""
        async with self._turn:
            self._reads = None
            await self._held.aclose()


@dataclass(slots=True)
class FollowingContext(Context):
    """The context of a group of subscriptions: what is worked out for one event is kept for the next."""

    asking: Any = None
