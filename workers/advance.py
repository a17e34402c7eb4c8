"""What every wake-up leads to: timers, relay, consumers and rechecks go on until none of them moves."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from structlog.contextvars import bound_contextvars

from domain.kernel.time import Clock
from workers.consumers import Consumer, catch_up
from workers.ports import EventLog, RecheckQueue, TimerEffect, Timers
from workers.rechecks import Reassess, work_off
from workers.relay import relay
from workers.timers import fire_due

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Advance:
    """One process's way of bringing effects up to date with the log; other processes may do the same beside it.

    `failures` holds what stopped a consumer when it last ran, by its name; a consumer that fails is tried again at
    the next wake-up and holds up no other.
    """

    clock: Clock
    log: EventLog
    timers: Timers
    timer_effects: Mapping[str, TimerEffect]
    consumers: Sequence[Consumer]
    rechecks: RecheckQueue
    reassess: Reassess
    failures: dict[str, Exception] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def until_idle(self) -> None:
        """Go on until a whole round moves nothing."""
        async with self._turn:
            while await self._round():
                pass

    async def for_at_most(self, seconds: float) -> bool:
        """Go on until nothing moves or the time is up; return whether there may be more to do."""
        end = time.monotonic() + seconds
        async with self._turn:
            while await self._round():
                if time.monotonic() >= end:
                    return True
        return False

    async def _round(self) -> bool:
        moved = await fire_due(self.timers, self.timer_effects, self.clock)
        moved += await relay(self.log)
        for consumer in self.consumers:
            moved += await self._consume(consumer)
        moved += await work_off(self.rechecks, self.reassess, self.clock)
        return moved > 0

    async def _consume(self, consumer: Consumer) -> int:
        with bound_contextvars(consumer=consumer.name, first_event_id=None, last_event_id=None):
            try:
                taken = await catch_up(self.log, consumer)
            except Exception as failure:
                _log.exception("consumer %s stopped", consumer.name)
                self.failures[consumer.name] = failure
                return 0
        self.failures.pop(consumer.name, None)
        return taken
