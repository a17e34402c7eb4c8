"""Mutations about business calendars."""

from datetime import date

import strawberry

from api.types.people import Calendar
from api.verbs import CREATES, EDITS, SEEN, Outcome, Repeatable, given, verb, with_facts
from domain.calendar.rules import CalendarFacts
from domain.kernel.actor import Permission
from domain.kernel.errors import Duplicate, StaleVersion
from domain.usecases import calendars

CALENDAR = Outcome("calendar", Calendar, "The calendar")


@strawberry.input(description="A weekly span of opening hours, in local time of the calendar's zone.")
class OpeningHoursInput:
    """One span."""

    weekday: int = given("Day of the week on which it begins: 0 is Monday, 6 is Sunday.")
    start: str = given("Local time HH:MM at which it begins.")
    end: str = given("Local time HH:MM at which it ends; at or before the start: on the next day. 24:00 ends a day.")


@strawberry.input(description="What may be said of a calendar.")
class CalendarInput:
    """Facts of a calendar, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system calendars are kept in.")
    time_zone: strawberry.Maybe[str] = given("IANA time zone of its hours and holidays; UTC unless given.")
    weekly_hours: strawberry.Maybe[list[OpeningHoursInput]] = given(
        "Opening hours of a week, instead of those before.", fact="weekly", into=dict
    )
    holidays: strawberry.Maybe[list[date]] = given(
        "Local dates on which no span begins, instead of those before.", into=date.isoformat
    )
    is_organisation_default: strawberry.Maybe[bool] = given(
        "Whether it holds for everybody without a calendar of their own; the one before it then steps back."
    )


@strawberry.input(description="A new calendar.")
class CalendarCreateInput(CalendarInput, Repeatable):
    """The name is required."""

    name: str = given("Name, unique among calendars.")


@strawberry.input(description="What changes of a calendar: what is absent stays, null clears.")
class CalendarUpdateInput(CalendarInput):
    """Facts with the calendar they are about."""

    name: strawberry.Maybe[str] = given("Name, unique among calendars.")
    calendar_id: strawberry.ID = given("Calendar to change.", of="Calendar")
    expected_version: int = given(SEEN)


@strawberry.type
class CalendarMutations:
    """Verbs of calendars."""

    calendar_create = verb(
        with_facts(calendars.create_calendar, CalendarFacts),
        CalendarCreateInput,
        "Take a calendar into the record.",
        answers=CALENDAR,
        refusals=(*CREATES, Duplicate, StaleVersion),
        needs=Permission.WRITE_PEOPLE,
    )
    calendar_update = verb(
        with_facts(calendars.update_calendar, CalendarFacts),
        CalendarUpdateInput,
        "Change zone, hours or holidays of a calendar.",
        answers=CALENDAR,
        refusals=(*EDITS, Duplicate),
        needs=Permission.WRITE_PEOPLE,
    )
