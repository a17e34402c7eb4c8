"""When what failed is tried again, and when no longer."""

from datetime import datetime, timedelta

TRIES = 12
"""Failures after which a person has to look: two hours and a half of waiting in all."""

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


def retry_at(failures: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failures: 5 s, then twice as long each time; None after the last."""
    if failures >= TRIES:
        return None
    doublings: int = 2 ** (failures - 1)
    return now + min(FIRST_RETRY * doublings, LONGEST_RETRY)
