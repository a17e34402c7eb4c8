"""The change advisory board as GraphQL shows it."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import One, Several, many
from api.relay import Connection, Node, global_id
from api.types.filters import DateTimeFilter, IdFilter
from api.types.names import ACalendar, AChange, APerson
from api.types.references import reference_input
from api.types.time import TimeWindow, time_window
from api.viewing import viewer_can
from domain.cab.model import MeetingState, MemberRole
from domain.cab.rules import LIFECYCLE, MeetingAct
from domain.kernel.duties import RecordAct
from domain.kernel.page import Ordering


@strawberry.type(description="A seat on a board.")
class CabMember:
    """Rows of the noun `cab_member`."""

    noun: ClassVar[str] = "cab_member"

    role: MemberRole = column("What the member is to the board.")
    person: APerson | None = sourced("The member.", One("person_id"))


@strawberry.type(description="A standing board: when it meets and who sits on it.")
class CabSeries(Node):
    """Rows of the noun `cab_series`."""

    noun: ClassVar[str] = "cab_series"

    id: strawberry.ID = global_id("CabSeries")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the board.")
    time_zone: str = column("IANA time zone in which its times are meant.")
    rrule: str = column("When it meets: a recurrence rule by RFC 5545.")
    local_start: str = column("Local time HH:MM at which it meets.")
    minutes: int = column("Minutes of a meeting.")
    opening_minutes: int = column("Minutes of a meeting before its first item.")
    lead_business_days: int = column("Business days before a meeting at which its agenda closes.")
    quorum: int = column("How many members must be present.")
    is_electronic: bool = column("Whether it votes without meeting.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("cab_series")
    calendar: ACalendar | None = sourced("Its holidays; null for those of the organisation.", One("calendar_id"))
    members: Connection[CabMember] = many("Who sits on it.", "series")
    meetings: Connection["CabMeeting"] = many(
        "Its meetings, the earliest first.", "series", by_default=(Ordering("start"),)
    )


@strawberry.type(description="A member who has declined a meeting.")
class CabAbsence:
    """Rows of the noun `cab_absence`."""

    noun: ClassVar[str] = "cab_absence"

    recorded_at: datetime = column("When the member declined.")
    person: APerson | None = sourced("The member.", One("person_id"))


@strawberry.type(description="A change on the agenda of a meeting.")
class AgendaItem:
    """Rows of the noun `agenda_item`."""

    noun: ClassVar[str] = "agenda_item"

    place: int = column("Place on the agenda, from 1.")
    minutes: int = column("Minutes it is given.")
    reason: str = column("Why it is on this agenda.")
    is_pinned: bool = column("Whether a person chose its place, so that planning leaves it there.")
    is_published: bool = column("Whether it was on the agenda when that was published.")
    change: AChange | None = sourced("The change to decide about.", One("change_id"))
    meeting: "CabMeeting | None" = sourced("The meeting.", One("meeting_id"))
    attendees: list[APerson] = sourced("Who must be there for it.", Several("attendee_ids"))


@strawberry.type(description="One sitting of a board.")
class CabMeeting(Node):
    """Rows of the noun `cab_meeting`."""

    noun: ClassVar[str] = "cab_meeting"

    id: strawberry.ID = global_id("CabMeeting")
    number: str = column("Number people use, e.g. CAB0000123.")
    window: TimeWindow = computed("When it takes place.", ("start", "end"), time_window)
    cut_off_at: datetime = column("When its agenda closes.")
    state: MeetingState = column("Where it is in its life.")
    notes: str | None = column("What was noted; null when nothing was.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[MeetingAct] = viewer_can("cab_meeting", ("state",), LIFECYCLE.allowed)
    series: CabSeries | None = sourced("The board that meets.", One("series_id"))
    items: Connection[AgendaItem] = many("Its agenda, in order.", "meeting", by_default=(Ordering("place"),))
    absences: Connection[CabAbsence] = many("Who has declined.", "meeting")


CabSeriesOrder = order_input("CabSeries", name="By name.")
CabMeetingOrder = order_input("CabMeeting", start="By when it takes place.")
CabSeriesRef = reference_input("CabSeries", "id", "name", "external_id")
CabMeetingRef = reference_input("CabMeeting", "id", "number")


@strawberry.input(description="Which meetings: those that match every field given.")
class CabMeetingWhere:
    """Filters over indexes of the noun `cab_meeting`."""

    start: DateTimeFilter | None = filtered("By when they begin.", "start")
    series: IdFilter | None = filtered("By the board that meets.", "series_id", of="CabSeries")
