"""The verbs of people and calendars."""

from domain.calendar.rules import CalendarFacts
from domain.kernel.actor import Role
from domain.people.rules import PersonFacts, TeamFacts
from domain.usecases import calendars, people
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import FRIDAY, HOUR

NINE_TO_FIVE = [{"weekday": 0, "start": "09:00", "end": "17:00"}]

CASES = [
    Case(
        verb=people.create_person,
        event="person.created",
        right=lambda p, a, v: people.create_person(p, a, PersonFacts(name=" Dan ", roles=[Role.SUPPORT])),
        wrong={
            "name": lambda p, a, v: people.create_person(p, a, PersonFacts()),
            "name email time_zone capacity": lambda p, a, v: people.create_person(
                p, a, PersonFacts(name="x" * 201, email="nowhere", time_zone="Mars/Base", capacity=0)
            ),
            "delegate_id calendar_id": lambda p, a, v: people.create_person(
                p, a, PersonFacts(name="Dan", delegate_id="nobody", calendar_id="never")
            ),
        },
        seen=None,
    ),
    Case(
        verb=people.update_person,
        event="person.updated",
        right=lambda p, a, v: people.update_person(p, a, "ada", v, PersonFacts(site="Berlin", calendar_id="hours")),
        wrong={
            "delegate_id": lambda p, a, v: people.update_person(p, a, "ada", v, PersonFacts(delegate_id="ada")),
            "name": lambda p, a, v: people.update_person(p, a, "ada", v, PersonFacts(name="a\x00b")),
        },
    ),
    Case(
        verb=people.add_leave,
        event="person.leave_added",
        right=lambda p, a, v: people.add_leave(p, a, "ada", v, start=FRIDAY, end=FRIDAY + HOUR, reason="sailing"),
        wrong={
            "window.end": lambda p, a, v: people.add_leave(p, a, "ada", v, start=FRIDAY, end=FRIDAY),
            "window.start": lambda p, a, v: people.add_leave(
                p, a, "ada", v, start=FRIDAY.replace(tzinfo=None), end=FRIDAY
            ),
        },
    ),
    Case(
        verb=people.create_team,
        event="team.created",
        right=lambda p, a, v: people.create_team(p, a, TeamFacts(name="Network", lead_id="ada")),
        wrong={"name lead_id": lambda p, a, v: people.create_team(p, a, TeamFacts(lead_id="nobody"))},
        seen=None,
    ),
    Case(
        verb=people.update_team,
        event="team.updated",
        right=lambda p, a, v: people.update_team(p, a, "team", v, TeamFacts(expertise="databases")),
        wrong={"expertise": lambda p, a, v: people.update_team(p, a, "team", v, TeamFacts(expertise=" "))},
    ),
    Case(
        verb=people.add_team_members,
        event="team.members_added",
        right=lambda p, a, v: people.add_team_members(p, a, "team", v, ["ada", "cyd"]),
        wrong={
            "person_ids.0": lambda p, a, v: people.add_team_members(p, a, "team", v, ["bob"]),
            "person_ids.1 person_ids.2": lambda p, a, v: people.add_team_members(
                p, a, "team", v, ["ada", "ada", "nobody"]
            ),
        },
    ),
    Case(
        verb=people.end_team_members,
        event="team.members_ended",
        right=lambda p, a, v: people.end_team_members(p, a, "team", v, ["bob"]),
        wrong={"person_ids.0": lambda p, a, v: people.end_team_members(p, a, "team", v, ["ada"])},
    ),
    Case(
        verb=people.set_capacity_limit,
        event="capacity_limit.set",
        right=lambda p, a, v: people.set_capacity_limit(
            p, a, subject_kind="SITE", subject_id="Berlin", concurrent_changes=3, expected_version=v
        ),
        wrong={
            "concurrent_changes": lambda p, a, v: people.set_capacity_limit(
                p, a, subject_kind="SITE", subject_id="Berlin", concurrent_changes=0, expected_version=1
            ),
            "subject_kind": lambda p, a, v: people.set_capacity_limit(
                p, a, subject_kind="MOON", subject_id="x", concurrent_changes=1
            ),
            "subject_id": lambda p, a, v: people.set_capacity_limit(
                p, a, subject_kind="TEAM", subject_id="nobody", concurrent_changes=1
            ),
        },
    ),
    Case(
        verb=calendars.create_calendar,
        event="calendar.created",
        right=lambda p, a, v: calendars.create_calendar(p, a, CalendarFacts(name="Early", weekly=NINE_TO_FIVE)),
        wrong={
            "name time_zone weekly.0.weekday weekly.0.start holidays.1": lambda p, a, v: calendars.create_calendar(
                p,
                a,
                CalendarFacts(
                    time_zone="Nowhere",
                    weekly=[{"weekday": 7, "start": "25:00", "end": "17:00"}],
                    holidays=["2026-12-25", "2026-02-30"],
                ),
            )
        },
        seen=None,
    ),
    Case(
        verb=calendars.update_calendar,
        event="calendar.updated",
        right=lambda p, a, v: calendars.update_calendar(p, a, "hours", v, CalendarFacts(holidays=["2026-12-25"])),
        wrong={
            "holidays.0": lambda p, a, v: calendars.update_calendar(p, a, "hours", v, CalendarFacts(holidays=["soon"]))
        },
    ),
]
