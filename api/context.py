"""What one operation is answered with: who asks, and one state of the record for everything it reads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.websockets import WebSocket

from api.auth import Authenticator
from api.reading import Reads
from api.terms import Terms
from domain.kernel.actor import Actor
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

    def operation(self, actor: Actor, request_id: str) -> "Context":
        """Return the context of one operation."""
        return Context(actor, self.ports, self.open_reads, request_id, self.terms)


@dataclass(slots=True)
class Context:
    """The context of one GraphQL operation.

    Its root fields are answered one after the other from one snapshot, which is opened when the first of them asks.
    """

    actor: Actor
    ports: Ports
    open_reads: OpenReads
    request_id: str
    terms: Terms = field(default_factory=Terms)
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
class Connection:
    """The context of a WebSocket connection: whoever it was opened by asks every operation on it."""

    backend: Backend
    request_id: str
    socket: WebSocket
    actor: Actor | None = None
    expires_at: datetime | None = None
    """When the token of the connection ends, None when it must be revoked to end."""
    connection_params: dict[str, Any] = field(default_factory=dict)
    _operations: int = 0

    def operation(self) -> Context:
        """Return the context of the next operation; only an acknowledged connection has any."""
        if self.actor is None:
            raise PermissionError("the connection was not acknowledged")
        self._operations += 1
        return self.backend.operation(self.actor, f"{self.request_id}-{self._operations}")
