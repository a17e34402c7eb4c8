"""Consumers follow the log: each computes on what it has read, then writes effect and offset in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.kernel.events import Event
from workers.ports import Effect


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name under which the offset is kept, and what a run of events brings about (None: nothing).

    `compute` reads and computes outside any write transaction. It may be called again with the same events; only the
    effect that is written together with the offset counts.

    `sets_aside` says what becomes of an event that keeps failing. True: it becomes a dead letter, with the later ones
    of its subject behind it, and the consumer goes on. False, for what needs every event in order, as a projection
    does: the consumer stops there and says so, until it succeeds.
    """

    name: str
    compute: Callable[[Sequence[Event]], Awaitable[Effect | None]]
    sets_aside: bool = False
