"""Tells every process that the log has grown: over Redis where there is one, else inside this process.

An announcement is only a wake-up. Losing one loses nothing: whoever waits looks anyway after a while.
"""

import asyncio
import logging
from contextlib import suppress

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from domain.kernel.events import Event
from workers.ending import end
from workers.ports import Effect, EventLog

CHANNEL = "headwater:log"
PAUSE_BEFORE_RETRY = 1.0
LISTEN_SECONDS = 5.0
EVENTS = 500

_log = logging.getLogger(__name__)


class Announcements:
    """One process's ear and mouth for news of the log."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._redis: ArqRedis | None = None
        self._listening: asyncio.Task[None] | None = None

    async def announce(self) -> None:
        """Say that the log has grown."""
        self._tell()
        if self._redis is not None:
            try:
                await self._redis.publish(CHANNEL, b"")
            except (RedisError, OSError, TimeoutError) as lost:
                _log.warning("an announcement was lost, polling will make up for it: %r", lost)

    async def wait(self, seconds: float) -> None:
        """Return when the log has grown, at the latest after so many seconds."""
        told = asyncio.Event()
        self._waiting.add(told)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), seconds)
        finally:
            self._waiting.discard(told)

    def use(self, redis: ArqRedis) -> None:
        """Announce over these connections from now on, and listen to what others announce."""
        self._redis = redis
        self._listening = asyncio.create_task(self._listen(redis), name="announcements")

    async def stop(self) -> None:
        """Listen no more."""
        self._redis = None
        if self._listening is not None:
            await end(self._listening)
            self._listening = None

    def _tell(self) -> None:
        for told in self._waiting:
            told.set()

    async def _listen(self, redis: ArqRedis) -> None:
        while True:
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    self._tell()  # who knows what was not heard
                    while True:
                        if await channel.get_message(timeout=LISTEN_SECONDS) is not None:
                            self._tell()
            except (RedisError, OSError, TimeoutError) as lost:
                _log.warning("no announcements for now, polling makes up for it: %r", lost)
                await asyncio.sleep(PAUSE_BEFORE_RETRY)


class AnnouncedLog:
    """A log whose numbering is announced: positions are what followers wait for."""

    def __init__(self, log: EventLog, announcements: Announcements) -> None:
        self._log, self._announcements = log, announcements

    async def number(self) -> int:
        """Give positions to some committed rows and announce them; return how many."""
        numbered = await self._log.number()
        if numbered:
            await self._announcements.announce()
        return numbered

    async def read_after(self, position: int, limit: int = EVENTS) -> list[Event]:
        """Return the next events after a position, in order."""
        return await self._log.read_after(position, limit)

    async def offset(self, consumer: str) -> int:
        """Return the position up to which the consumer's effects are written."""
        return await self._log.offset(consumer)

    async def advance(self, consumer: str, expected: int, reached: int, effect: Effect | None) -> bool:
        """Write the effect and move the offset together."""
        return await self._log.advance(consumer, expected, reached, effect)
