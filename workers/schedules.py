"""What happens by the clock alone: every night a refit of the risk is proposed, by whichever process claims the row."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from domain.kernel.time import Clock
from workers.ports import ScheduledTimers

FIT_TIMER = "risk.fit"
FIT_SUBJECT = "risk"
FIT_AT = time(2, 10)
"""In UTC: where most organisations sleep, and after the day's labels have matured at midnight."""

_log = logging.getLogger(__name__)


def next_night(now: datetime) -> datetime:
    """Return the next instant at which a fit is due, after now."""
    tonight = datetime.combine(now.date(), FIT_AT, tzinfo=now.tzinfo)
    return tonight if tonight > now else tonight + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedules:
    """The nightly fit. It is claimed before it runs: what fails tonight is tried again tomorrow, not every minute."""

    clock: Clock
    timers: ScheduledTimers
    fit: Callable[[], Awaitable[Any]]

    async def run_due(self) -> bool:
        """Arm the timer where none is; run the fit if it is due and nobody else took it; return whether it ran."""
        now = self.clock.now()
        due = await self.timers.next_due([FIT_TIMER])
        if due is None:
            await self.timers.arm(FIT_TIMER, FIT_SUBJECT, next_night(now))
            return False
        if due > now or not await self.timers.fire({FIT_TIMER: self.timers.again(FIT_TIMER, next_night(now))}, now):
            return False
        try:
            await self.fit()
        except Exception:
            _log.exception("tonight's fit of the risk failed; the next one is due at %s", next_night(now))
        return True
