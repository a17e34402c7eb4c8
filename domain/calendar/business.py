"""Business time: what a calendar leaves open, how much of it has passed, when a target falls due (ENGINES 5).

    elapsed(start, end) = |[start, end) ∩ (opening hours ∖ pauses)|
    deadline(start, target) = min t : elapsed(start, t) = target

One definition serves agreements, lead times and cut-offs. All instants are epoch seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache, partial
from itertools import chain
from zoneinfo import ZoneInfo

from domain.calendar.dates import attempt, parse_dates
from domain.calendar.wall_clock import (
    dates_around,
    instants_showing,
    midnight,
    parse_closing_time,
    parse_local_time,
    span_of_day,
)
from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.intervals import Interval, Intervals, clip, normalise, subtract, total
from domain.kernel.time import DAY, zone

HORIZON = 731 * DAY
"""How far ahead a deadline is looked for: two years. A target not reached by then has none."""

_BLOCK = 28 * DAY
"""Opening hours are expanded and kept in blocks of this length."""


@dataclass(frozen=True, slots=True)
class OpeningSpan:
    """Weekly opening hours: weekday (Monday 0) and local times; an end at or before the start is on the next day."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class ExtraOpening:
    """Opening hours of one date beside the weekly ones, such as a working Saturday; holidays do not close them."""

    day: date
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When an organisation works, in the local time of one zone.

    Holidays are local dates of the calendar's own zone and close the weekly spans that start on them: a span that
    runs past midnight belongs to the date it starts on. A calendar may have no hours at all.
    """

    time_zone: str
    weekly: tuple[OpeningSpan, ...] = ()
    holidays: frozenset[date] = frozenset()
    extra: tuple[ExtraOpening, ...] = ()

    @classmethod
    def of(
        cls, *, time_zone: str, weekly: Sequence[Mapping[str, object]], holidays: Sequence[str] = ()
    ) -> "BusinessCalendar":
        """Return the calendar from its stored form (`domain.calendar.model`); `InvalidInput` names every fault."""
        faults: list[Issue] = []
        attempt(lambda: zone(time_zone, "time_zone"), faults)
        spans = attempt(lambda: _opening_spans(weekly), faults)
        closed = attempt(lambda: parse_dates(holidays, "holidays"), faults)
        if spans is None or closed is None or faults:
            raise InvalidInput(faults)
        return cls(time_zone, spans, frozenset(closed))

    def hours_of(self, day: date) -> Intervals:
        """Return the opening hours that belong to the local date, in wall seconds."""
        spans: list[OpeningSpan | ExtraOpening] = [span for span in self.extra if span.day == day]
        if day not in self.holidays:
            spans.extend(span for span in self.weekly if span.weekday == day.weekday())
        start = midnight(day)
        hours = (span_of_day(span.start, span.end) for span in spans)
        return normalise((start + begins, start + ends) for begins, ends in hours)


ALWAYS_OPEN = BusinessCalendar("UTC", tuple(OpeningSpan(weekday, time(0), time(0)) for weekday in range(7)))
"""24 hours on 7 days."""


def open_intervals(calendar: BusinessCalendar, within: Interval) -> Intervals:
    """Return the instants of `within` at which the calendar is open."""
    if within[0] >= within[1]:
        return ()
    blocks = range(within[0] // _BLOCK, (within[1] - 1) // _BLOCK + 1)
    return clip(normalise(chain.from_iterable(_open_in_block(calendar, block) for block in blocks)), within)


def elapsed(open_set: Intervals, start: int, end: int, pauses: Iterable[Interval] = ()) -> int:
    """Return the open seconds from `start` to `end` outside every pause; pauses may overlap and come in any order."""
    return total(subtract(clip(open_set, (start, end)), normalise(pauses)))


def closed_pauses(pauses: Iterable[tuple[int, int | None]], now: int) -> Intervals:
    """Return the union of the pauses; one that has not ended (None) ends at `now`."""
    return normalise((start, now if end is None else end) for start, end in pauses)


def deadline(
    calendar: BusinessCalendar, start: int, target_seconds: int, pauses: Iterable[Interval] = ()
) -> int | None:
    """Return the earliest instant by which `target_seconds` of open, unpaused time have passed since `start`.

    It may be a closing instant. None when two years do not suffice, as for a calendar without hours.
    """
    if target_seconds <= 0:
        return start
    stopped = normalise(pauses)
    limit = start + HORIZON
    remaining = target_seconds
    for block in range(start // _BLOCK, limit // _BLOCK + 1):
        for opens, closes in subtract(clip(_open_in_block(calendar, block), (start, limit)), stopped):
            if closes - opens >= remaining:
                return opens + remaining
            remaining -= closes - opens
    return None


@lru_cache(maxsize=4096)
def _open_in_block(calendar: BusinessCalendar, block: int) -> Intervals:
    within = (block * _BLOCK, (block + 1) * _BLOCK)
    place = ZoneInfo(calendar.time_zone)
    first, last = dates_around(place, within)
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    hours = normalise(chain.from_iterable(calendar.hours_of(day) for day in days))
    return instants_showing(hours, place, within)


def _opening_spans(stored: Sequence[Mapping[str, object]]) -> tuple[OpeningSpan, ...]:
    faults: list[Issue] = []
    spans: list[OpeningSpan] = []
    for index, span in enumerate(stored):
        field, weekday = f"weekly.{index}", span.get("weekday")
        start = attempt(partial(parse_local_time, str(span.get("start")), f"{field}.start"), faults)
        end = attempt(partial(parse_closing_time, str(span.get("end")), f"{field}.end"), faults)
        if not isinstance(weekday, int) or not 0 <= weekday <= 6:
            faults.append(Issue(f"{field}.weekday", "must be 0 (Monday) to 6 (Sunday)"))
        elif start is not None and end is not None:
            spans.append(OpeningSpan(weekday, start, end))
    if faults:
        raise InvalidInput(faults)
    return tuple(spans)
