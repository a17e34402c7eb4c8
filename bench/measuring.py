"""How figures are taken: alternating, order reversed every other round, medians and percentiles, wall beside CPU.

The CPU is that of the whole process: on a machine that others use, it moves by a quarter where the wall clock doubles.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROUNDS = 5
LEAST_SECONDS = 0.2
"""What is over sooner is done again until so much has passed: a single walk of a millisecond says little."""

Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Taken:
    """What repeated acts took, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def time(self, act: Act, least: float = 0.0) -> None:
        """Do the act once, or over and over for at least so many seconds, and keep what one of them took."""
        began, cpu, times = time.perf_counter(), time.process_time(), 0
        while not times or time.perf_counter() - began < least:
            await act()
            times += 1
        self.wall.append((time.perf_counter() - began) / times)
        self.cpu.append((time.process_time() - cpu) / times)

    def median(self) -> tuple[float, float]:
        """Return the medians of wall and CPU."""
        return median(self.wall), median(self.cpu)

    def told(self) -> str:
        """Return the figures for people."""
        wall, cpu = self.wall, self.cpu
        return (
            f"wall p50 {ms(percentile(wall, 0.5))}  p95 {ms(percentile(wall, 0.95))}  longest {ms(max(wall))}"
            f"   cpu p50 {ms(percentile(cpu, 0.5))}  p95 {ms(percentile(cpu, 0.95))}"
        )


async def alternated(acts: Mapping[str, Act], rounds: int = ROUNDS) -> dict[str, Taken]:
    """Return what each act took, all taken in turn so that a busy minute hits every one of them."""
    taken = {name: Taken() for name in acts}
    for number in range(rounds + 1):
        names = list(acts) if number % 2 else list(acts)[::-1]
        for name in names:
            # The first round warms up.
            await (taken[name] if number else Taken()).time(acts[name], LEAST_SECONDS)
    return taken


class LoopLag:
    """How late the event loop comes to what is due, sampled every few milliseconds: what everybody else waits."""

    EVERY_SECONDS = 0.005

    def __init__(self) -> None:
        self.late: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LoopLag":
        self._task = asyncio.create_task(self._sample())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _sample(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(self.EVERY_SECONDS)
            self.late.append(time.perf_counter() - began - self.EVERY_SECONDS)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> str:
    """Return seconds as milliseconds for people."""
    return f"{seconds * 1000:8.1f} ms"


def resident_mib(pid: int | None = None) -> float:
    """Return the memory that a process holds, in MiB; of this process unless another is named."""
    pages = int(Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
