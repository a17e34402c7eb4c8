"""What may be said of a board, what must hold of it and its meetings, and what may follow (R194; ENGINES 4.2, 4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.cab.model import AgendaItem, CabMember, CabSeries, MeetingState, MemberRole
from domain.calendar.business import BusinessCalendar
from domain.calendar.business_days import business_days_before
from domain.calendar.recurrence import MeetingSeries, meetings
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import range_issues, repeat_issues, text_issues
from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.intervals import Interval
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.time import Window, from_seconds, to_seconds

MOST_LEAD_DAYS = 90


class MeetingAct(StrEnum):
    """What can be done to a meeting."""

    DECLINE = "DECLINE"
    ARRANGE = "ARRANGE"
    PUBLISH = "PUBLISH"
    HOLD = "HOLD"
    CANCEL = "CANCEL"


_OPEN_ACTS = {
    MeetingAct.PUBLISH: MeetingState.PUBLISHED,
    MeetingAct.HOLD: MeetingState.HELD,
    MeetingAct.CANCEL: MeetingState.CANCELLED,
}
LIFECYCLE: Lifecycle[MeetingState, MeetingAct] = Lifecycle(
    "CAB meeting",
    {
        (state, act): _OPEN_ACTS.get(act, state)
        for state in (MeetingState.PLANNED, MeetingState.PUBLISHED)
        for act in MeetingAct
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFacts:
    """What may be said of a board beside its name; see `domain.cab.model.CabSeries`."""

    external_id: Maybe[str | None] = ABSENT
    time_zone: Maybe[str] = ABSENT
    rrule: Maybe[str] = ABSENT
    local_start: Maybe[str] = ABSENT
    minutes: Maybe[int] = ABSENT
    opening_minutes: Maybe[int] = ABSENT
    lead_business_days: Maybe[int] = ABSENT
    quorum: Maybe[int] = ABSENT
    is_electronic: Maybe[bool] = ABSENT
    calendar_id: Maybe[str | None] = ABSENT


def series_issues(series: CabSeries) -> list[Issue]:
    """Return what is wrong with a board about to be stored: names, rule, zone, lengths."""
    issues = [
        *text_issues("external_id", series.external_id),
        *text_issues("name", series.name, required=True),
        *range_issues("minutes", series.minutes, 1, 24 * 60),
        *range_issues("opening_minutes", series.opening_minutes, 0, max(series.minutes - 1, 0)),
        *range_issues("lead_business_days", series.lead_business_days, 0, MOST_LEAD_DAYS),
        *range_issues("quorum", series.quorum, 1, 1_000),
    ]
    try:
        meeting_series(series)
    except InvalidInput as refusal:
        # A board has no first date, so a rule that counts from one is a fault of the rule.
        faults = [Issue("rrule", i.message) if i.path == "effective_from" else i for i in refusal.issues]
        named = {issue.path for issue in issues}
        issues += [fault for fault in faults if fault.path not in named]
    return issues


def meeting_series(series: CabSeries) -> MeetingSeries:
    """Return the board's rule in the form that is expanded; `InvalidInput` names every fault of it."""
    return MeetingSeries.of(
        time_zone=series.time_zone, local_start=series.local_start, minutes=series.minutes, rrule=series.rrule
    )


def member_issues(seats: Sequence[tuple[str, MemberRole]], quorum: int) -> list[Issue]:
    """Return what is wrong with a core roster, given as person and role (ENGINES 4.3 (2), (5))."""
    issues = repeat_issues("members", [person_id for person_id, _ in seats])
    if sum(role is MemberRole.CHAIR for _, role in seats) != 1:
        issues.append(Issue("members", "must have one chair"))
    if len(seats) < quorum:
        issues.append(Issue("members", f"must be at least the quorum, {quorum}"))
    return issues


def sittings(series: CabSeries, calendar: BusinessCalendar, within: Window) -> list[Interval]:
    """Return the meetings of the rule that start inside `within`, without those on a holiday of the calendar."""
    place = ZoneInfo(calendar.time_zone)
    start, end = within.seconds
    return [
        sitting
        for sitting in meetings(meeting_series(series), within.seconds)
        if start <= sitting[0] < end and _local_date(sitting[0], place) not in calendar.holidays
    ]


def cut_off(start: datetime, lead_business_days: int, calendar: BusinessCalendar) -> datetime:
    """Return when the agenda closes: the lead before the start in business days; the start where none are found."""
    closes = business_days_before(calendar, to_seconds(start), lead_business_days)
    return start if closes is None else from_seconds(closes)


def seat_of(members: Sequence[CabMember], person_id: str) -> CabMember | None:
    """Return the person's seat on the core roster, or None."""
    return next((member for member in members if member.person_id == person_id), None)


def moved(items: Sequence[AgendaItem], change_id: str, place: int) -> list[AgendaItem]:
    """Return the agenda in its new order after one item was moved to a place, counted from 1 (ENGINES 4.5).

    `InvalidInput` names the change when it is not on the agenda, or the place when there is none such.
    """
    ordered = sorted(items, key=lambda item: (item.place, item.id))
    wanted = next((item for item in ordered if item.change_id == change_id), None)
    if wanted is None:
        raise InvalidInput.at("change_id", "is not on the agenda of this meeting")
    if not 1 <= place <= len(ordered):
        raise InvalidInput.at("place", f"must lie between 1 and {len(ordered)}")
    others = [item for item in ordered if item is not wanted]
    return [*others[: place - 1], wanted, *others[place - 1 :]]


def _local_date(instant: int, place: ZoneInfo) -> date:
    return from_seconds(instant).astimezone(place).date()
