"""Lanes: what follows the log, cut so that none holds up another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

from domain.kernel.events import Event
from workers.roles import Role

EVENT_IDS = ("first_event_id", "last_event_id")
"""What a line of the log calls the events it is about."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Lane:
    """One kind of work, done step by step; other processes may have the same lane and share the work.

    `step` moves a bounded amount of work on and returns how much, 0 when nothing is left. `next_due` says when time
    alone brings the next. `failure` is what stopped the last step; the lane is tried again.
    """

    name: str
    role: Role
    step: Callable[[], Awaitable[int]]
    next_due: Callable[[], Awaitable[datetime | None]] | None = None
    failure: Exception | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def move(self) -> int:
        """Take one step and return how much it moved; a failure is kept, logged once while it lasts, and moves 0."""
        async with self._turn, _named(self.name):
            try:
                moved = await self.step()
            except Exception as failure:
                if repr(failure) != repr(self.failure):
                    _log.exception("%s stopped; it is tried again", self.name)
                self.failure = failure
                return 0
            if self.failure is not None:
                _log.warning("%s goes on", self.name)
                self.failure = None
            return moved


@asynccontextmanager
async def _named(lane: str) -> AsyncIterator[None]:
    """Have what is written down meanwhile name the lane, and the events that it says it handles."""
    with bound_contextvars(lane=lane):
        yield
    unbind_contextvars(*EVENT_IDS)


def about_events(events: Sequence[Event]) -> None:
    """Have what this lane writes down until the end of its step name the events it handles."""
    bind_contextvars(**dict(zip(EVENT_IDS, (events[0].id, events[-1].id), strict=True)))


async def until_idle(lanes: Sequence[Lane]) -> None:
    """Take steps in every lane, one after the other, until a whole round moves nothing."""
    while sum([await lane.move() for lane in lanes]):
        pass
