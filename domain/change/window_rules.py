"""What may be said of maintenance windows and freezes, and what must hold of them (ENGINES 3.3, 3.4)."""

from dataclasses import dataclass
from datetime import date

from domain.calendar.recurrence import Recurrence
from domain.change.windows import ChangeWindow, ScopeKind, WindowKind
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import text_issues
from domain.kernel.errors import InvalidInput, Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """What may be said of a window beside its kind and scope; see `domain.change.windows.ChangeWindow`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    time_zone: Maybe[str] = ABSENT
    local_start: Maybe[str] = ABSENT
    local_end: Maybe[str] = ABSENT
    weekdays: Maybe[list[int]] = ABSENT
    rrule: Maybe[str | None] = ABSENT
    dates: Maybe[list[str]] = ABSENT
    effective_from: Maybe[date | None] = ABSENT
    effective_until: Maybe[date | None] = ABSENT
    exceptions: Maybe[list[str]] = ABSENT


def change_window_issues(window: ChangeWindow) -> list[Issue]:
    """Return what is wrong with a window about to be stored: name, scope, zone, times, dates."""
    issues = [
        *text_issues("external_id", window.external_id),
        *text_issues("name", window.name, required=True),
    ]
    if window.scope_kind is ScopeKind.ORGANISATION:
        if window.scope_id is not None:
            issues.append(Issue("scope_id", "must be left out: the organisation is the scope"))
    else:
        issues += text_issues("scope_id", window.scope_id, required=True)
    try:
        Recurrence.of(
            time_zone=window.time_zone,
            local_start=window.local_start,
            local_end=window.local_end,
            weekdays=window.weekdays,
            rrule=window.rrule,
            dates=window.dates,
            effective_from=window.effective_from,
            effective_until=window.effective_until,
            exceptions=window.exceptions,
        )
    except InvalidInput as refusal:
        issues += refusal.issues
    return issues


def exemption_issues(window: ChangeWindow, change_id: str, reason: str) -> list[Issue]:
    """Return what is wrong with leave for a change to run inside this window."""
    issues = text_issues("reason", reason, required=True)
    if window.kind is not WindowKind.BLACKOUT:
        issues.append(Issue("window_id", "must be a blackout: a maintenance window forbids nothing"))
    if any(exemption.change_id == change_id for exemption in window.exemptions):
        issues.append(Issue("change_id", "has this leave already"))
    return issues
