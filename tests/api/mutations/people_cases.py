"""Mutations of people, teams, limits, accounts and calendars."""

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, nobody, seen

CASES = [
    Case(
        mutation="personCreate",
        event="person.created",
        right={
            "name": "Eve",
            "timeZone": "Europe/Berlin",
            "calendarId": gid("Calendar", "hours"),
            "roles": ["SUPPORT"],
        },
        wrong={
            "name timeZone capacity": {"name": " ", "timeZone": "Mars/Base", "capacity": 0},
            "calendarId delegateId": {"calendarId": nobody("Calendar"), "delegateId": nobody()},
            "email": {"email": "nowhere"},
        },
    ),
    Case(
        mutation="personUpdate",
        event="person.updated",
        right=seen("Person", "ada", site="Berlin", email=None),
        wrong={"name": {"name": ""}, "delegateId": {"delegateId": gid("Person", "ada")}},
    ),
    Case(
        mutation="personLeaveAdd",
        event="person.leave_added",
        right=seen("Person", "ada", window={"start": "2026-12-24T00:00:00Z", "end": "2027-01-02T00:00:00Z"}),
        wrong={"window.end": {"window": {"start": "2026-12-24T00:00:00Z", "end": "2026-12-24T00:00:00Z"}}},
    ),
    Case(
        mutation="teamCreate",
        event="team.created",
        right={"name": "Network", "leadId": gid("Person", "cyd")},
        wrong={"name leadId": {"name": "", "leadId": nobody()}},
    ),
    Case(
        mutation="teamUpdate",
        event="team.updated",
        right=seen("Team", "team", expertise="security"),
        wrong={"calendarId": {"calendarId": nobody("Calendar")}},
    ),
    Case(
        mutation="teamMembersAdd",
        event="team.members_added",
        right=seen("Team", "team", personIds=[gid("Person", "ada")]),
        wrong={"personIds.0 personIds.1": {"personIds": [gid("Person", "bob"), nobody()]}},
    ),
    Case(
        mutation="teamMembersEnd",
        event="team.members_ended",
        right=seen("Team", "team", personIds=[gid("Person", "bob")]),
        wrong={"personIds.0": {"personIds": [gid("Person", "ada")]}},
    ),
    Case(
        mutation="capacityLimitSet",
        event="capacity_limit.set",
        right={"subject": {"site": "Berlin"}, "concurrentChanges": 3, "expectedVersion": 1},
        wrong={
            "subject.teamId concurrentChanges": {
                "subject": {"teamId": nobody("Team")},
                "concurrentChanges": 0,
                "expectedVersion": 0,
            },
            "subject.site": {"subject": {"site": " "}, "expectedVersion": 0},
        },
    ),
    Case(
        mutation="calendarCreate",
        event="calendar.created",
        right={
            "name": "Nights",
            "timeZone": "Europe/Berlin",
            "weeklyHours": [{"weekday": 0, "start": "22:00", "end": "06:00"}],
            "holidays": ["2026-12-25"],
            "isOrganisationDefault": True,
        },
        wrong={
            "timeZone weeklyHours.0.weekday weeklyHours.0.start": {
                "timeZone": "Nowhere",
                "weeklyHours": [{"weekday": 7, "start": "25:00", "end": "06:00"}],
            },
        },
    ),
    Case(
        mutation="calendarUpdate",
        event="calendar.updated",
        right=seen("Calendar", "hours", holidays=["2026-12-25"]),
        wrong={"name": {"name": ""}},
    ),
]
