"""What waits to be sent on one connection."""

import asyncio
from collections import deque

MOST_WAITING = 256
"""Messages that may wait for one connection. Whoever reads slower goes on from the log, at their own pace."""


class Mailbox:
    """Messages waiting to be sent on one connection, in order and bounded; putting one in never waits."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._taker: asyncio.Future[None] | None = None
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, message: str) -> bool:
        """Put a message in; False, and it is not taken, when there is no room."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        self.put_urgent(message)
        return True

    def put_urgent(self, message: str) -> None:
        """Put a message in whether there is room or not: answers of the protocol, one per message received."""
        self._waiting.append(message)
        if self._taker is not None and not self._taker.done():  # it may have given up a moment ago
            self._taker.set_result(None)
        if len(self._waiting) >= MOST_WAITING // 2:
            self._drained.clear()

    async def take(self) -> str:
        """Return the next message, once there is one; for one taker at a time."""
        while not self._waiting:
            # A future of its own takes less than an event, and every delivery waits for one.
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        message = self._waiting.popleft()
        if len(self._waiting) < MOST_WAITING // 2:
            self._drained.set()
        return message

    async def room(self) -> None:
        """Return once at most half of what may wait is waiting."""
        await self._drained.wait()

    def __len__(self) -> int:
        return len(self._waiting)
