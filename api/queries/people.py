"""Root fields about people, teams, calendars and capacity limits."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.account import ServiceAccount, ServiceAccountRef
from api.types.people import (
    Calendar,
    CalendarOrder,
    CalendarRef,
    CapacityLimit,
    Person,
    PersonOrder,
    PersonRef,
    PersonWhere,
    Team,
    TeamOrder,
    TeamRef,
    TeamWhere,
)
from api.types.references import reference_input
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering

BY_NAME = (Ordering("name"),)


@strawberry.type
class PeopleQueries:
    """One record by what you have of it, and pages of records."""

    person: Person | None = referred("The person referred to; null when there is none.", PersonRef)
    people: Connection[Person] | None = every(
        "People, by name.", where=PersonWhere, order=PersonOrder, by_default=BY_NAME
    )
    team: Team | None = referred("The team referred to; null when there is none.", TeamRef)
    teams: Connection[Team] | None = every("Teams, by name.", where=TeamWhere, order=TeamOrder, by_default=BY_NAME)
    calendar: Calendar | None = referred("The calendar referred to; null when there is none.", CalendarRef)
    calendars: Connection[Calendar] | None = every("Calendars, by name.", order=CalendarOrder, by_default=BY_NAME)
    capacity_limit: CapacityLimit | None = referred(
        "The capacity limit referred to; null when there is none.",
        reference_input("CapacityLimit", "id"),
        needs=Permission.READ_ALL,
    )
    service_account: ServiceAccount | None = referred(
        "The account referred to; null when there is none.", ServiceAccountRef, needs=Permission.READ_ALL
    )
    service_accounts: Connection[ServiceAccount] | None = every(
        "Accounts of programs, revoked ones included.", by_default=BY_NAME, needs=Permission.READ_ALL
    )
    capacity_limits: Connection[CapacityLimit] | None = every(
        "Capacity limits of sites, teams and services.", needs=Permission.READ_ALL
    )
