"""Who works at the bank: teams, persons, shifts, absences and how much each can carry at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demo.dates import OFFICE_HOURS, ZONE_NAME, Timeline
from api.demo.register import Entry, Register
from domain.calendar.model import Calendar
from domain.ci.model import ConfigurationItem
from domain.kernel.actor import Role
from domain.people.model import CapacityLimit, Leave, Person, Team, TeamMember

HEAD_OFFICE = "Hannover head office"
MAIL_DOMAIN = "nordhafen-bank.example"

_DAILY = range(7)


def _span(weekday: int, start: str, end: str) -> dict[str, object]:
    return {"weekday": weekday, "start": start, "end": end}


CALENDARS: dict[str, list[dict[str, object]]] = {
    "Office hours": OFFICE_HOURS,
    "Round the clock": [_span(day, "00:00", "24:00") for day in _DAILY],
    "Early shift": [_span(day, "06:00", "14:00") for day in range(6)],
    "Operations, evenings and weekends": [
        *(_span(day, "07:00", "24:00") for day in range(5)),
        *(_span(day, "00:00", "24:00") for day in (5, 6)),
        *(_span(day, "00:00", "06:00") for day in range(5)),
    ],
    "Online, every day": [_span(day, "06:00", "22:00") for day in _DAILY],
    "Card shops": [_span(day, "07:00", "22:00") for day in range(6)],
    "TARGET days": [_span(day, "07:00", "18:30") for day in range(5)],
    "Cash points": [_span(day, "05:00", "24:00") for day in _DAILY],
    "Branch counters": [_span(day, "08:30", "18:00") for day in range(5)],
}
"""Weekly hours by name; the first is the organisation's."""

CLOSED_ON_HOLIDAYS = frozenset({"Office hours", "Early shift", "TARGET days", "Branch counters"})


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A support group; `lead` is a person's name, `expertise` what it is heard about at the board."""

    name: str
    expertise: str
    lead: str
    calendar: str = "Office hours"
    site: str = HEAD_OFFICE


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person: team (None: none), shift, tasks at once, and who stands in."""

    name: str
    team: str | None
    roles: tuple[Role, ...] = (Role.SUPPORT,)
    calendar: str = "Operations, evenings and weekends"
    capacity: int = 1
    delegate: str | None = None
    is_vip: bool = False


TEAMS = (
    TeamRow("Change Management", "change control", "Katharina Brandt"),
    TeamRow("Service Desk", "user support", "Mehmet Aksoy", "Early shift"),
    TeamRow("Database Services", "databases", "Henrik Olsson"),
    TeamRow("Network Services", "network", "Petra Lindqvist"),
    TeamRow("Server and Virtualisation", "servers", "Rainer Voss"),
    TeamRow("Storage and Backup", "storage", "Ilse Marquardt"),
    TeamRow("Integration and Batch", "middleware", "Oliver Tesch"),
    TeamRow("Data Centre Operations", "facilities", "Gerd Hasenkamp", "Round the clock", "Bremen data centre"),
    TeamRow("Information Security", "security", "Yasmin Farouk"),
    TeamRow("Online Banking Engineering", "online banking", "Lena Wiechmann"),
    TeamRow("Cards Engineering", "cards", "Tom Ruland"),
    TeamRow("Payments Engineering", "payments", "Ingrid Sauer"),
    TeamRow("Core Banking Engineering", "core banking", "Wolfram Eick"),
    TeamRow("Branch and ATM Systems", "branches", "Birgit Kampe"),
    TeamRow("Treasury Systems", "treasury", "Claude Mercier"),
    TeamRow("Corporate Applications", "corporate applications", "Sabine Rother"),
)

_LEAD = (Role.SUPPORT, Role.CAB_MEMBER)
_OWNER = (Role.REQUESTER, Role.CAB_MEMBER)
_BOARD = (Role.CHANGE_MANAGER, Role.CAB_MEMBER)

PEOPLE = (
    PersonRow("Katharina Brandt", "Change Management", _BOARD, "Office hours", delegate="Tobias Hellwig"),
    PersonRow("Tobias Hellwig", "Change Management", _BOARD, "Office hours"),
    PersonRow("Anneke Visser", "Change Management", (Role.CHANGE_MANAGER, Role.CONFIGURATION_MANAGER), "Office hours"),
    PersonRow("Mehmet Aksoy", "Service Desk", (Role.SERVICE_DESK,), "Early shift", 3),
    PersonRow("Paula Dittmer", "Service Desk", (Role.SERVICE_DESK,), "Early shift", 3),
    PersonRow("Jan Friese", "Service Desk", (Role.SERVICE_DESK, Role.PROBLEM_MANAGER), "Office hours", 3),
    PersonRow("Henrik Olsson", "Database Services", _LEAD, delegate="Miriam Katz"),
    PersonRow("Miriam Katz", "Database Services"),
    PersonRow("Arjun Mehta", "Database Services"),
    PersonRow("Dörte Lampe", "Database Services", capacity=2),
    PersonRow("Petra Lindqvist", "Network Services", _LEAD, delegate="Kemal Yildiz"),
    PersonRow("Kemal Yildiz", "Network Services"),
    PersonRow("Franziska Noll", "Network Services"),
    PersonRow("Rainer Voss", "Server and Virtualisation", _LEAD, delegate="Silke Ohm"),
    PersonRow("Silke Ohm", "Server and Virtualisation"),
    PersonRow("Dennis Popp", "Server and Virtualisation", capacity=2),
    PersonRow("Ilse Marquardt", "Storage and Backup", _LEAD),
    PersonRow("Viktor Hahn", "Storage and Backup"),
    PersonRow("Torben Claasen", "Storage and Backup"),
    PersonRow("Oliver Tesch", "Integration and Batch", _LEAD),
    PersonRow("Nadja Berger", "Integration and Batch"),
    PersonRow("Ruth Simonis", "Integration and Batch"),
    PersonRow("Gerd Hasenkamp", "Data Centre Operations", _LEAD, "Round the clock"),
    PersonRow("Uwe Blohm", "Data Centre Operations", calendar="Round the clock"),
    PersonRow("Maike Stolz", "Data Centre Operations", calendar="Round the clock"),
    PersonRow("Yasmin Farouk", "Information Security", _LEAD, delegate="Jonas Ekberg"),
    PersonRow("Jonas Ekberg", "Information Security"),
    PersonRow("Leonie Adler", "Information Security"),
    PersonRow("Lena Wiechmann", "Online Banking Engineering", _LEAD, delegate="Marco Stein"),
    PersonRow("Marco Stein", "Online Banking Engineering"),
    PersonRow("Sofia Reuter", "Online Banking Engineering"),
    PersonRow("Tom Ruland", "Cards Engineering", _LEAD, delegate="Carla Wendt"),
    PersonRow("Carla Wendt", "Cards Engineering"),
    PersonRow("Ingrid Sauer", "Payments Engineering", _LEAD, delegate="Pavel Novak"),
    PersonRow("Pavel Novak", "Payments Engineering"),
    PersonRow("Hauke Petersen", "Payments Engineering"),
    PersonRow("Wolfram Eick", "Core Banking Engineering", _LEAD, delegate="Nina Trost"),
    PersonRow("Nina Trost", "Core Banking Engineering"),
    PersonRow("Birgit Kampe", "Branch and ATM Systems", _LEAD),
    PersonRow("Sven Otten", "Branch and ATM Systems"),
    PersonRow("Claude Mercier", "Treasury Systems", _LEAD),
    PersonRow("Ulla Jansen", "Treasury Systems"),
    PersonRow("Sabine Rother", "Corporate Applications", _LEAD),
    PersonRow("Kai Thomsen", "Corporate Applications"),
    PersonRow("Greta Lindner", "Corporate Applications"),
    PersonRow("Dr. Elisabeth Hartung", None, _OWNER, "Office hours", delegate="Lena Wiechmann"),
    PersonRow("Matthias Kröger", None, _OWNER, "Office hours", delegate="Tom Ruland"),
    PersonRow("Johanna Pfeiffer", None, _OWNER, "Office hours", delegate="Ingrid Sauer"),
    PersonRow("Stefan Ahrens", None, _OWNER, "Office hours", delegate="Wolfram Eick"),
    PersonRow("Renate Busch", None, _OWNER, "Office hours", delegate="Birgit Kampe"),
    PersonRow("Philippe Laurent", None, _OWNER, "Office hours", delegate="Claude Mercier"),
    PersonRow("Monika Seidel", None, _OWNER, "Office hours"),
    PersonRow("Christian Vogt", None, _OWNER, "Office hours"),
    PersonRow("Heike Albers", None, _OWNER, "Office hours", delegate="Kai Thomsen"),
    PersonRow("Dr. Georg Wallner", None, (Role.REQUESTER,), "Office hours", is_vip=True),
    PersonRow("Beatrix von Osten", None, (Role.REQUESTER,), "Office hours", is_vip=True),
)

LEAVE = (
    ("Heike Albers", "-2 Mon 00:00", "3 Mon 00:00", "annual leave"),
    ("Viktor Hahn", "1 Sat 00:00", "2 Mon 00:00", "annual leave"),
    ("Marco Stein", "3 Mon 00:00", "4 Mon 00:00", "training"),
    ("Stefan Ahrens", "2 Mon 00:00", "2 Fri 00:00", "parental leave"),
)
"""Person, from, until, why."""

LIMITS = (
    ("TEAM", "Network Services", 2),
    ("SITE", "Bremen data centre", 4),
    ("SERVICE", "Payments and SEPA", 2),
)
"""What can take only so many changes at once."""


def calendars(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield the working times of the organisation, of shifts and of services."""
    for position, (name, weekly) in enumerate(CALENDARS.items()):
        calendar = Calendar(
            id=register.enter(Calendar, name),
            external_id=f"CAL-{position + 1:02d}",
            name=name,
            time_zone=ZONE_NAME,
            weekly=weekly,
            holidays=timeline.holidays if name in CLOSED_ON_HOLIDAYS else [],
            is_organisation_default=position == 0,
        )
        yield Entry("calendar.created", calendar)


def people(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield the persons with their absences and who stands in for them."""
    ids = {row.name: register.enter(Person, row.name) for row in PEOPLE}
    for number, row in enumerate(PEOPLE, 1):
        person = Person(
            id=ids[row.name],
            external_id=f"NB{1000 + number}",
            name=row.name,
            email=f"{_mailbox(row.name)}@{MAIL_DOMAIN}",
            time_zone=ZONE_NAME,
            site=HEAD_OFFICE,
            calendar_id=register.id_of(Calendar, row.calendar),
            capacity=row.capacity,
            delegate_id=ids[row.delegate] if row.delegate else None,
            is_vip=row.is_vip,
            roles=list(row.roles),
            leave=[
                Leave(
                    id=register.new_id(),
                    person_id=ids[name],
                    start=timeline.at(start),
                    end=timeline.at(end),
                    reason=reason,
                )
                for name, start, end, reason in LEAVE
                if name == row.name
            ],
        )
        yield Entry("person.created", person)


def teams(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield the support groups with their members."""
    for number, row in enumerate(TEAMS, 1):
        team_id = register.enter(Team, row.name)
        members = [
            TeamMember(
                id=register.new_id(),
                team_id=team_id,
                person_id=register.id_of(Person, person.name),
                valid_from=timeline.ago(900),
            )
            for person in PEOPLE
            if person.team == row.name
        ]
        team = Team(
            id=team_id,
            external_id=f"TEAM-{number:02d}",
            name=row.name,
            expertise=row.expertise,
            lead_id=register.id_of(Person, row.lead),
            calendar_id=register.id_of(Calendar, row.calendar),
            site=row.site,
            members=members,
        )
        yield Entry("team.created", team)


def capacity_limits(register: Register) -> Iterator[Entry]:
    """Yield how many changes a team, a site or a service can take at once."""
    nouns = {"TEAM": Team, "SERVICE": ConfigurationItem}
    for kind, name, most in LIMITS:
        limit = CapacityLimit(
            id=register.enter(CapacityLimit, name),
            subject_kind=kind,
            subject_id=register.id_of(nouns[kind], name) if kind in nouns else name,
            concurrent_changes=most,
        )
        yield Entry("capacity_limit.set", limit)


def members_of(team: str) -> list[str]:
    """Return the names of the people of a team, its lead first."""
    lead = next(row.lead for row in TEAMS if row.name == team)
    return sorted((row.name for row in PEOPLE if row.team == team), key=lambda name: name != lead)


def _mailbox(name: str) -> str:
    plain = name.lower().removeprefix("dr. ").replace("ö", "oe").replace("ü", "ue")
    return plain.replace(" ", ".")
