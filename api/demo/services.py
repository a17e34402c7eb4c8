"""The twelve business services: what the bank sells, how much it hurts, when it is used, and who answers for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from api.demo.dates import Timeline
from api.demo.register import Entry, Register
from domain.calendar.model import Calendar
from domain.ci.model import SERVICE_CLASS, BusinessService, ConfigurationItem, Stakeholder
from domain.people.model import Person, Team

HANNOVER = "Hannover data centre"
BREMEN = "Bremen data centre"
BRANCHES = "Branches"


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A business service; `peaks` are days such as "1 Fri", `stakeholders` those who want to hear of changes."""

    name: str
    tier: int
    owner: str
    team: str
    calendar: str
    availability: float
    downtime_left: float
    site: str = HANNOVER
    peaks: tuple[str, ...] = ()
    vips: tuple[str, ...] = ()
    stakeholders: tuple[str, ...] = field(default=())


SERVICES = (
    ServiceRow(
        "Online Banking",
        1,
        "Dr. Elisabeth Hartung",
        "Online Banking Engineering",
        "Online, every day",
        99.9,
        31,
        peaks=("1 Mon",),
        vips=("Dr. Georg Wallner",),
        stakeholders=("Mehmet Aksoy",),
    ),
    ServiceRow(
        "Card Payments",
        1,
        "Matthias Kröger",
        "Cards Engineering",
        "Card shops",
        99.95,
        14,
        peaks=("0 Fri", "0 Sat", "1 Sat"),
        stakeholders=("Mehmet Aksoy",),
    ),
    ServiceRow(
        "Payments and SEPA",
        1,
        "Johanna Pfeiffer",
        "Payments Engineering",
        "TARGET days",
        99.9,
        42,
        peaks=("1 Mon", "1 Tue"),
        vips=("Beatrix von Osten",),
        stakeholders=("Philippe Laurent",),
    ),
    ServiceRow(
        "Core Banking",
        1,
        "Stefan Ahrens",
        "Core Banking Engineering",
        "Online, every day",
        99.9,
        26,
        peaks=("2 Thu",),
        stakeholders=("Johanna Pfeiffer",),
    ),
    ServiceRow("ATM Network", 2, "Renate Busch", "Branch and ATM Systems", "Cash points", 99.5, 180, BRANCHES),
    ServiceRow("Branch Counter", 2, "Renate Busch", "Branch and ATM Systems", "Branch counters", 99.5, 150, BRANCHES),
    ServiceRow(
        "Treasury and Trading",
        2,
        "Philippe Laurent",
        "Treasury Systems",
        "TARGET days",
        99.7,
        65,
        vips=("Beatrix von Osten",),
    ),
    ServiceRow("Loan Origination", 3, "Monika Seidel", "Core Banking Engineering", "Office hours", 99.0, 300),
    ServiceRow("Regulatory Reporting", 3, "Christian Vogt", "Corporate Applications", "Office hours", 99.0, 420),
    ServiceRow("Document Archive", 3, "Monika Seidel", "Corporate Applications", "Office hours", 98.5, 500, BREMEN),
    ServiceRow("Human Resources", 4, "Heike Albers", "Corporate Applications", "Office hours", 98.0, 700, BREMEN),
    ServiceRow("Intranet and Mail", 4, "Kai Thomsen", "Corporate Applications", "Office hours", 98.0, 640),
)


def services(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield every business service: the configuration item, and the service facts beside it."""
    for number, row in enumerate(SERVICES, 1):
        service_id = register.enter(ConfigurationItem, row.name)
        stakeholders = [
            Stakeholder(
                id=register.new_id(),
                ci_id=service_id,
                person_id=register.id_of(Person, name),
                interest="hears of planned interruptions",
            )
            for name in row.stakeholders
        ]
        ci = ConfigurationItem(
            id=service_id,
            external_id=f"SVC-{number:02d}",
            name=row.name,
            class_name=SERVICE_CLASS,
            tier=row.tier,
            site=row.site,
            owner_id=register.id_of(Person, row.owner),
            owner_team_id=register.id_of(Team, row.team),
            confirmed_at=timeline.ago(30),
            stakeholders=stakeholders,
        )
        yield Entry("ci.created", ci)
        yield Entry("service.defined", _facts(register, timeline, row))


def _facts(register: Register, timeline: Timeline, row: ServiceRow) -> BusinessService:
    return BusinessService(
        id=register.id_of(ConfigurationItem, row.name),
        tier=row.tier,
        calendar_id=register.id_of(Calendar, row.calendar),
        site=row.site,
        availability_percent=row.availability,
        downtime_left_minutes=row.downtime_left,
        peak_days=[timeline.day(day) for day in row.peaks],
        vip_person_ids=[register.id_of(Person, name) for name in row.vips],
    )
