"""When a message is tried again: soon, then ever later, until three days are full."""

from datetime import timedelta

DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 12 * 3_600)
)
"""Waits after the first failure, the second, ...; the last one from then on."""
WINDOW = timedelta(days=3)
"""How long a message is tried before it is given up and its endpoint disabled."""
JITTER = 0.1
"""Share by which a wait is made longer or shorter, so that what failed together is not tried together."""


def next_delay(failures: int, waited: timedelta, chance: float) -> timedelta | None:
    """Return how long to wait after so many failures, None when the window is full.

    `waited` is the time since the first try, `chance` a random number from 0 to 1.
    """
    if waited >= WINDOW:
        return None
    delay = DELAYS[min(failures, len(DELAYS)) - 1]
    jittered = delay * (1 + JITTER * (2 * chance - 1))
    # The last try is when the window is full, not before.
    return min(jittered, max(WINDOW - waited, timedelta(0)))
