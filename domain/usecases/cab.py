"""The change advisory board: boards, rosters, meetings, agendas by hand (R194; ENGINES 4.2, 4.5, 4.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cab.model import CabAbsence, CabMeeting, CabMember, CabSeries, MemberRole
from domain.cab.rules import (
    LIFECYCLE,
    MeetingAct,
    SeriesFacts,
    cut_off,
    member_issues,
    moved,
    seat_of,
    series_issues,
    sittings,
)
from domain.calendar.business import BusinessCalendar
from domain.calendar.model import Calendar
from domain.kernel.absent import apply_facts
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import prose_issues, refuse
from domain.kernel.errors import InvalidInput
from domain.kernel.time import Window, as_utc, from_seconds
from domain.people.model import Person
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, check_version, references

LONGEST_HORIZON = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat on the core roster: whose, and what that person is to the board."""

    person_id: str
    role: MemberRole = MemberRole.MEMBER


async def define_series(ports: Ports, actor: Actor, name: str, facts: SeriesFacts, *, expected_version: int = 0) -> str:
    """Create the board of that name, or change it at the version seen (`cabSeriesDefine`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        series = await work.find(CabSeries, name=name.strip())
        check_version("CAB series", series, expected_version)
        if series is None:
            series = CabSeries(
                id=work.new_id(),
                external_id=None,
                name=name.strip(),
                time_zone="UTC",
                rrule="",
                local_start="",
                minutes=0,
            )
            work.add(series)
        apply_facts(series, facts)
        await check(work, series_issues(series), Reference("calendar_id", Calendar, series.calendar_id))
        await check_free(work, "CAB series", series, "external_id")
        work.record("cab_series.defined", series)
    return series.id


async def set_members(
    ports: Ports, actor: Actor, series_id: str, expected_version: int, members: Sequence[SeatPlan]
) -> str:
    """State who sits on a board (`cabMembersSet`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        series = await work.get_at(CabSeries, series_id, expected_version)
        await check(
            work,
            member_issues([(seat.person_id, seat.role) for seat in members], series.quorum),
            *references("members", Person, [seat.person_id for seat in members]),
        )
        roster = []
        for plan in members:
            seat = seat_of(series.members, plan.person_id) or CabMember(
                id=work.new_id(), series_id=series.id, person_id=plan.person_id
            )
            seat.role = plan.role
            roster.append(seat)
        series.members = roster
        work.record("cab_series.members_set", series)
    return series.id


async def schedule_meeting(ports: Ports, actor: Actor, series_id: str, start: datetime) -> str:
    """Call one meeting of a board outside its rule, such as an electronic one on demand (`cabMeetingSchedule`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        series = await work.get(CabSeries, series_id)
        begin = as_utc(start, "start")
        if begin <= work.now:
            raise InvalidInput.at("start", "must lie in the future")
        sitting = Window(begin, begin + timedelta(minutes=series.minutes))
        if await work.find(CabMeeting, series_id=series.id, start=sitting.start) is not None:
            raise InvalidInput.at("start", "is taken by another meeting of this board")
        meeting = await _new_meeting(work, series, sitting, await _business_calendar(work, series))
    return meeting.id


async def schedule_series(ports: Ports, actor: Actor, series_id: str, until: datetime) -> list[str]:
    """Put the meetings of a board's rule up to an instant into the record (`cabMeetingSchedule`).

    Holidays are skipped, and so are meetings that are there already: repeating the act adds nothing.
    """
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        series = await work.get(CabSeries, series_id)
        last = as_utc(until, "until")
        if not work.now < last <= work.now + LONGEST_HORIZON:
            raise InvalidInput.at("until", f"must lie in the future, within {LONGEST_HORIZON.days} days")
        horizon = Window(work.now, last)
        calendar = await _business_calendar(work, series)
        taken = {meeting.start for meeting in await work.find_all(CabMeeting, series_id=series.id)}
        planned = [Window(from_seconds(start), from_seconds(end)) for start, end in sittings(series, calendar, horizon)]
        scheduled = [
            await _new_meeting(work, series, sitting, calendar) for sitting in planned if sitting.start not in taken
        ]
    return [meeting.id for meeting in scheduled]


async def decline_meeting(ports: Ports, actor: Actor, meeting_id: str, expected_version: int, person_id: str) -> str:
    """Record that a core member will not come: oneself, or anyone by who manages the board (`cabMeetingDecline`)."""
    if person_id != actor.person_id:
        actor.require(Permission.MANAGE_CAB)
    async with act(ports, actor) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.DECLINE)
        series = await work.get(CabSeries, meeting.series_id)
        if seat_of(series.members, person_id) is None:
            raise InvalidInput.at("person_id", "has no seat on this board")
        if any(absence.person_id == person_id for absence in meeting.absences):
            raise InvalidInput.at("person_id", "has declined already")
        meeting.absences.append(
            CabAbsence(id=work.new_id(), meeting_id=meeting.id, person_id=person_id, recorded_at=work.now)
        )
        work.record("cab_meeting.declined", meeting)
    return meeting.id


async def cancel_meeting(ports: Ports, actor: Actor, meeting_id: str, expected_version: int) -> str:
    """Call a meeting off; what was on its agenda waits for another (`cabMeetingCancel`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.CANCEL)
        work.record("cab_meeting.cancelled", meeting)
    return meeting.id


async def hold_meeting(
    ports: Ports, actor: Actor, meeting_id: str, expected_version: int, notes: str | None = None
) -> str:
    """Record that a meeting took place (`cabMeetingHold`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.HOLD)
        refuse(prose_issues("notes", notes))
        meeting.notes = notes
        work.record("cab_meeting.held", meeting)
    return meeting.id


async def pin_item(
    ports: Ports, actor: Actor, meeting_id: str, expected_version: int, change_id: str, *, is_pinned: bool = True
) -> str:
    """Keep a change at its place on the agenda whatever is planned later, or let it go again (`agendaItemPin`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.ARRANGE)
        item = next((item for item in meeting.items if item.change_id == change_id), None)
        if item is None:
            raise InvalidInput.at("change_id", "is not on the agenda of this meeting")
        item.is_pinned = is_pinned
        work.record("cab_meeting.agenda_item_pinned", meeting)
    return meeting.id


async def move_item(
    ports: Ports, actor: Actor, meeting_id: str, expected_version: int, *, change_id: str, place: int
) -> str:
    """Put a change at another place, counted from 1, and pin it there (`agendaItemMove`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.ARRANGE)
        for number, item in enumerate(moved(meeting.items, change_id, place), start=1):
            item.place = number
            item.is_pinned = item.is_pinned or item.change_id == change_id
        work.record("cab_meeting.agenda_item_moved", meeting)
    return meeting.id


async def publish_agenda(ports: Ports, actor: Actor, meeting_id: str, expected_version: int) -> str:
    """Tell everybody what the meeting will decide; from then on moves must earn their place (`agendaPublish`)."""
    async with act(ports, actor, Permission.MANAGE_CAB) as work:
        meeting = await _advance(work, meeting_id, expected_version, MeetingAct.PUBLISH)
        for item in meeting.items:
            item.is_published = True
        work.record("cab_meeting.agenda_published", meeting)
    return meeting.id


async def _advance(work: UnitOfWork, meeting_id: str, expected_version: int, step: MeetingAct) -> CabMeeting:
    meeting = await work.get_at(CabMeeting, meeting_id, expected_version)
    meeting.state = LIFECYCLE.next(meeting.state, step)
    return meeting


async def _new_meeting(work: UnitOfWork, series: CabSeries, sitting: Window, calendar: BusinessCalendar) -> CabMeeting:
    lead = 0 if series.is_electronic else series.lead_business_days
    meeting = CabMeeting(
        id=work.new_id(),
        number=await work.next_number("CAB"),
        series_id=series.id,
        start=sitting.start,
        end=sitting.end,
        cut_off_at=cut_off(sitting.start, lead, calendar),
    )
    work.add(meeting)
    work.record("cab_meeting.scheduled", meeting)
    return meeting


async def _business_calendar(work: UnitOfWork, series: CabSeries) -> BusinessCalendar:
    """Return the calendar that says which days count: the board's own, else the organisation's, else weekdays."""
    stored = (
        await work.find(Calendar, id=series.calendar_id)
        if series.calendar_id is not None
        else next(iter(await work.find_all(Calendar, is_organisation_default=True)), None)
    )
    if stored is None:
        weekly = [{"weekday": weekday, "start": "09:00", "end": "18:00"} for weekday in range(5)]
        return BusinessCalendar.of(time_zone=series.time_zone, weekly=weekly)
    return BusinessCalendar.of(time_zone=stored.time_zone, weekly=stored.weekly, holidays=stored.holidays)
