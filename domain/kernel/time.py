"""Instants, windows and the clock.

An instant is an aware datetime in UTC. A span is a half-open `Window`: its start is inside, its end is not,
so two windows that touch do not overlap. Engines compute on whole epoch seconds (`domain.kernel.intervals`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def zone(name: str, field: str) -> ZoneInfo:
    """Return the IANA time zone of that name; an unknown one is `InvalidInput` naming `field`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidInput.at(field, f"'{name}' is not an IANA time zone, e.g. Europe/Berlin") from unknown


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
