"""What every wake-up leads to: timers, relay, consumers and rechecks go on until none of them moves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

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
    the next wake-up and holds up no other. `projections` bring stores that keep their own position to the head of the
    log, and return how many events they took in.
    """

    clock: Clock
    log: EventLog
    timers: Timers
    timer_effects: Mapping[str, TimerEffect]
    consumers: Sequence[Consumer]
    rechecks: RecheckQueue
    reassess: Reassess
    projections: Mapping[str, Callable[[], Awaitable[int]]] = field(default_factory=dict)
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
        # Projections first: what consumers ask of the graph had better be current.
        for name, project in self.projections.items():
            moved += await self._kept_going(name, project)
        for consumer in self.consumers:
            moved += await self._kept_going(consumer.name, partial(catch_up, self.log, consumer))
        moved += await work_off(self.rechecks, self.reassess, self.clock)
        return moved > 0

    async def _kept_going(self, name: str, follow: Callable[[], Awaitable[int]]) -> int:
        try:
            taken = await follow()
        except Exception as failure:
            _log.exception("consumer %s stopped", name)
            self.failures[name] = failure
            return 0
        self.failures.pop(name, None)
        return taken
