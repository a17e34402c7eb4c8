"""The lanes of one process, each in a task of its own: they work when rung, and look by themselves at times."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from domain.kernel.time import Clock
from workers.lanes import Lane
from workers.roles import NEXT, Role
from workers.settings import PAUSE_SECONDS, STOP_SECONDS, SWEEP_SECONDS

_log = logging.getLogger(__name__)


class Crew:
    """Runs lanes until it is stopped. A ring is an event in memory; the sweep makes up for one that is lost."""

    def __init__(self, lanes: Sequence[Lane], clock: Clock, wake: Callable[[Role], None]) -> None:
        self._lanes, self._clock, self._wake = lanes, clock, wake
        self._bells = {lane.name: asyncio.Event() for lane in lanes}
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_running(self) -> bool:
        """Whether every lane is looked after."""
        return not any(task.done() for task in self._tasks)

    def start(self) -> None:
        """Look after every lane from now on, beginning with what was left undone before."""
        self._tasks = [asyncio.create_task(self._look_after(lane), name=lane.name) for lane in self._lanes]

    def ring(self, role: Role) -> bool:
        """Have the lanes of a role look now, or again once their step is done; False when there is none here."""
        bells = [self._bells[lane.name] for lane in self._lanes if lane.role is role]
        for bell in bells:
            bell.set()
        return bool(bells)

    async def stop(self) -> None:
        """Let running steps end, for a few seconds; what goes on after that is given up and left to be done again."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                _log.warning("%s did not end in time and is given up", task.get_name())
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _look_after(self, lane: Lane) -> None:
        while not self._stopping.is_set():
            self._bells[lane.name].clear()
            if await lane.move():
                for role in NEXT[lane.role]:
                    self._wake(role)
            else:
                await self._rest(lane)

    async def _rest(self, lane: Lane) -> None:
        if lane.failure is not None:
            await _wait(self._stopping, PAUSE_SECONDS)  # however often it is rung meanwhile
        await _wait(self._bells[lane.name], await self._seconds_until_due(lane))

    async def _seconds_until_due(self, lane: Lane) -> float:
        if lane.next_due is None or lane.failure is not None:
            return SWEEP_SECONDS
        try:
            due = await lane.next_due()
        except Exception as failure:
            _log.warning("%s could not look when it is next due: %r", lane.name, failure)
            return SWEEP_SECONDS
        if due is None:
            return SWEEP_SECONDS
        return min(max((due - self._clock.now()).total_seconds(), 0.0), SWEEP_SECONDS)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
