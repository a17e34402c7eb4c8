"""How figures are taken: alternating, order reversed every other round, medians and percentiles."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median

ROUNDS = 5

Act = Callable[[], Awaitable[object]]


async def alternated(acts: Mapping[str, Act], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each act, all taken in turn so that a busy minute hits every one of them."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds + 1):
        names = list(acts) if number % 2 else list(reversed(acts))
        for name in names:
            began = time.perf_counter()
            await acts[name]()
            if number:  # the first round warms up
                taken[name].append(time.perf_counter() - began)
    return {name: median(seconds) for name, seconds in taken.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> str:
    """Return seconds as milliseconds for people."""
    return f"{seconds * 1000:9.1f} ms"
