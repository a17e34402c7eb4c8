"""Works off the recheck queue. A change that cannot be assessed waits longer each time and holds up no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from domain.kernel.time import Clock
from workers.lanes import Lane
from workers.ports import DueRecheck, RecheckQueue
from workers.roles import Role

BATCH = 50
BATCH_SECONDS = 20.0
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)

Reassess = Callable[[Sequence[str], Sequence[str]], Awaitable[None]]
"""Looks again at changes (first: footprint, conflicts and risk; second: only the risk) and stores what it finds."""

_log = logging.getLogger(__name__)


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after the given number of failures: 5 s, doubled each time, an hour at most."""
    doublings: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_RETRY * doublings, LONGEST_RETRY)


def rechecks_lane(rechecks: RecheckQueue, reassess: Reassess, clock: Clock) -> Lane:
    """Return the lane that works off the queue, a batch a step."""

    async def step() -> int:
        return await work_off(rechecks, reassess, clock)

    return Lane("rechecks", Role.CONSUMERS, step)


async def work_off(rechecks: RecheckQueue, reassess: Reassess, clock: Clock) -> int:
    """Reassess one batch of the changes that are due; return how many rows were taken, 0 when none was due."""
    rows = await rechecks.due(clock.now(), BATCH)
    if not rows:
        return 0
    if await _failure(reassess, rows) is None:
        await rechecks.finish(rows)
    else:
        for row in rows:
            await _work_off_alone(rechecks, reassess, clock, row)
    return len(rows)


async def _work_off_alone(rechecks: RecheckQueue, reassess: Reassess, clock: Clock, row: DueRecheck) -> None:
    failure = await _failure(reassess, [row])
    if failure is None:
        await rechecks.finish([row])
        return
    attempts = row.attempts + 1
    _log.warning("change %s could not be assessed (%d): %r", row.change_id, attempts, failure)
    await rechecks.fail(row, repr(failure), clock.now() + retry_delay(attempts))


async def _failure(reassess: Reassess, rows: Sequence[DueRecheck]) -> Exception | None:
    try:
        async with asyncio.timeout(BATCH_SECONDS):
            await reassess(
                [row.change_id for row in rows if row.needs_footprint],
                [row.change_id for row in rows if not row.needs_footprint],
            )
    except Exception as failure:
        return failure
    return None
