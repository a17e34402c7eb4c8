"""What may be said of a business calendar, and what must hold of it (D12)."""

from dataclasses import dataclass
from typing import Any

from domain.calendar.business import BusinessCalendar
from domain.calendar.model import Calendar
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import text_issues
from domain.kernel.errors import InvalidInput, Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFacts:
    """What may be said of a calendar; see `domain.calendar.model.Calendar`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    time_zone: Maybe[str] = ABSENT
    weekly: Maybe[list[dict[str, Any]]] = ABSENT
    holidays: Maybe[list[str]] = ABSENT
    is_organisation_default: Maybe[bool] = ABSENT


def calendar_issues(calendar: Calendar) -> list[Issue]:
    """Return what is wrong with a calendar about to be stored: names, zone, hours, holidays."""
    issues = [
        *text_issues("external_id", calendar.external_id),
        *text_issues("name", calendar.name, required=True),
    ]
    try:
        BusinessCalendar.of(time_zone=calendar.time_zone, weekly=calendar.weekly, holidays=calendar.holidays)
    except InvalidInput as refusal:
        issues += refusal.issues
    return issues
