"""What happens by the clock alone: every night a refit of the risk is proposed, by whichever process claims the row."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from domain.kernel.time import Clock
from workers.lanes import Lane
from workers.ports import ScheduledTimers
from workers.roles import Role
from workers.settings import SCHEDULED_SECONDS

FIT_TIMER = "risk.fit"
FIT_SUBJECT = "risk"
FIT_AT = time(2, 10)
"""In UTC: where most organisations sleep, and after the day's labels have matured at midnight."""

CLAIM = timedelta(seconds=SCHEDULED_SECONDS + 60)
"""How long a night belongs to the process that claimed it. Whoever finds it unfinished after that takes it over."""

_log = logging.getLogger(__name__)


def next_night(now: datetime) -> datetime:
    """Return the next instant at which a fit is due, after now."""
    tonight = datetime.combine(now.date(), FIT_AT, tzinfo=now.tzinfo)
    return tonight if tonight > now else tonight + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedules:
    """The nightly fit.

    A row is claimed before it runs, by moving it to the end of the claim: a process that is killed over it loses
    nothing, and several never run it twice. Nights that nobody was there for are made up for by one run. What fails
    tonight is tried again tomorrow, not every minute.
    """

    clock: Clock
    timers: ScheduledTimers
    fit: Callable[[], Awaitable[Any]]

    def lane(self) -> Lane:
        """Return the lane of what is scheduled."""
        return Lane("schedules", Role.SCHEDULES, self.run_due, self.next_due)

    async def next_due(self) -> datetime | None:
        """Return when the fit is due next."""
        return await self.timers.next_due([FIT_TIMER])

    async def run_due(self) -> bool:
        """Set the first night where none is set; run the fit if it is due and nobody has claimed it; say whether."""
        now = self.clock.now()
        due = await self.next_due()
        if due is None:
            await self.timers.arm(FIT_TIMER, FIT_SUBJECT, next_night(now))
            return False
        if due > now or not await self.timers.fire({FIT_TIMER: self.timers.again(FIT_TIMER, now + CLAIM)}, now):
            return False
        try:
            async with asyncio.timeout(SCHEDULED_SECONDS):
                await self.fit()
        except Exception:
            _log.exception("tonight's fit of the risk failed; the next one is due at %s", next_night(now))
        except asyncio.CancelledError:
            await self.timers.rearm(FIT_TIMER, FIT_SUBJECT, now)  # told to stop: another process may begin anew
            raise
        await self.timers.rearm(FIT_TIMER, FIT_SUBJECT, next_night(now))
        return True
