"""The demo's dates: everything is told from the as-of instant, in the zone of the bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from domain.calendar.business import BusinessCalendar
from domain.calendar.business_days import business_days_before
from domain.kernel.time import to_seconds

ZONE_NAME = "Europe/Berlin"
ZONE = ZoneInfo(ZONE_NAME)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BOARD_WEEKDAY = WEEKDAYS.index("Wed")
BOARD_HOUR = time(10)
OFFICE_HOURS: list[dict[str, object]] = [{"weekday": weekday, "start": "08:00", "end": "18:00"} for weekday in range(5)]

_FIXED_HOLIDAYS = ((1, 1), (5, 1), (10, 3), (10, 31), (12, 24), (12, 25), (12, 26), (12, 31))
"""New Year, Labour Day, German Unity, Reformation Day (Lower Saxony, Bremen), Christmas, and the two bank holidays."""

_DAYS_FROM_EASTER = (-2, 1, 39, 50)
"""Good Friday, Easter Monday, Ascension Day, Whit Monday."""


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def bank_holidays(year: int) -> list[date]:
    """Return the days of a year on which banks in Lower Saxony and Bremen are closed beside weekends."""
    moving = [easter(year) + timedelta(days=days) for days in _DAYS_FROM_EASTER]
    return sorted({*(date(year, month, day) for month, day in _FIXED_HOLIDAYS), *moving})


def this_monday(now: datetime) -> datetime:
    """Return Monday 08:00 of the week of an instant, in the zone of the bank: the default of --as-of."""
    local = now.astimezone(ZONE).date()
    return local_instant(local - timedelta(days=local.weekday()), time(8))


def local_instant(day: date, clock: time) -> datetime:
    """Return the UTC instant at which the bank's clocks first show a local time (or would, in a spring gap)."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Timeline:
    """Days and weeks around `as_of` (UTC). Week 0 is that of the next board meeting that still takes changes."""

    as_of: datetime

    @cached_property
    def today(self) -> date:
        """The local date of `as_of`."""
        return self.as_of.astimezone(ZONE).date()

    @cached_property
    def holidays(self) -> list[str]:
        """Bank holidays from three years back to two ahead, as stored."""
        years = range(self.today.year - 3, self.today.year + 3)
        return [day.isoformat() for year in years for day in bank_holidays(year)]

    @cached_property
    def office(self) -> BusinessCalendar:
        """The organisation's business hours."""
        return BusinessCalendar.of(time_zone=ZONE_NAME, weekly=OFFICE_HOURS, holidays=self.holidays)

    @cached_property
    def board_day(self) -> date:
        """The date of the next weekly board whose agenda has not closed yet."""
        return next(day for day in self._wednesdays() if self._is_agenda_open(day))

    def at(self, when: str) -> datetime:
        """Return the instant a table means, in local time.

        "1 Fri 20:00" counts weeks from the board's, "+1 22:00" business days from today, "in 12" hours from `as_of`.
        """
        first, rest = when.split(maxsplit=1)
        if first == "in":
            return self.as_of + timedelta(hours=float(rest))
        if first.startswith("+"):
            return local_instant(self._business_day(int(first)), time.fromisoformat(rest))
        weekday, clock = rest.split()
        monday = self.board_day - timedelta(days=BOARD_WEEKDAY)
        day = monday + timedelta(days=7 * int(first) + WEEKDAYS.index(weekday))
        return local_instant(day, time.fromisoformat(clock))

    def ago(self, days: float) -> datetime:
        """Return the instant so many days before `as_of`, in whole minutes."""
        return self.as_of - timedelta(minutes=round(days * 24 * 60))

    def day(self, when: str) -> str:
        """Return the local date of "1 Fri", as stored."""
        return self.at(f"{when} 12:00").astimezone(ZONE).date().isoformat()

    def _business_day(self, ahead: int) -> date:
        day = self.today
        while ahead > 0:
            day += timedelta(days=1)
            ahead -= day.weekday() < 5 and day.isoformat() not in self.holidays
        return day

    def _wednesdays(self) -> Iterator[date]:
        day = self.today + timedelta(days=(BOARD_WEEKDAY - self.today.weekday()) % 7)
        while True:
            if day.isoformat() not in self.holidays:
                yield day
            day += timedelta(days=7)

    def _is_agenda_open(self, day: date) -> bool:
        start = to_seconds(local_instant(day, BOARD_HOUR))
        closes = business_days_before(self.office, start, 1)
        return closes is not None and closes > to_seconds(self.as_of)
