"""The verbs of windows and of the change advisory board."""

from datetime import timedelta

from domain.cab.model import MemberRole
from domain.cab.rules import SeriesFacts
from domain.change.window_rules import WindowFacts
from domain.change.windows import ScopeKind, WindowKind
from domain.usecases import cab, windows
from domain.usecases.cab import SeatPlan
from domain.usecases.windows import DefineWindow
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import FRIDAY, NOW, WEDNESDAY, YESTERDAY

NIGHT = WindowFacts(name="Night", time_zone="Europe/Berlin", local_start="22:00", local_end="04:00", weekdays=[5])


def window(facts: WindowFacts, scope_kind: ScopeKind = ScopeKind.CI, scope_id: str | None = "db") -> DefineWindow:
    return DefineWindow(kind=WindowKind.MAINTENANCE, scope_kind=scope_kind, scope_id=scope_id, facts=facts)


WINDOWS = [
    Case(
        verb=windows.define,
        event="change_window.defined",
        right=lambda p, a, v: windows.define(p, a, window(NIGHT)),
        wrong={
            "name local_start local_end weekdays": lambda p, a, v: windows.define(p, a, window(WindowFacts())),
            "time_zone": lambda p, a, v: windows.define(
                p, a, window(WindowFacts(name="x", time_zone="No", local_start="1:00", local_end="", dates=["x"]))
            ),
            "scope_id": lambda p, a, v: windows.define(p, a, window(NIGHT, ScopeKind.SERVICE, "mail")),
        },
        seen=None,
    ),
    Case(
        verb=windows.update,
        event="change_window.updated",
        right=lambda p, a, v: windows.update(p, a, "freeze", v, WindowFacts(exceptions=["2026-11-27"])),
        wrong={
            "weekdays": lambda p, a, v: windows.update(p, a, "freeze", v, WindowFacts(dates=["2026-11-27"])),
            "dates.0": lambda p, a, v: windows.update(
                p, a, "freeze", v, WindowFacts(weekdays=[], dates=["2026-03-29"], local_start="02:30")
            ),
        },
    ),
    Case(
        verb=windows.end,
        event="change_window.ended",
        right=lambda p, a, v: windows.end(p, a, "freeze", v),
    ),
    Case(
        verb=windows.exempt,
        event="change_window.exempted",
        right=lambda p, a, v: windows.exempt(p, a, "freeze", v, change_id="change-ASSESS", reason="security fix"),
        wrong={
            "reason change_id": lambda p, a, v: windows.exempt(p, a, "freeze", v, change_id="none", reason=""),
            "window_id": lambda p, a, v: windows.exempt(p, a, "night", v, change_id="change-ASSESS", reason="x"),
        },
    ),
]

BOARD = [
    Case(
        verb=cab.define_series,
        event="cab_series.defined",
        right=lambda p, a, v: cab.define_series(
            p, a, "Weekly CAB", SeriesFacts(minutes=90, calendar_id="hours"), expected_version=v
        ),
        wrong={
            "rrule local_start minutes": lambda p, a, v: cab.define_series(p, a, "New", SeriesFacts(rrule="FREQ=NOW")),
            "rrule": lambda p, a, v: cab.define_series(
                p,
                a,
                "New",
                SeriesFacts(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", local_start="14:00", minutes=60),
            ),
            "quorum opening_minutes": lambda p, a, v: cab.define_series(
                p, a, "Weekly CAB", SeriesFacts(quorum=0, opening_minutes=60), expected_version=v
            ),
        },
    ),
    Case(
        verb=cab.set_members,
        event="cab_series.members_set",
        right=lambda p, a, v: cab.set_members(p, a, "cab", v, [SeatPlan("bob"), SeatPlan("cyd", MemberRole.CHAIR)]),
        wrong={
            "members": lambda p, a, v: cab.set_members(p, a, "cab", v, [SeatPlan("bob")]),
            "members.1 members.2": lambda p, a, v: cab.set_members(
                p, a, "cab", v, [SeatPlan("bob", MemberRole.CHAIR), SeatPlan("bob"), SeatPlan("nobody")]
            ),
        },
    ),
    Case(
        verb=cab.schedule_meeting,
        event="cab_meeting.scheduled",
        right=lambda p, a, v: cab.schedule_meeting(p, a, "cab", FRIDAY),
        wrong={
            "start": lambda p, a, v: cab.schedule_meeting(p, a, "cab", WEDNESDAY),
        },
        seen=None,
    ),
    Case(
        verb=cab.schedule_series,
        event="cab_meeting.scheduled",
        right=lambda p, a, v: cab.schedule_series(p, a, "cab", NOW + timedelta(days=10)),
        wrong={"until": lambda p, a, v: cab.schedule_series(p, a, "cab", YESTERDAY)},
        seen=None,
    ),
    Case(
        verb=cab.decline_meeting,
        event="cab_meeting.declined",
        right=lambda p, a, v: cab.decline_meeting(p, a, "meeting", v, "bob"),
        wrong={"person_id": lambda p, a, v: cab.decline_meeting(p, a, "meeting", v, "ada")},
    ),
    Case(
        verb=cab.cancel_meeting,
        event="cab_meeting.cancelled",
        right=lambda p, a, v: cab.cancel_meeting(p, a, "meeting", v),
    ),
    Case(
        verb=cab.hold_meeting,
        event="cab_meeting.held",
        right=lambda p, a, v: cab.hold_meeting(p, a, "meeting", v, "short"),
        wrong={"notes": lambda p, a, v: cab.hold_meeting(p, a, "meeting", v, "x" * 20_001)},
    ),
    Case(
        verb=cab.pin_item,
        event="cab_meeting.agenda_item_pinned",
        right=lambda p, a, v: cab.pin_item(p, a, "meeting", v, "change-AUTHORISE"),
        wrong={"change_id": lambda p, a, v: cab.pin_item(p, a, "meeting", v, "change-NEW")},
    ),
    Case(
        verb=cab.move_item,
        event="cab_meeting.agenda_item_moved",
        right=lambda p, a, v: cab.move_item(p, a, "meeting", v, change_id="change-SCHEDULED", place=1),
        wrong={
            "change_id": lambda p, a, v: cab.move_item(p, a, "meeting", v, change_id="change-NEW", place=1),
            "place": lambda p, a, v: cab.move_item(p, a, "meeting", v, change_id="change-ASSESS", place=4),
        },
    ),
    Case(
        verb=cab.publish_agenda,
        event="cab_meeting.agenda_published",
        right=lambda p, a, v: cab.publish_agenda(p, a, "meeting", v),
    ),
]

CASES = WINDOWS + BOARD
