"""Mutations of windows and of the change advisory board."""

from typing import Any

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, Given, nobody, seen
from tests.api.mutations.configuration_cases import ci

BOARD = gid("CabSeries", "cab")


def window(name: str = "freeze", **rest: Any) -> Given:
    return seen("ChangeWindow", name, "windowId", **rest)


def meeting(**rest: Any) -> Given:
    return seen("CabMeeting", "meeting", **rest)


NIGHT = {"name": "Night", "timeZone": "Europe/Berlin", "localStart": "22:00", "localEnd": "04:00", "weekdays": [5]}

CASES = [
    Case(
        mutation="windowDefine",
        event="change_window.defined",
        right={**NIGHT, "kind": "MAINTENANCE", "scope": {"configurationItemId": ci("db")}},
        wrong={
            "name localStart weekdays": {"name": "", "localStart": "25:00", "weekdays": None} | {"weekdays": []},
            "timeZone": {"timeZone": "No"},
            "scope.serviceId": {"scope": {"serviceId": nobody("BusinessService")}},
            "scope.className": {"scope": {"className": "toaster"}},
            "dates.0": {"weekdays": [], "dates": ["2026-03-29"], "localStart": "02:30"},
        },
    ),
    Case(
        mutation="windowUpdate",
        event="change_window.updated",
        right=window(exceptions=["2026-11-27"]),
        wrong={"weekdays": {"dates": ["2026-11-27"]}},
    ),
    Case(mutation="windowEnd", event="change_window.ended", right=window()),
    Case(
        mutation="windowExempt",
        event="change_window.exempted",
        right=window(changeId=gid("Change", "change-ASSESS"), reason="security fix"),
        wrong={
            "reason changeId": {"reason": "", "changeId": nobody("Change")},
            "windowId": window("night"),
        },
    ),
    Case(
        mutation="cabSeriesDefine",
        event="cab_series.defined",
        right={"name": "Weekly CAB", "expectedVersion": 1, "minutes": 90, "calendarId": gid("Calendar", "hours")},
        wrong={
            "rrule": {"rrule": "FREQ=NOW"},
            "quorum openingMinutes": {"quorum": 0, "openingMinutes": 90},
        },
    ),
    Case(
        mutation="cabMembersSet",
        event="cab_series.members_set",
        right=seen(
            "CabSeries",
            "cab",
            members=[{"personId": gid("Person", "bob")}, {"personId": gid("Person", "cyd"), "role": "CHAIR"}],
        ),
        wrong={
            "members": {"members": [{"personId": gid("Person", "bob")}]},
            "members.1 members.2": {
                "members": [
                    {"personId": gid("Person", "bob"), "role": "CHAIR"},
                    {"personId": gid("Person", "bob")},
                    {"personId": nobody()},
                ]
            },
        },
    ),
    Case(
        mutation="cabMeetingSchedule",
        event="cab_meeting.scheduled",
        right={"cabSeriesId": BOARD, "start": "2026-11-27T21:00:00Z"},
        wrong={"start": {"start": "2026-11-25T13:00:00Z"}, "start ": {"start": "2020-01-01T00:00:00Z"}},
    ),
    Case(
        mutation="cabSeriesSchedule",
        event="cab_meeting.scheduled",
        right={"cabSeriesId": BOARD, "until": "2026-12-04T00:00:00Z"},
        wrong={"until": {"until": "2020-01-01T00:00:00Z"}},
    ),
    Case(
        mutation="cabMeetingDecline",
        event="cab_meeting.declined",
        right=meeting(personId=gid("Person", "bob")),
        wrong={"personId": {"personId": gid("Person", "ada")}},
    ),
    Case(mutation="cabMeetingCancel", event="cab_meeting.cancelled", right=meeting()),
    Case(
        mutation="cabMeetingHold",
        event="cab_meeting.held",
        right=meeting(notes="short"),
        wrong={"notes": {"notes": "x" * 20_001}},
    ),
    Case(
        mutation="agendaItemPin",
        event="cab_meeting.agenda_item_pinned",
        right=meeting(changeId=gid("Change", "change-AUTHORISE")),
        wrong={"changeId": {"changeId": gid("Change", "change-NEW")}},
    ),
    Case(
        mutation="agendaItemMove",
        event="cab_meeting.agenda_item_moved",
        right=meeting(changeId=gid("Change", "change-SCHEDULED"), place=1),
        wrong={"changeId": {"changeId": gid("Change", "change-NEW")}, "place": {"place": 4}},
    ),
    Case(mutation="agendaPublish", event="cab_meeting.agenda_published", right=meeting()),
    Case(mutation="cabAgendaPlan", event="cab_meeting.planned", right=None),
]
