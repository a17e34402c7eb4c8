"""Instants, windows and the clock.

An instant is an aware datetime in UTC. A span is a half-open `Window`: its start is inside, its end is not,
so two windows that touch do not overlap. Engines compute on whole epoch seconds (`domain.kernel.intervals`).

*Wall seconds* are what a wall clock shows, counted as if it were UTC: dates and local times become plain
numbers, and only `offset_segments` says which instants show them. Years 2 to 9998.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval

DAY = 86_400
"""Seconds of a day of 24 hours. Local days may be shorter or longer; see `offset_segments`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OffsetSegment = tuple[int, int, int]
"""Start, end (half open, epoch seconds) and the UTC offset in seconds that holds throughout."""


class Clock(Protocol):
    """Where `now` comes from; a parameter everywhere, so that tests and replays choose the instant."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for tests, seeds and replays."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant the clock was set to."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move the clock forward (or back, for a negative `by`)."""
        self.instant += by


def as_utc(instant: datetime, field: str) -> datetime:
    """Return the instant in UTC; a naive one is `InvalidInput` naming `field`."""
    if instant.tzinfo is None:
        raise InvalidInput.at(field, "needs a zone or an offset, e.g. 2026-11-23T08:00:00+01:00")
    return instant.astimezone(UTC)


def to_seconds(instant: datetime) -> int:
    """Return whole seconds since 1970-01-01T00:00:00Z, rounded down."""
    return int((instant - _EPOCH) // timedelta(seconds=1))


def from_seconds(seconds: int) -> datetime:
    """Return the UTC instant that lies `seconds` after 1970-01-01T00:00:00Z."""
    return _EPOCH + timedelta(seconds=seconds)


def utc_date(instant: datetime) -> date:
    """Return the date that an instant has in UTC."""
    # Nearly every instant is in UTC already; to convert them all anew took half of what edges are derived in.
    return instant.date() if instant.tzinfo is UTC else instant.astimezone(UTC).date()


def zone(name: str, field: str) -> ZoneInfo:
    """Return the IANA time zone of that name; an unknown one is `InvalidInput` naming `field`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidInput.at(field, f"'{name}' is not an IANA time zone, e.g. Europe/Berlin") from unknown


def _offset_at(place: ZoneInfo, instant: int) -> int:
    local = from_seconds(instant).astimezone(place)
    return to_seconds(local.replace(tzinfo=UTC)) - instant


def _first_instant_without(place: ZoneInfo, offset: int, instants: range) -> int:
    return instants.start + bisect_left(instants, True, key=lambda instant: _offset_at(place, instant) != offset)


@lru_cache(maxsize=8192)
def _segments_of_year(place: ZoneInfo, year: int) -> tuple[OffsetSegment, ...]:
    """Cut one UTC year where the offset changes: sample it daily, then search each changed day by halves."""
    year_start, year_end = (to_seconds(datetime(number, 1, 1, tzinfo=UTC)) for number in (year, year + 1))
    segments: list[OffsetSegment] = []
    start, offset = year_start, _offset_at(place, year_start)
    for probe in range(year_start + DAY, year_end + DAY, DAY):
        following = _offset_at(place, probe)
        if following == offset:
            continue
        change = _first_instant_without(place, offset, range(probe - DAY, probe))
        segments.append((start, change, offset))
        start, offset = change, following
    if start < year_end:
        segments.append((start, year_end, offset))
    return tuple(segments)


def offset_segments(place: ZoneInfo, within: Interval) -> tuple[OffsetSegment, ...]:
    """Return `within` cut into the longest pieces of one UTC offset, ascending (ENGINES 3.4)."""
    joined: list[OffsetSegment] = []
    for year in range(from_seconds(within[0]).year, from_seconds(within[1] - 1).year + 1):
        for segment_start, segment_end, offset in _segments_of_year(place, year):
            start, end = max(segment_start, within[0]), min(segment_end, within[1])
            if start >= end:
                continue
            if joined and joined[-1][2] == offset:
                joined[-1] = (joined[-1][0], end, offset)
            else:
                joined.append((start, end, offset))
    return tuple(joined)


def wall_seconds(instant: int, place: ZoneInfo) -> int:
    """Return what the wall clock of that zone shows at the instant, in wall seconds."""
    return instant + offset_segments(place, (instant, instant + 1))[0][2]


def instant_showing(wall: int, place: ZoneInfo) -> int:
    """Return the instant meant by one local time (RFC 5545 3.3.5).

    A time shown twice means the first; a time the clock jumps over is read with the offset before the gap.
    """
    # A datetime with fold=0 has exactly these two readings (PEP 495).
    return to_seconds(from_seconds(wall).replace(tzinfo=place))


def local_instant(local: datetime, zone_name: str, field: str) -> datetime:
    """Return the UTC instant of a one-off local time given without an offset.

    A time shown twice means the first. `InvalidInput` names `field` when the zone is unknown, the time carries
    an offset of its own, or the clock of that zone jumps over it.
    """
    if local.tzinfo is not None:
        raise InvalidInput.at(field, "must be a local time without an offset: the zone is given beside it")
    instant = local.replace(tzinfo=zone(zone_name, field), fold=0).astimezone(UTC)
    if instant.astimezone(zone(zone_name, field)).replace(tzinfo=None) != local.replace(fold=0):
        raise InvalidInput.at(field, f"{local:%Y-%m-%d %H:%M} does not exist in {zone_name}: the clock jumps over it")
    return instant


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span of time `[start, end)` in UTC, never empty."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime, end: datetime, field: str = "window") -> "Window":
        """Return the window after checking both ends; the faults name `field`."""
        begin, finish = as_utc(start, f"{field}.start"), as_utc(end, f"{field}.end")
        if finish <= begin:
            raise InvalidInput.at(f"{field}.end", "must be after the start")
        return cls(begin, finish)

    @property
    def seconds(self) -> Interval:
        """The window as epoch seconds, the form engines compute on."""
        return to_seconds(self.start), to_seconds(self.end)

    @property
    def duration(self) -> timedelta:
        """Elapsed time from start to end."""
        return self.end - self.start

    def overlaps(self, other: "Window") -> bool:
        """Whether the two share any instant; touching windows do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies inside: at or after the start, before the end."""
        return self.start <= instant < self.end
