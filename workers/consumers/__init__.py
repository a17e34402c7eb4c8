"""Consumers follow the log: each computes on what it has read, then writes effect and offset in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars

from domain.kernel.events import Event
from workers.ports import Effect, EventLog


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name under which the offset is kept, and what a run of events brings about (None: nothing).

    `compute` reads and computes outside any write transaction. It may be called again with the same events; only the
    effect that is written together with the offset counts.
    """

    name: str
    compute: Callable[[Sequence[Event]], Awaitable[Effect | None]]


async def catch_up(log: EventLog, consumer: Consumer) -> int:
    """Bring a consumer to the head of the log; return how many events it took in.

    Stops short when another process moves the same consumer: that one goes on. What is written down meanwhile names
    the events it is about.
    """
    total = 0
    offset = await log.offset(consumer.name)
    while events := await log.read_after(offset):
        bind_contextvars(first_event_id=events[0].id, last_event_id=events[-1].id)
        reached = events[-1].position or offset
        effect = await consumer.compute(events)
        if not await log.advance(consumer.name, offset, reached, effect):
            break
        offset = reached
        total += len(events)
    return total
