"""Maintenance windows and freezes: recurring spans of local time with a scope (ENGINES 3.3, 3.4)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class WindowKind(StrEnum):
    """MAINTENANCE permits, BLACKOUT (a freeze) forbids."""

    MAINTENANCE = "MAINTENANCE"
    BLACKOUT = "BLACKOUT"


class ScopeKind(StrEnum):
    """What a window applies to."""

    ORGANISATION = "ORGANISATION"
    SITE = "SITE"
    CI_CLASS = "CI_CLASS"
    CI = "CI"
    SERVICE = "SERVICE"


@dataclass(eq=False, kw_only=True)
class ChangeWindow:
    """A rule `{zone, weekdays | RRULE | dates, local start, local end, effective range, exceptions}` with its scope.

    `weekdays` counts Monday as 0. `local_start` and `local_end` are "HH:MM"; an end at or before the start is on the
    next day. `scope_id` is the site, class name, CI id or service id; None for the organisation. A window is ended by
    `valid_to`, not deleted.
    """

    id: str
    external_id: str | None
    name: str
    kind: WindowKind
    scope_kind: ScopeKind
    scope_id: str | None = None
    time_zone: str
    local_start: str
    local_end: str
    weekdays: list[int] = field(default_factory=list)
    rrule: str | None = None
    dates: list[str] = field(default_factory=list)
    effective_from: date | None = None
    effective_until: date | None = None
    exceptions: list[str] = field(default_factory=list)
    valid_from: datetime
    valid_to: datetime | None = None
    exemptions: list["WindowExemption"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class WindowExemption:
    """Leave for one change to run inside a blackout, with who gave it and why."""

    id: str
    window_id: str
    change_id: str
    granted_by: str
    reason: str
    recorded_at: datetime
