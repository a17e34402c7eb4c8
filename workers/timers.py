"""Fires timers that are due: the lane rests until the instant, and looks by itself should a timer be set meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.kernel.time import Clock
from domain.usecases.reassessment import RECHECK_TIMER
from workers.lanes import Lane
from workers.ports import Effect, RecheckQueue, TimerEffect, Timers
from workers.roles import Role


def timer_effects(rechecks: RecheckQueue, clock: Clock) -> Mapping[str, TimerEffect]:
    """Return what each kind of timer does when it falls due."""

    def recheck(subject_ids: Sequence[str]) -> Effect:
        return rechecks.mark(footprint=subject_ids, risk_only=(), position=0, now=clock.now())

    return {RECHECK_TIMER: recheck}


def timers_lane(timers: Timers, effects: Mapping[str, TimerEffect], clock: Clock) -> Lane:
    """Return the lane that fires timers at their instant, each once."""

    async def fire() -> int:
        return await timers.fire(effects, clock.now())

    async def next_due() -> datetime | None:
        return await timers.next_due(sorted(effects))

    return Lane("timers", Role.TIMERS, fire, next_due)
