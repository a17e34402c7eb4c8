"""Mutations about the change advisory board: boards, rosters, meetings, agendas."""

from datetime import datetime

import strawberry

from api.answering import reread
from api.answers import listed
from api.context import Context
from api.relay import Connection
from api.types.board import CabMeeting, CabSeries
from api.types.planning import CabProposal, proposal_row
from api.verbs import ACTS, CREATES, EDITS, SEEN, STEPS, Outcome, Repeatable, given, needed, result_of, verb, with_facts
from domain.cab.model import MemberRole
from domain.cab.rules import SeriesFacts
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import Duplicate, Forbidden, NotFound, StaleVersion
from domain.ports import Ports
from domain.usecases import cab, planning
from domain.usecases.cab import SeatPlan

SERIES = Outcome("cab_series", CabSeries, "The board")
MEETING = Outcome("cab_meeting", CabMeeting, "The meeting")


@strawberry.input(description="A board, by its name: what is absent stays, null clears.")
class CabSeriesDefineInput:
    """Facts of a board."""

    name: str = given("Name of the board. A new name makes a new board.")
    expected_version: int = given("Version you saw; 0 when there is no such board yet.", default=0)
    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    time_zone: strawberry.Maybe[str] = given("IANA time zone in which its times are meant; UTC unless given.")
    rrule: strawberry.Maybe[str] = given("When it meets: a rule by RFC 5545, e.g. FREQ=WEEKLY;BYDAY=WE.")
    local_start: strawberry.Maybe[str] = given("Local time HH:MM at which it meets.")
    minutes: strawberry.Maybe[int] = given("Minutes of a meeting, 1 to 1,440.")
    opening_minutes: strawberry.Maybe[int] = given("Minutes of a meeting before its first item; 5 unless given.")
    lead_business_days: strawberry.Maybe[int] = given(
        "Business days before a meeting at which its agenda closes, 0 to 90; 1 unless given."
    )
    quorum: strawberry.Maybe[int] = given("How many members must be present; 2 unless given.")
    is_electronic: strawberry.Maybe[bool] = given("Whether it votes without meeting.")
    calendar_id: strawberry.Maybe[strawberry.ID | None] = given(
        "Its holidays; null for those of the organisation.", of="Calendar"
    )


@strawberry.input(description="A seat on a board.")
class CabSeatInput:
    """Whose, and what that person is to the board."""

    person_id: strawberry.ID = given("The member.", of="Person")
    role: MemberRole = given("What the member is to the board.", default=MemberRole.MEMBER)


@strawberry.input(description="Who sits on a board.")
class CabMembersSetInput:
    """All of them, with one chair."""

    cab_series_id: strawberry.ID = given("The board.", fact="series_id", of="CabSeries")
    expected_version: int = given(SEEN)
    members: list[CabSeatInput] = given("The members, at most 100; instead of those before.", into=SeatPlan)


@strawberry.input(description="A meeting outside the rule of its board.")
class CabMeetingScheduleInput(Repeatable):
    """Whose, and when."""

    cab_series_id: strawberry.ID = given("The board that meets.", fact="series_id", of="CabSeries")
    start: datetime = given("When it begins, in the future.")


@strawberry.input(description="The meetings of a board's rule.")
class CabSeriesScheduleInput:
    """Whose, and how far."""

    cab_series_id: strawberry.ID = given("The board that meets.", fact="series_id", of="CabSeries")
    until: datetime = given("Up to when, at most 366 days ahead.")


@strawberry.input
class SeenMeeting:
    """A meeting at the version somebody saw."""

    cab_meeting_id: strawberry.ID = given("The meeting.", fact="meeting_id", of="CabMeeting")
    expected_version: int = given(SEEN)


@strawberry.input(description="A core member who will not come.")
class CabMeetingDeclineInput(SeenMeeting):
    """Who."""

    person_id: strawberry.ID = given("The member; another than you needs permission `cab:manage`.", of="Person")


@strawberry.input(description="A meeting to be called off.")
class CabMeetingCancelInput(SeenMeeting):
    """Which one."""


@strawberry.input(description="A meeting that took place.")
class CabMeetingHoldInput(SeenMeeting):
    """Which one, and its notes."""

    notes: str | None = given("What was noted.", default=None)


@strawberry.input(description="A change that keeps its place on an agenda.")
class AgendaItemPinInput(SeenMeeting):
    """Which one."""

    change_id: strawberry.ID = given("The change.", of="Change")
    is_pinned: bool = given("Whether planning must leave it where it is; false lets it go again.", default=True)


@strawberry.input(description="A change that goes to another place on an agenda.")
class AgendaItemMoveInput(SeenMeeting):
    """Which one, and where to."""

    change_id: strawberry.ID = given("The change.", of="Change")
    place: int = given("Its new place, from 1.")


@strawberry.input(description="An agenda to be published.")
class AgendaPublishInput(SeenMeeting):
    """Of which meeting."""


@strawberry.type(description="CabAgendaPlan was done.")
class CabAgendaPlanSuccess:
    """What came of CabAgendaPlan."""

    proposals: Connection[CabProposal] = listed("Where every waiting change is heard, and why.", "proposals")


async def _plan_agendas(info: strawberry.Info[Context, None]) -> CabAgendaPlanSuccess:
    proposals = await planning.plan_meetings(info.context.ports, info.context.actor)
    return await reread(info, CabAgendaPlanSuccess, proposals=[proposal_row(proposal) for proposal in proposals])


async def _schedule_series(ports: Ports, actor: Actor, series_id: str, until: datetime) -> str:
    await cab.schedule_series(ports, actor, series_id, until)
    return series_id


@strawberry.type
class CabMutations:
    """Verbs of the change advisory board."""

    cab_series_define = verb(
        with_facts(cab.define_series, SeriesFacts),
        CabSeriesDefineInput,
        "Create the board of that name, or change it.",
        answers=SERIES,
        refusals=(*ACTS, StaleVersion, Duplicate),
        needs=Permission.MANAGE_CAB,
    )
    cab_members_set = verb(
        cab.set_members,
        CabMembersSetInput,
        "State who sits on a board.",
        answers=SERIES,
        refusals=EDITS,
        needs=Permission.MANAGE_CAB,
    )
    cab_meeting_schedule = verb(
        cab.schedule_meeting,
        CabMeetingScheduleInput,
        "Call one meeting of a board outside its rule, such as an electronic one on demand.",
        answers=MEETING,
        refusals=(*CREATES, NotFound),
        needs=Permission.MANAGE_CAB,
    )
    cab_series_schedule = verb(
        _schedule_series,
        CabSeriesScheduleInput,
        "Put the meetings of a board's rule into the record, without holidays; repeating it adds nothing.",
        answers=SERIES,
        refusals=(*ACTS, NotFound),
        needs=Permission.MANAGE_CAB,
    )
    cab_meeting_decline = verb(
        cab.decline_meeting,
        CabMeetingDeclineInput,
        "Record that a core member will not come.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    cab_meeting_cancel = verb(
        cab.cancel_meeting,
        CabMeetingCancelInput,
        "Call a meeting off; what was on its agenda waits for another.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    cab_meeting_hold = verb(
        cab.hold_meeting,
        CabMeetingHoldInput,
        "Record that a meeting took place.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    agenda_item_pin = verb(
        cab.pin_item,
        AgendaItemPinInput,
        "Keep a change at its place on the agenda whatever is planned later, or let it go again.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    agenda_item_move = verb(
        cab.move_item,
        AgendaItemMoveInput,
        "Put a change at another place on the agenda, and pin it there.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    agenda_publish = verb(
        cab.publish_agenda,
        AgendaPublishInput,
        "Tell everybody what the meeting will decide; from then on moves must earn their place.",
        answers=MEETING,
        refusals=STEPS,
        needs=Permission.MANAGE_CAB,
    )
    cab_agenda_plan = strawberry.mutation(
        resolver=_plan_agendas,
        description=" ".join(
            ["Plan the agendas of all coming meetings, stable where published.", *needed(Permission.MANAGE_CAB)]
        ),
        graphql_type=result_of(CabAgendaPlanSuccess, (Forbidden, StaleVersion)),
    )
