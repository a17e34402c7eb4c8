"""Spans of time."""

from datetime import datetime

import strawberry


@strawberry.type(description="A span of time: its start belongs to it, its end does not.")
class TimeWindow:
    """Half open, like `domain.kernel.time.Window`."""

    start: datetime = strawberry.field(description="First instant of the span.")
    end: datetime = strawberry.field(description="First instant after the span.")


def time_window(start: datetime | None, end: datetime | None) -> TimeWindow | None:
    """Return the span of two columns, None when either is unknown."""
    return None if start is None or end is None else TimeWindow(start=start, end=end)
