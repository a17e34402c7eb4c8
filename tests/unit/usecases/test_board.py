"""What the verbs of the board and of windows leave behind beside their events (R194; ENGINES 4.2, 4.5)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.cab.model import CabMeeting, CabSeries, MeetingState, MemberRole
from domain.cab.rules import SeriesFacts
from domain.calendar.rules import CalendarFacts
from domain.change.lifecycle import SegregationOfDuties
from domain.change.window_rules import WindowFacts
from domain.change.windows import ChangeWindow
from domain.kernel.actor import Role
from domain.kernel.errors import Forbidden, InvalidTransition
from domain.usecases import cab, calendars, windows
from domain.usecases.cab import SeatPlan
from tests.unit.usecases.world import ADMINISTRATOR, AUDITOR, NOW, World, actor

COORDINATOR = actor(Role.CHANGE_MANAGER)


async def meeting(world: World, meeting_id: str = "meeting") -> CabMeeting:
    found: CabMeeting = await world.get(CabMeeting, meeting_id)
    return found


@pytest.mark.requirement("R194")
async def test_the_board_meets_weekly_but_not_on_holidays(world: World) -> None:
    """The meeting of this Wednesday is there already, that of 9 December falls on a holiday."""
    await calendars.update_calendar(
        world.ports,
        ADMINISTRATOR,
        "hours",
        1,
        CalendarFacts(is_organisation_default=True, holidays=["2026-12-09"]),
    )
    until = NOW + timedelta(days=28)
    made = [await meeting(world, each) for each in await cab.schedule_series(world.ports, COORDINATOR, "cab", until)]
    assert [(each.start.day, each.cut_off_at) for each in made] == [
        (2, datetime(2026, 12, 1, 13, 0, tzinfo=UTC)),
        (16, datetime(2026, 12, 15, 13, 0, tzinfo=UTC)),
    ]
    assert await cab.schedule_series(world.ports, COORDINATOR, "cab", until) == []


async def test_an_electronic_board_has_no_lead(world: World) -> None:
    await cab.define_series(world.ports, COORDINATOR, "Weekly CAB", SeriesFacts(is_electronic=True), expected_version=1)
    called = await cab.schedule_meeting(world.ports, COORDINATOR, "cab", NOW + timedelta(hours=1))
    assert (await meeting(world, called)).cut_off_at == NOW + timedelta(hours=1)


async def test_a_seat_that_stays_keeps_its_row(world: World) -> None:
    seats = [SeatPlan("bob"), SeatPlan("ada", MemberRole.CHAIR)]
    await cab.set_members(world.ports, COORDINATOR, "cab", 1, seats)
    members = {seat.person_id: (seat.id, seat.role) for seat in (await world.get(CabSeries, "cab")).members}
    assert members["bob"] == ("seat-bob", MemberRole.MEMBER)
    assert members["ada"][1] is MemberRole.CHAIR


async def test_members_decline_for_themselves(world: World) -> None:
    with pytest.raises(Forbidden):
        await cab.decline_meeting(world.ports, AUDITOR, "meeting", 1, "bob")
    await cab.decline_meeting(world.ports, actor(Role.CAB_MEMBER, person="bob"), "meeting", 1, "bob")
    assert [absence.person_id for absence in (await meeting(world)).absences] == ["bob"]


async def test_a_manual_order_wins_and_is_pinned(world: World) -> None:
    await cab.move_item(world.ports, COORDINATOR, "meeting", 1, change_id="change-SCHEDULED", place=1)
    agenda = [(item.change_id, item.place, item.is_pinned) for item in (await meeting(world)).items]
    assert agenda == [
        ("change-SCHEDULED", 1, True),
        ("change-ASSESS", 2, False),
        ("change-AUTHORISE", 3, False),
    ]


async def test_publishing_marks_every_item(world: World) -> None:
    await cab.publish_agenda(world.ports, COORDINATOR, "meeting", 1)
    published = await meeting(world)
    assert published.state is MeetingState.PUBLISHED
    assert all(item.is_published for item in published.items)


@pytest.mark.parametrize("last", [cab.hold_meeting, cab.cancel_meeting])
async def test_what_is_over_is_over(world: World, last: object) -> None:
    await last(world.ports, COORDINATOR, "meeting", 1)  # type: ignore[operator]
    with pytest.raises(InvalidTransition):
        await cab.publish_agenda(world.ports, COORDINATOR, "meeting", 2)


async def test_nobody_exempts_a_change_of_their_own(world: World) -> None:
    """D13 holds for a freeze as for an approval."""
    with pytest.raises(SegregationOfDuties):
        await windows.exempt(
            world.ports,
            actor(Role.CHANGE_MANAGER, person="ada"),
            "freeze",
            1,
            change_id="change-ASSESS",
            reason="please",
        )


async def test_a_window_is_ended_not_deleted(world: World) -> None:
    await windows.end(world.ports, COORDINATOR, "freeze", 1)
    assert (await world.get(ChangeWindow, "freeze")).valid_to == NOW
    with pytest.raises(InvalidTransition):
        await windows.update(world.ports, COORDINATOR, "freeze", 2, WindowFacts(name="Thaw"))
