"""Fires timers that are due. A deferred job comes at the instant; the sweep is the safety net."""

from collections.abc import Mapping, Sequence

from domain.kernel.time import Clock
from domain.usecases.reassessment import RECHECK_TIMER
from workers.ports import Effect, RecheckQueue, TimerEffect, Timers


def timer_effects(rechecks: RecheckQueue, clock: Clock) -> Mapping[str, TimerEffect]:
    """Return what each kind of timer does when it falls due."""

    def recheck(subject_ids: Sequence[str]) -> Effect:
        return rechecks.mark(footprint=subject_ids, risk_only=(), position=0, now=clock.now())

    return {RECHECK_TIMER: recheck}


async def fire_due(timers: Timers, effects: Mapping[str, TimerEffect], clock: Clock) -> int:
    """Fire timers until none is due; return how many fired."""
    total = 0
    while fired := await timers.fire(effects, clock.now()):
        total += fired
    return total
