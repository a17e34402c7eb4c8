"""From what wall clocks show to instants (ENGINES 3.4).

A set of local times is an `Intervals` in wall seconds (`domain.kernel.time`). An instant is inside when the wall
clock of the zone shows a time of the set. There are no special cases for clock changes: the horizon is cut into
pieces of one UTC offset, and in each the local times are shifted by that offset.
"""

from datetime import date, time
from zoneinfo import ZoneInfo

from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval, Intervals, clip, normalise
from domain.kernel.time import DAY, offset_segments, wall_seconds

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def midnight(day: date) -> int:
    """Return the wall seconds at which the local date begins."""
    return (day.toordinal() - _EPOCH_DAY) * DAY


def date_of(wall: int) -> date:
    """Return the local date that a wall clock shows."""
    return date.fromordinal(wall // DAY + _EPOCH_DAY)


def seconds_of_day(local: time) -> int:
    """Return the seconds the wall clock has counted since midnight."""
    return local.hour * 3600 + local.minute * 60 + local.second


def span_of_day(start: time, end: time) -> Interval:
    """Return start and end as seconds after midnight; an end at or before the start is on the next day."""
    begins, ends = seconds_of_day(start), seconds_of_day(end)
    return begins, ends if ends > begins else ends + DAY


def parse_local_time(text: str, field: str) -> time:
    """Return the time of day spelled `HH:MM`, else `InvalidInput` naming `field`."""
    hours, colon, minutes = text.partition(":")
    if colon and all(part.isascii() and part.isdigit() and len(part) == 2 for part in (hours, minutes)):
        try:
            return time(int(hours), int(minutes))
        except ValueError:
            pass
    raise InvalidInput.at(field, f"'{text}' is not a time of day such as 08:30")


def parse_closing_time(text: str, field: str) -> time:
    """Return the end of a span: like `parse_local_time`, and `24:00` is the midnight that ends the day."""
    return time(0) if text == "24:00" else parse_local_time(text, field)


def dates_around(place: ZoneInfo, within: Interval) -> tuple[date, date]:
    """Return the first and the last local date whose times, or whose overnight times, can meet `within`.

    One more day stands before them, so that joined spans do not begin inside the reach of a clock change.
    """
    first = date_of(wall_seconds(within[0], place) - 2 * DAY)
    return first, date_of(wall_seconds(within[1] - 1, place) + DAY)


def instants_showing(wall: Intervals, place: ZoneInfo, within: Interval) -> Intervals:
    """Return the instants inside `within` at which the wall clock shows a time of the set."""
    found: list[Interval] = []
    for start, end, offset in offset_segments(place, within):
        for opens, closes in clip(wall, (start + offset, end + offset)):
            found.append((opens - offset, closes - offset))
    return normalise(found)


def first_showing(wall: int, place: ZoneInfo) -> int:
    """Return the first instant at which the wall clock shows this time, or jumps over it."""
    return min(
        max(start, wall - offset)
        for start, end, offset in offset_segments(place, (wall - DAY, wall + DAY))
        if wall - offset < end
    )


def last_showing(wall: int, place: ZoneInfo) -> int:
    """Return the last instant at which the wall clock shows this time, or jumps over it."""
    return max(
        min(end, wall - offset)
        for start, end, offset in offset_segments(place, (wall - DAY, wall + DAY))
        if wall - offset >= start
    )
