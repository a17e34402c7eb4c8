"""Which local dates a recurring window or meeting falls on, and how the written form of a rule is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from domain.calendar.rrule import RecurrenceRule, parse_rrule
from domain.kernel.errors import InvalidInput, Issue

Checked = TypeVar("Checked")


def attempt(check: Callable[[], Checked], faults: list[Issue]) -> Checked | None:
    """Return what the check returns, or None after adding its faults: so one refusal can name every fault."""
    try:
        return check()
    except InvalidInput as refusal:
        faults.extend(refusal.issues)
        return None


def parse_dates(texts: Sequence[str], field: str) -> tuple[date, ...]:
    """Return the dates spelled `YYYY-MM-DD`; `InvalidInput` names `field` and the place of each wrong one."""
    faults: list[Issue] = []
    days: list[date] = []
    for index, text in enumerate(texts):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            faults.append(Issue(f"{field}.{index}", f"'{text}' is not a date such as 2026-11-23"))
    if faults:
        raise InvalidInput(faults)
    return tuple(days)


@dataclass(frozen=True, slots=True)
class LocalDates:
    """Which local dates: weekdays (Monday 0), a rule or a list, within an effective range, without the exceptions.

    Exactly one of `weekdays`, `rule` and `listed` is given. Both ends of the effective range are included.
    """

    weekdays: frozenset[int] = frozenset()
    rule: RecurrenceRule | None = None
    listed: frozenset[date] = frozenset()
    effective_from: date | None = None
    effective_until: date | None = None
    exceptions: frozenset[date] = frozenset()

    def between(self, first: date, last: date) -> list[date]:
        """Return the dates of the rule from `first` to `last`, both included, ascending."""
        first = max(first, self.effective_from or first)
        last = min(last, self.effective_until or last)
        if self.rule:
            chosen = self.rule.dates(self.effective_from, first, last)
        elif self.weekdays:
            every_day = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
            chosen = [day for day in every_day if day.weekday() in self.weekdays]
        else:
            chosen = sorted(day for day in self.listed if first <= day <= last)
        return [day for day in chosen if day not in self.exceptions] if self.exceptions else chosen

    @classmethod
    def of(
        cls,
        *,
        weekdays: Sequence[int] = (),
        rrule: str | None = None,
        dates: Sequence[str] = (),
        effective_from: date | None = None,
        effective_until: date | None = None,
        exceptions: Sequence[str] = (),
    ) -> "LocalDates":
        """Return the dates from their written form (`YYYY-MM-DD`); `InvalidInput` names every fault."""
        faults: list[Issue] = []
        if sum((bool(weekdays), bool(rrule), bool(dates))) != 1:
            faults.append(Issue("weekdays", "give exactly one of weekdays, rrule and dates"))
        if not all(0 <= weekday <= 6 for weekday in weekdays):
            faults.append(Issue("weekdays", "must be 0 (Monday) to 6 (Sunday)"))
        if effective_from and effective_until and effective_until < effective_from:
            faults.append(Issue("effective_until", "must not be before effective_from"))
        rule = attempt(lambda: parse_rrule(rrule, "rrule"), faults) if rrule else None
        if rule and rule.needs_first_date and not effective_from:
            faults.append(Issue("effective_from", "is needed: the rrule counts from its first date"))
        listed = attempt(lambda: parse_dates(dates, "dates"), faults) or ()
        excepted = attempt(lambda: parse_dates(exceptions, "exceptions"), faults) or ()
        if faults:
            raise InvalidInput(faults)
        return cls(frozenset(weekdays), rule, frozenset(listed), effective_from, effective_until, frozenset(excepted))
