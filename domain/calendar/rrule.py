"""The subset of RFC 5545 recurrence rules that dates of windows and meetings need.

`FREQ=DAILY|WEEKLY|MONTHLY` with `INTERVAL`, `BYDAY` (with ordinals such as `2WE` or `-1SU` in monthly rules),
`BYMONTHDAY` (negative counts from the end of the month), and `UNTIL` (a date) or `COUNT`. Weeks start on Monday.
A rule chooses local dates only; times of day are no part of it, so no zone rule can bend it (ENGINES 3.4).
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.kernel.errors import InvalidInput

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_OF_WEEK = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "UNTIL", "COUNT")
_LONGEST_NUMBER = 4


class Frequency(StrEnum):
    """The period a rule counts in."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """A weekday (Monday 0), or with an ordinal the n-th one of a month: 2 the second, -1 the last."""

    weekday: int
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """A parsed rule. Days it names that a month does not have are skipped, as the RFC says."""

    frequency: Frequency
    interval: int = 1
    by_day: tuple[DayOfWeek, ...] = ()
    by_month_day: tuple[int, ...] = ()
    until: date | None = None
    count: int | None = None

    @property
    def needs_first_date(self) -> bool:
        """Whether the rule says which dates it means only together with the date it starts from."""
        takes_day_from_start = self.frequency is not Frequency.DAILY and not (self.by_day or self.by_month_day)
        return self.interval > 1 or self.count is not None or takes_day_from_start

    def dates(self, effective_from: date | None, first: date, last: date) -> list[date]:
        """Return the dates of the rule from `first` to `last`, both included, ascending.

        `effective_from` is where the rule starts: it anchors INTERVAL and COUNT and supplies a missing day.
        """
        anchor = effective_from or first
        begin = anchor if self.count is not None else max(anchor, first)
        end = last if self.until is None else min(last, self.until)
        chosen: list[date] = []
        counted = 0
        for ordinal in range(begin.toordinal(), end.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if not self._includes(anchor, day):
                continue
            counted += 1
            if day >= first:
                chosen.append(day)
            if counted == self.count:
                break
        return chosen

    def _includes(self, anchor: date, day: date) -> bool:
        return self._in_period(anchor, day) and self._on_weekday(anchor, day) and self._on_month_day(anchor, day)

    def _in_period(self, anchor: date, day: date) -> bool:
        if self.interval == 1:
            return True
        match self.frequency:
            case Frequency.DAILY:
                periods = (day - anchor).days
            case Frequency.WEEKLY:
                periods = (_monday(day) - _monday(anchor)).days // 7
            case Frequency.MONTHLY:
                periods = (day.year - anchor.year) * 12 + day.month - anchor.month
        return periods % self.interval == 0

    def _on_weekday(self, anchor: date, day: date) -> bool:
        if not self.by_day:
            return self.frequency is not Frequency.WEEKLY or day.weekday() == anchor.weekday()
        return any(
            wanted.weekday == day.weekday() and (wanted.ordinal is None or wanted.ordinal in _ordinals(day))
            for wanted in self.by_day
        )

    def _on_month_day(self, anchor: date, day: date) -> bool:
        if not self.by_month_day:
            takes_day_from_start = self.frequency is Frequency.MONTHLY and not self.by_day
            return not takes_day_from_start or day.day == anchor.day
        return day.day in self.by_month_day or day.day - _days_in_month(day) - 1 in self.by_month_day


def parse_rrule(text: str, field: str) -> RecurrenceRule:
    """Return the rule that the text spells, e.g. `FREQ=MONTHLY;BYDAY=2WE`; else `InvalidInput` naming `field`."""
    parts = _parts(text, field)
    if parts.get("FREQ") not in Frequency.__members__:
        raise InvalidInput.at(field, "FREQ must be DAILY, WEEKLY or MONTHLY")
    frequency = Frequency(parts["FREQ"])
    by_day = tuple(_day_of_week(item, frequency, field) for item in _items(parts, "BYDAY"))
    by_month_day = tuple(_month_day(item, field) for item in _items(parts, "BYMONTHDAY"))
    if frequency is Frequency.WEEKLY and by_month_day:
        raise InvalidInput.at(field, "BYMONTHDAY has no meaning in a WEEKLY rule")
    if "UNTIL" in parts and "COUNT" in parts:
        raise InvalidInput.at(field, "UNTIL and COUNT exclude each other")
    return RecurrenceRule(
        frequency=frequency,
        interval=_positive(parts.get("INTERVAL", "1"), "INTERVAL", field),
        by_day=by_day,
        by_month_day=by_month_day,
        until=_until(parts["UNTIL"], field) if "UNTIL" in parts else None,
        count=_positive(parts["COUNT"], "COUNT", field) if "COUNT" in parts else None,
    )


def _parts(text: str, field: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            raise InvalidInput.at(field, f"'{name}' is not a part this rule may have: use {', '.join(_PARTS)}")
        if name in parts:
            raise InvalidInput.at(field, f"{name} is given twice")
        parts[name] = value
    return parts


def _items(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _day_of_week(item: str, frequency: Frequency, field: str) -> DayOfWeek:
    found = _DAY_OF_WEEK.fullmatch(item)
    if not found:
        raise InvalidInput.at(field, f"BYDAY '{item}' is not a weekday such as WE, 2WE or -1SU")
    if found[1] and frequency is not Frequency.MONTHLY:
        raise InvalidInput.at(field, f"BYDAY '{item}' counts within a month: only a MONTHLY rule may")
    return DayOfWeek(_WEEKDAYS.index(found[2]), int(found[1]) if found[1] else None)


def _month_day(item: str, field: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,2}", item, re.ASCII) or not 1 <= abs(int(item)) <= 31:
        raise InvalidInput.at(field, f"BYMONTHDAY '{item}' is not 1 to 31 or -31 to -1")
    return int(item)


def _positive(value: str, name: str, field: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER and int(value) > 0):
        raise InvalidInput.at(field, f"{name} '{value}' is not a number from 1 to 9999")
    return int(value)


def _until(value: str, field: str) -> date:
    if re.fullmatch(r"\d{8}", value, re.ASCII):
        try:
            return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a local date has no zone
        except ValueError:
            pass
    raise InvalidInput.at(field, f"UNTIL '{value}' is not a date such as 20261231")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _ordinals(day: date) -> tuple[int, int]:
    """Return which of its weekday in the month the day is, counted from the start and from the end."""
    return (day.day - 1) // 7 + 1, -((_days_in_month(day) - day.day) // 7 + 1)
