"""What one operation is answered with: who asks, and one state of the record for everything it reads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from domain.kernel.actor import Actor
from domain.ports import Ports, Reads

OpenReads = Callable[[Actor], AbstractAsyncContextManager[Reads]]


@dataclass(slots=True)
class Context:
    """The context of one GraphQL operation.

    Its root fields are answered one after the other from one snapshot, which is opened when the first of them asks.
    """

    actor: Actor
    ports: Ports
    open_reads: OpenReads
    request_id: str
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
