"""Puts the changes that events touched into the recheck queue."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from domain.kernel.events import Event
from domain.kernel.time import Clock
from workers.consumers import Consumer
from workers.ports import Effect, RecheckQueue

NAME = "assessment"


class Affected(Protocol):
    """Which changes must be looked at again: footprint, conflicts and risk, or the risk alone."""

    @property
    def footprint(self) -> frozenset[str]:
        """Changes whose footprint may differ."""
        ...

    @property
    def risk_only(self) -> frozenset[str]:
        """Changes whose risk may differ."""
        ...


AffectedChanges = Callable[[Sequence[Event]], Awaitable[Affected]]


def assessment(affected_changes: AffectedChanges, rechecks: RecheckQueue, clock: Clock) -> Consumer:
    """Return the consumer that marks what events touched."""

    async def compute(events: Sequence[Event]) -> Effect | None:
        affected = await affected_changes(events)
        if not affected.footprint and not affected.risk_only:
            return None
        return rechecks.mark(
            footprint=affected.footprint,
            risk_only=affected.risk_only,
            position=events[-1].position or 0,
            now=clock.now(),
        )

    return Consumer(NAME, compute, sets_aside=True)
