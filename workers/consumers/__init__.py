"""Consumers follow the log: each computes on what it has read, then writes effect and offset in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from domain.kernel.events import Event
from workers.lanes import Lane
from workers.ports import Effect, EventLog
from workers.roles import Role


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name under which the offset is kept, and what a run of events brings about (None: nothing).

    `compute` reads and computes outside any write transaction. It may be called again with the same events; only the
    effect that is written together with the offset counts.
    """

    name: str
    compute: Callable[[Sequence[Event]], Awaitable[Effect | None]]


async def consume(log: EventLog, consumer: Consumer) -> int:
    """Take in the next events and return how many; 0 at the head, or when another process moves the same consumer."""
    offset = await log.offset(consumer.name)
    events = await log.read_after(offset)
    if not events:
        return 0
    reached = events[-1].position or offset
    effect = await consumer.compute(events)
    return len(events) if await log.advance(consumer.name, offset, reached, effect) else 0


def consumer_lane(log: EventLog, consumer: Consumer) -> Lane:
    """Return the lane of a consumer: those of different names go on beside each other."""
    return Lane(f"consumer {consumer.name}", Role.CONSUMERS, partial(consume, log, consumer))
