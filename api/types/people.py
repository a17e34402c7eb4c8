"""People, support groups, calendars and capacity limits as GraphQL shows them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import One, Varying, many
from api.relay import Connection, Node, global_id
from api.types.filters import StringFilter
from api.types.incident import IncidentOrder, IncidentWhere
from api.types.names import AChange, AChangeTask, AConfigurationItem, AnIncident
from api.types.references import reference_input
from api.types.time import TimeWindow, time_window
from api.viewing import viewer_can
from domain.kernel.actor import Permission, Role
from domain.kernel.duties import RecordAct
from domain.kernel.page import Ordering


@strawberry.type(description="A weekly span of opening hours, in local time of the calendar's zone.")
class OpeningHours:
    """One span of `Calendar.weekly`."""

    weekday: int = strawberry.field(description="Day of the week on which it begins: 0 is Monday, 6 is Sunday.")
    start: str = strawberry.field(description="Local time HH:MM at which it begins.")
    end: str = strawberry.field(
        description="Local time HH:MM at which it ends; at or before the start: on the next day."
    )


def _opening_hours(weekly: Iterable[Mapping[str, Any]]) -> list[OpeningHours]:
    return [OpeningHours(weekday=span["weekday"], start=span["start"], end=span["end"]) for span in weekly]


@strawberry.type(description="When somebody works: weekly hours and holidays in one time zone.")
class Calendar(Node):
    """Rows of the noun `calendar`."""

    noun: ClassVar[str] = "calendar"

    id: strawberry.ID = global_id("Calendar")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the calendar.")
    time_zone: str = column("IANA time zone in which its hours and holidays are meant, e.g. Europe/Berlin.")
    weekly_hours: list[OpeningHours] = computed("Opening hours of a week.", ("weekly",), _opening_hours)
    holidays: list[date] = computed(
        "Local dates on which no span begins.", ("holidays",), lambda days: [date.fromisoformat(day) for day in days]
    )
    is_organisation_default: bool = column("Whether it holds for everybody without a calendar of their own.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("calendar")


@strawberry.type(description="A span in which a person is away.")
class Leave:
    """Rows of the noun `leave`."""

    noun: ClassVar[str] = "leave"

    window: TimeWindow = computed("When the person is away.", ("start", "end"), time_window)
    reason: str | None = column("Why, if the person said so.")


@strawberry.type(description="Someone who requests, approves, implements or is affected.")
class Person(Node):
    """Rows of the noun `person`."""

    noun: ClassVar[str] = "person"

    id: strawberry.ID = global_id("Person")
    external_id: str | None = column("Key in the system the person was imported from; null when added here.")
    name: str = column("Name of the person.")
    email: str | None = column("Mail address; null when unknown.", needs=Permission.READ_ALL)
    organisation: str | None = column("Customer organisation the person belongs to; null for our own people.")
    time_zone: str = column("IANA time zone the person lives in.")
    site: str | None = column("Site the person works at; null when unknown.")
    capacity: int = column("How many change tasks the person can carry at once.")
    is_vip: bool = column("Whether incidents of this person weigh more.")
    is_active: bool = column("Whether the person still belongs to the organisation.")
    roles: list[Role] = column("Duties of the person.")
    version: int = column("Version to give back with the next act on the person.")
    viewer_can: list[RecordAct] = viewer_can("person")
    calendar: "Calendar | None" = sourced(
        "Working hours of the person; null for those of the organisation.", One("calendar_id")
    )
    delegate: "Person | None" = sourced(
        "Who stands in while the person is away; null when nobody does.", One("delegate_id")
    )
    leave: Connection[Leave] | None = many(
        "When the person is away, the earliest first.",
        "person",
        by_default=(Ordering("start"),),
        needs=Permission.READ_ALL,
    )
    memberships: Connection["TeamMember"] = many("Teams the person belongs to now.", "person")
    reported_incidents: Connection[AnIncident] = many(
        "Incidents the person reported.", "reporter", where=IncidentWhere, order=IncidentOrder
    )
    assigned_incidents: Connection[AnIncident] = many(
        "Incidents the person works on.", "assignee", where=IncidentWhere, order=IncidentOrder
    )
    requested_changes: Connection[AChange] = many("Changes the person requested.", "requester")
    tasks: Connection[AChangeTask] = many("Change tasks the person implements.", "implementer")
    owned_configuration_items: Connection[AConfigurationItem] = many("Configuration items the person owns.", "owner")


@strawberry.type(description="A person's membership of a team.")
class TeamMember:
    """Rows of the noun `team_member`."""

    noun: ClassVar[str] = "team_member"

    valid_from: datetime = column("Since when the person belongs to the team.")
    valid_to: datetime | None = column("Until when; null while it has no end.")
    person: Person | None = sourced("The member.", One("person_id"))
    team: "Team | None" = sourced("The team.", One("team_id"))


@strawberry.type(description="A support group: owns configuration items, carries changes, has a track record.")
class Team(Node):
    """Rows of the noun `team`."""

    noun: ClassVar[str] = "team"

    id: strawberry.ID = global_id("Team")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the team.")
    expertise: str | None = column("What it knows best; null when nobody said.")
    site: str | None = column("Site it works at; null when unknown.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("team")
    lead: Person | None = sourced("Who leads it; null when nobody does.", One("lead_id"))
    calendar: Calendar | None = sourced("Its working hours; null for those of the organisation.", One("calendar_id"))
    members: Connection[TeamMember] = many("Who belongs to it now.", "team")
    incidents: Connection[AnIncident] = many("Incidents it has.", "team", where=IncidentWhere, order=IncidentOrder)
    changes: Connection[AChange] = many("Changes it carries.", "team")
    owned_configuration_items: Connection[AConfigurationItem] = many("Configuration items it owns.", "owner_team")


def _limited(kind: str, subject_id: str) -> tuple[str, str] | None:
    type_name = {"TEAM": "Team", "SERVICE": "BusinessService"}.get(kind)
    return None if type_name is None else (type_name, subject_id)


@strawberry.type(description="How many changes may run at once on a site, in a team or on a service.")
class CapacityLimit(Node):
    """Rows of the noun `capacity_limit`."""

    noun: ClassVar[str] = "capacity_limit"

    id: strawberry.ID = global_id("CapacityLimit")
    concurrent_changes: int = column("Most changes at once.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("capacity_limit")
    site: str | None = computed(
        "The site it holds for; null when it holds for a team or a service.",
        ("subject_kind", "subject_id"),
        lambda kind, subject: subject if kind == "SITE" else None,
    )
    subject: Node | None = sourced(
        "The team or business service it holds for; null when it holds for a site.",
        Varying(("subject_kind", "subject_id"), _limited),
    )


PersonOrder = order_input("Person", name="By name.")
TeamOrder = order_input("Team", name="By name.")
CalendarOrder = order_input("Calendar", name="By name.")
PersonRef = reference_input("Person", "id", "external_id")
TeamRef = reference_input("Team", "id", "name", "external_id")
CalendarRef = reference_input("Calendar", "id", "name", "external_id")


@strawberry.input(description="Which people: those that match every field given.")
class PersonWhere:
    """Filters over indexes of the noun `person`."""

    name: StringFilter | None = filtered("By name.", "name")
    external_id: StringFilter | None = filtered("By key in the system the person was imported from.", "external_id")


@strawberry.input(description="Which teams: those that match every field given.")
class TeamWhere:
    """Filters over indexes of the noun `team`."""

    name: StringFilter | None = filtered("By name.", "name")
    external_id: StringFilter | None = filtered("By key in the system it was imported from.", "external_id")
