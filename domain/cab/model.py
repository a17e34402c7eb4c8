"""The change advisory board: series, meetings and agenda items (R194 to R197; ENGINES 4.2)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MeetingState(StrEnum):
    """PLANNED can still be filled; PUBLISHED is stable (moves must earn it); HELD and CANCELLED are final."""

    PLANNED = "PLANNED"
    PUBLISHED = "PUBLISHED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


class MemberRole(StrEnum):
    """What a core member is to the board."""

    CHAIR = "CHAIR"
    DEPUTY = "DEPUTY"
    MEMBER = "MEMBER"


@dataclass(eq=False, kw_only=True)
class CabSeries:
    """A standing board: when it meets (RRULE in local time), how long, who sits on it, how many make a quorum.

    `lead_business_days` before a meeting is its cut-off. Holidays come from `calendar_id`.
    """

    id: str
    external_id: str | None
    name: str
    time_zone: str
    rrule: str
    local_start: str
    minutes: int
    opening_minutes: int = 5
    lead_business_days: int = 1
    quorum: int = 2
    is_electronic: bool = False
    calendar_id: str | None = None
    members: list["CabMember"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class CabMember:
    """A seat on the board's core roster."""

    id: str
    series_id: str
    person_id: str
    role: MemberRole = MemberRole.MEMBER


@dataclass(eq=False, kw_only=True)
class CabMeeting:
    """One sitting of a board. `cut_off_at` is when its agenda closes."""

    id: str
    number: str
    series_id: str
    start: datetime
    end: datetime
    cut_off_at: datetime
    state: MeetingState = MeetingState.PLANNED
    notes: str | None = None
    absences: list["CabAbsence"] = field(default_factory=list)
    items: list["AgendaItem"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class CabAbsence:
    """A core member who has declined a meeting."""

    id: str
    meeting_id: str
    person_id: str
    recorded_at: datetime


@dataclass(eq=False, kw_only=True)
class AgendaItem:
    """A change on a meeting's agenda: its place, its minutes and why it is here. A pinned place is a person's will."""

    id: str
    meeting_id: str
    change_id: str
    place: int
    minutes: int
    reason: str
    attendee_ids: list[str] = field(default_factory=list)
    is_pinned: bool = False
    is_published: bool = False
