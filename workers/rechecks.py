"""Works off the recheck queue. A change that cannot be assessed waits longer each time and holds up no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.errors import Overtaken
from domain.kernel.time import Clock
from workers.lanes import Lane
from workers.ports import DueRecheck, RecheckQueue
from workers.retries import retry_at
from workers.roles import Role

BATCH = 50
BATCH_SECONDS = 15.0
CLAIM = timedelta(seconds=20)
"""How long a batch belongs to one worker; what a killed one leaves is taken over after that."""

Reassess = Callable[[Sequence[str], Sequence[str]], Awaitable[None]]
"""Looks again at changes (first: footprint, conflicts and risk; second: only the risk) and stores what it finds."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rechecks:
    """What takes batches of the queue; any number of workers do so beside each other.

    `more` is called when there may be more than one batch, so that others join in.
    """

    queue: RecheckQueue
    reassess: Reassess
    clock: Clock
    more: Callable[[], None] = lambda: None

    def lane(self) -> Lane:
        """Return the lane that works off the queue, a batch a step."""
        return Lane("rechecks", Role.CONSUMERS, self.work_off)

    async def work_off(self) -> int:
        """Reassess one batch of the changes that are due; return how many rows were taken, 0 when none was due."""
        rows = await self.queue.claim(self.clock.now(), BATCH, self._until())
        if len(rows) == BATCH:
            self.more()
        if rows:
            await self._work_off(rows)
        return len(rows)

    async def _work_off(self, rows: Sequence[DueRecheck]) -> None:
        try:
            failure = await self._failure(rows)
            if failure is None:
                await self.queue.finish(rows)
            elif isinstance(failure, Overtaken) and len(rows) > 1:
                half = len(rows) // 2  # the fewer at a time, the less often others come first
                await self.queue.release(rows[half:])
                await self._work_off(rows[:half])
            else:
                await self._work_off_each(rows)
        except asyncio.CancelledError:
            await self.queue.release(rows)  # told to stop: others need not wait for the end of the claim
            raise

    async def _work_off_each(self, rows: Sequence[DueRecheck]) -> None:
        for row in rows:
            held = await self.queue.hold(row, self._until())
            if held is not None:
                await self._work_off_alone(held)

    async def _work_off_alone(self, row: DueRecheck) -> None:
        failure = await self._failure([row])
        if isinstance(failure, Overtaken):
            await self.queue.release([row])  # somebody got on meanwhile; its turn comes again
            return
        if failure is None:
            await self.queue.finish([row])
            return
        now, failures = self.clock.now(), row.attempts + 1
        _log.warning("change %s could not be assessed (%d): %r", row.change_id, failures, failure)
        await self.queue.fail(row, repr(failure), now, retry_at(failures, now))

    async def _failure(self, rows: Sequence[DueRecheck]) -> Exception | None:
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                await self.reassess(
                    [row.change_id for row in rows if row.needs_footprint],
                    [row.change_id for row in rows if not row.needs_footprint],
                )
        except Exception as failure:
            return failure
        return None

    def _until(self) -> datetime:
        return self.clock.now() + CLAIM
