"""Recurring windows and meetings: rules in local time, expanded to instants (ENGINES 3.4).

A window is wall-clock membership: an instant is inside when the local clock shows a time of the window. In Berlin
02:00 to 04:00 so lasts 60 minutes on the day the clock jumps forward and 180 on the day it falls back; 02:15 to
02:45 does not exist on the first and comes twice on the second. A meeting is a start and a duration instead: its
start is resolved once and elapsed time is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.calendar.dates import LocalDates, attempt, parse_dates
from domain.calendar.wall_clock import (
    dates_around,
    first_showing,
    instants_showing,
    last_showing,
    midnight,
    parse_closing_time,
    parse_local_time,
    seconds_of_day,
    span_of_day,
)
from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.intervals import Interval, Intervals, clip, normalise, overlap
from domain.kernel.time import instant_showing, zone


class Strictness(StrEnum):
    """How to read a local time that a clock change makes ambiguous."""

    AS_SHOWN = "AS_SHOWN"
    """Inside is what the wall clock shows, both times when it shows it twice."""
    PERMISSION = "PERMISSION"
    """A permission shrinks: later start, earlier end."""
    PROHIBITION = "PROHIBITION"
    """A prohibition grows: earlier start, later end."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurring window of one zone; an end at or before the start is on the next day."""

    time_zone: str
    dates: LocalDates
    local_start: time
    local_end: time

    @classmethod
    def of(
        cls,
        *,
        time_zone: str,
        local_start: str,
        local_end: str,
        weekdays: Sequence[int] = (),
        rrule: str | None = None,
        dates: Sequence[str] = (),
        effective_from: date | None = None,
        effective_until: date | None = None,
        exceptions: Sequence[str] = (),
    ) -> "Recurrence":
        """Return the rule from its written form (times `HH:MM`, dates `YYYY-MM-DD`); `InvalidInput` names every fault.

        A listed date on which the clock jumps over the start or the end is a fault too: nobody can mean it.
        """
        faults: list[Issue] = []
        place = attempt(lambda: zone(time_zone, "time_zone"), faults)
        start = attempt(lambda: parse_local_time(local_start, "local_start"), faults)
        end = attempt(lambda: parse_closing_time(local_end, "local_end"), faults)
        chosen = attempt(
            lambda: LocalDates.of(
                weekdays=weekdays,
                rrule=rrule,
                dates=dates,
                effective_from=effective_from,
                effective_until=effective_until,
                exceptions=exceptions,
            ),
            faults,
        )
        if place is None or start is None or end is None or chosen is None:
            raise InvalidInput(faults)
        for index, day in enumerate(parse_dates(dates, "dates")):
            faults.extend(_jumped_over(day, span_of_day(start, end), place, f"dates.{index}"))
        if faults:
            raise InvalidInput(faults)
        return cls(time_zone, chosen, start, end)


@dataclass(frozen=True, slots=True)
class MeetingSeries:
    """Meetings of one zone that start at a local time and last a fixed number of elapsed seconds."""

    time_zone: str
    dates: LocalDates
    local_start: time
    duration: int

    @classmethod
    def of(
        cls,
        *,
        time_zone: str,
        local_start: str,
        minutes: int,
        rrule: str,
        effective_from: date | None = None,
        exceptions: Sequence[str] = (),
    ) -> "MeetingSeries":
        """Return the series from its written form; `InvalidInput` names every fault."""
        faults: list[Issue] = []
        attempt(lambda: zone(time_zone, "time_zone"), faults)
        start = attempt(lambda: parse_local_time(local_start, "local_start"), faults)
        chosen = attempt(
            lambda: LocalDates.of(rrule=rrule, effective_from=effective_from, exceptions=exceptions), faults
        )
        if minutes <= 0:
            faults.append(Issue("minutes", "must be more than 0"))
        if faults or start is None or chosen is None:
            raise InvalidInput(faults)
        return cls(time_zone, chosen, start, minutes * 60)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What one rule date comes to: usually one interval, two when the clock falls back inside a short window."""

    day: date
    intervals: Intervals


def expand(rule: Recurrence, within: Interval, strictness: Strictness = Strictness.AS_SHOWN) -> Intervals:
    """Return the instants of `within` that lie in the window.

    For one text, permission ⊆ as shown ⊆ prohibition. Adjoining occurrences are joined before ambiguous ends are
    resolved, so splitting a window in two changes nothing.
    """
    if within[0] >= within[1]:
        return ()
    place = ZoneInfo(rule.time_zone)
    begins, ends = span_of_day(rule.local_start, rule.local_end)
    days = rule.dates.between(*dates_around(place, within))
    wall = normalise((midnight(day) + begins, midnight(day) + ends) for day in days)
    match strictness:
        case Strictness.AS_SHOWN:
            return instants_showing(wall, place, within)
        case Strictness.PERMISSION:
            resolved = ((last_showing(start, place), first_showing(end, place)) for start, end in wall)
        case Strictness.PROHIBITION:
            resolved = ((first_showing(start, place), last_showing(end, place)) for start, end in wall)
    return clip(normalise(resolved), within)


def occurrences(rule: Recurrence, within: Interval) -> tuple[Occurrence, ...]:
    """Return the occurrences that meet `within`, whole and by date; one the clock jumps over has no instant."""
    if within[0] >= within[1]:
        return ()
    place = ZoneInfo(rule.time_zone)
    begins, ends = span_of_day(rule.local_start, rule.local_end)
    found: list[Occurrence] = []
    for day in rule.dates.between(*dates_around(place, within)):
        wall = (midnight(day) + begins, midnight(day) + ends)
        reach = (first_showing(wall[0], place), last_showing(wall[1], place))
        intervals = instants_showing((wall,), place, reach) if reach[0] < reach[1] else ()
        if clip(intervals, within):
            found.append(Occurrence(day, intervals))
    return tuple(found)


def meetings(series: MeetingSeries, within: Interval) -> tuple[Interval, ...]:
    """Return start and end of the meetings that share an instant with `within`, ascending.

    A start shown twice is the first; a start the clock jumps over takes the offset before the gap (RFC 5545 3.3.5).
    """
    if within[0] >= within[1]:
        return ()
    place = ZoneInfo(series.time_zone)
    days = series.dates.between(*dates_around(place, (within[0] - series.duration, within[1])))
    starts = (instant_showing(midnight(day) + seconds_of_day(series.local_start), place) for day in days)
    return tuple(
        (start, start + series.duration) for start in starts if overlap((start, start + series.duration), within)
    )


def _jumped_over(day: date, span: Interval, place: ZoneInfo, field: str) -> list[Issue]:
    """Return a fault for the start and the end of a listed span that the clock of the zone never shows."""
    # The end is outside the span, so the last second before it is what must exist.
    edges = {"start": midnight(day) + span[0], "end": midnight(day) + span[1] - 1}
    return [
        Issue(field, f"the clock of {place.key} jumps over the {edge} on this date")
        for edge, wall in edges.items()
        if first_showing(wall, place) == first_showing(wall + 1, place)
    ]
