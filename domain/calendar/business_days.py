"""Business days: lead times, cut-offs and targets that count days of work instead of minutes (ENGINES 5).

A business day is a local date on which the calendar opens. One business day is a whole day of its opening hours:
from 11:00 to 11:00 on the next business day, and an instant outside the hours counts as the edge of the day beside
it. So one business day after Saturday is Monday's closing, and one business day before Saturday is Friday's opening.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.calendar.business import HORIZON, BusinessCalendar, deadline, elapsed, open_intervals
from domain.calendar.wall_clock import date_of, midnight
from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval
from domain.kernel.time import DAY, instant_showing, wall_seconds


@dataclass(frozen=True, slots=True)
class Minutes:
    """A target in minutes of open time."""

    count: int


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """A target in business days: on a calendar open 09:00 to 17:00 one of them is 8 hours, never 24."""

    count: int


Target = Minutes | BusinessDays


class BusinessDay(NamedTuple):
    """Midnight, first opening and last closing of a business day, in wall seconds."""

    midnight: int
    opens: int
    closes: int

    def same_time(self, other: "BusinessDay", wall: int) -> int:
        """Return the time of day that `wall` has on the other day, kept inside this day's hours."""
        return min(max(self.midnight + wall - other.midnight, self.opens), self.closes)


def business_days_after(calendar: BusinessCalendar, instant: int, days: int) -> int | None:
    """Return the instant `days` business days later, or None when two years do not hold that many."""
    _check_count(days)
    if days == 0:
        return instant
    place = ZoneInfo(calendar.time_zone)
    wall = wall_seconds(instant, place)
    ahead = list(islice((day for day in _business_days(calendar, wall, 1) if day.closes > wall), days + 1))
    if len(ahead) >= days and wall <= ahead[0].opens:
        return instant_showing(ahead[days - 1].closes, place)
    return instant_showing(ahead[days].same_time(ahead[0], wall), place) if len(ahead) > days else None


def business_days_before(calendar: BusinessCalendar, instant: int, days: int) -> int | None:
    """Return the instant `days` business days earlier, or None when two years do not hold that many.

    This is the latest instant that leaves that much working time: the cut-off of a lead time.
    """
    _check_count(days)
    if days == 0:
        return instant
    place = ZoneInfo(calendar.time_zone)
    wall = wall_seconds(instant, place)
    behind = list(islice((day for day in _business_days(calendar, wall, -1) if day.opens < wall), days + 1))
    if len(behind) >= days and wall >= behind[0].closes:
        return instant_showing(behind[days - 1].opens, place)
    return instant_showing(behind[days].same_time(behind[0], wall), place) if len(behind) > days else None


def business_days_between(calendar: BusinessCalendar, start: int, end: int) -> int:
    """Return how many business days begin after the local date of `start`, up to and with that of `end`.

    0 when both lie on one date, or when `end` is earlier.
    """
    place = ZoneInfo(calendar.time_zone)
    first, last = (date_of(wall_seconds(instant, place)) for instant in (start, end))
    return sum(bool(calendar.hours_of(first + timedelta(days=number))) for number in range(1, (last - first).days + 1))


def target_seconds(calendar: BusinessCalendar, start: int, target: Target) -> int | None:
    """Return the open seconds that a target means from this start, or None when two years do not hold it."""
    match target:
        case Minutes(count):
            return count * 60
        case BusinessDays(count):
            end = business_days_after(calendar, start, count)
            return None if end is None else elapsed(open_intervals(calendar, (start, end)), start, end)


def due(calendar: BusinessCalendar, start: int, target: Target, pauses: Iterable[Interval] = ()) -> int | None:
    """Return when the target falls due; each pause moves it by the open time paused. None when out of reach."""
    seconds = target_seconds(calendar, start, target)
    return None if seconds is None else deadline(calendar, start, seconds, pauses)


def warn_at(
    calendar: BusinessCalendar, start: int, target: Target, fraction: float, pauses: Iterable[Interval] = ()
) -> int | None:
    """Return when this fraction of the target is used up, such as 0.75; above 1 it is an escalation after the breach.

    It is a deadline of its own, not the deadline less some hours, so it never falls outside opening hours.
    """
    if fraction <= 0:
        raise InvalidInput.at("fraction", "must be more than 0")
    seconds = target_seconds(calendar, start, target)
    return None if seconds is None else deadline(calendar, start, round(seconds * fraction), pauses)


def _business_days(calendar: BusinessCalendar, wall: int, step: int) -> Iterator[BusinessDay]:
    """Yield the business days from around `wall` on, ascending (step 1) or descending (step -1), for two years."""
    # Hours belong to the date they start on, so those of the day before may still run.
    day = date_of(wall - step * DAY)
    for _ in range(HORIZON // DAY):
        hours = calendar.hours_of(day)
        if hours:
            yield BusinessDay(midnight(day), hours[0][0], hours[-1][1])
        day += timedelta(days=step)


def _check_count(days: int) -> None:
    if days < 0:
        raise InvalidInput.at("days", "must not be negative")
