"""The applications behind each service: virtual machines, databases, and what they need of each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demo.estate import CiRow, GroupRow, LinkRow, Part, R
from api.demo.services import BREMEN, HANNOVER

ONLINE, CARDS, PAYMENTS = "Online Banking Engineering", "Cards Engineering", "Payments Engineering"
CORE, BRANCH, TREASURY = "Core Banking Engineering", "Branch and ATM Systems", "Treasury Systems"
CORPORATE, DATABASES_TEAM, SERVERS = "Corporate Applications", "Database Services", "Server and Virtualisation"


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application: `prefix` of its machines, how many in Hannover and Bremen, how many of them must run.

    The service depends on it, or only uses it to the degree `felt`. `needs` it cannot do without, `uses` it can.
    """

    name: str
    service: str
    tier: int
    team: str
    prefix: str
    machines: tuple[int, int]
    min_up: int = 1
    felt: float | None = None
    needs: tuple[str, ...] = ()
    uses: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseRow:
    """A database: the nodes that carry it (0: a virtual machine of its own), where it keeps its data."""

    name: str
    tier: int
    nodes: int = 0
    volume: str = "datastore silver"


APPLICATIONS = (
    ApplicationRow(
        *("Online Banking Portal", "Online Banking", 1, ONLINE, "obp", (4, 4), 4),
        needs=("web front end", "Customer Login"),
        uses=(("Core Ledger", 0.6), ("Payments Hub", 0.4)),
    ),
    ApplicationRow(
        *("Mobile Banking", "Online Banking", 1, ONLINE, "mob", (3, 3), 3, 0.6),
        needs=("web front end", "Customer Login"),
        uses=(("Core Ledger", 0.6),),
    ),
    ApplicationRow(*("Customer Login", "Online Banking", 1, ONLINE, "cil", (2, 2), 2), needs=("login-db",)),
    ApplicationRow(*("XYZ", "Online Banking", 1, ONLINE, "xyz", (1, 1), 1, 0.5), needs=("xyz-db",)),
    ApplicationRow(
        *("Card Authorisation", "Card Payments", 1, CARDS, "cau", (3, 3), 3), needs=("card-db", "key management")
    ),
    ApplicationRow(*("Card Fraud Screening", "Card Payments", 1, CARDS, "frd", (2, 2), 2, 0.4), needs=("fraud-db",)),
    ApplicationRow(*("3-D Secure", "Card Payments", 1, CARDS, "tds", (1, 1), 1, 0.5), needs=("web front end",)),
    ApplicationRow(
        *("Payments Hub", "Payments and SEPA", 1, PAYMENTS, "phb", (3, 3), 3),
        needs=("payments-db", "integration broker"),
        uses=(("Core Ledger", 0.5), ("key management", 0.5)),
    ),
    ApplicationRow(
        *("SEPA Gateway", "Payments and SEPA", 1, PAYMENTS, "sep", (1, 1), 1, 0.7), needs=("integration broker",)
    ),
    ApplicationRow(*("Instant Payments", "Payments and SEPA", 1, PAYMENTS, "ins", (2, 2), 2, 0.5), needs=("instant-db",)),
    ApplicationRow(*("SWIFT Interface", "Payments and SEPA", 1, PAYMENTS, "swf", (1, 1), 1, 0.3)),
    ApplicationRow(*("Core Ledger", "Core Banking", 1, CORE, "ldg", (3, 3), 3), needs=("ledger-db",)),
    ApplicationRow(*("Accounts and Products", "Core Banking", 1, CORE, "acc", (2, 2), 2), needs=("accounts-db",)),
    ApplicationRow(
        *("End-of-Day Processing", "Core Banking", 1, CORE, "eod", (1, 1), 1, 0.4), needs=("ledger-db", "batch control")
    ),
    ApplicationRow(
        *("ATM Switch", "ATM Network", 2, BRANCH, "atm", (2, 2), 2),
        needs=("atm-db",),
        uses=(("Card Authorisation", 0.7),),
    ),
    ApplicationRow(*("Cash Logistics", "ATM Network", 3, BRANCH, "csh", (1, 0), 1, 0.2), needs=("cash-db",)),
    ApplicationRow(
        *("Teller Desktop", "Branch Counter", 2, BRANCH, "tel", (2, 2), 2),
        needs=("teller-db",),
        uses=(("Core Ledger", 0.8), ("staff directory", 0.6)),
    ),
    ApplicationRow(*("Appointments", "Branch Counter", 3, BRANCH, "app", (1, 0), 1, 0.1)),
    ApplicationRow(
        *("Treasury Workbench", "Treasury and Trading", 2, TREASURY, "trs", (1, 1)),
        needs=("treasury-db",),
        uses=(("Payments Hub", 0.4),),
    ),
    ApplicationRow(*("Market Data Feed", "Treasury and Trading", 2, TREASURY, "mdf", (1, 1), 1, 0.5)),
    ApplicationRow(*("Collateral", "Treasury and Trading", 3, TREASURY, "col", (1, 0), 1, 0.2), needs=("treasury-db",)),
    ApplicationRow(
        *("Loan Desk", "Loan Origination", 3, CORE, "lon", (1, 1)),
        needs=("loan-db",),
        uses=(("Accounts and Products", 0.3),),
    ),
    ApplicationRow(*("Credit Scoring", "Loan Origination", 3, CORE, "scr", (1, 1), 1, 0.4), needs=("scoring-db",)),
    ApplicationRow(
        *("Reporting Warehouse", "Regulatory Reporting", 3, CORPORATE, "dwh", (1, 0)),
        needs=("warehouse-db",),
        uses=(("Core Ledger", 0.2), ("batch control", 0.3)),
    ),
    ApplicationRow(*("AnaCredit Feed", "Regulatory Reporting", 3, CORPORATE, "ana", (1, 0), 1, 0.4)),
    ApplicationRow(*("Intranet", "Intranet and Mail", 4, CORPORATE, "int", (1, 0), 1, 0.5), needs=("intranet-db",)),
    ApplicationRow(*("Mail Gateway", "Intranet and Mail", 4, CORPORATE, "mgw", (1, 1)), uses=(("perimeter", 0.5),)),
    ApplicationRow(*("Meeting Rooms", "Intranet and Mail", 4, CORPORATE, "mtg", (1, 0), 1, 0.1)),
)

DATABASES = (
    DatabaseRow("login-db", 1, 2, "datastore gold"),
    DatabaseRow("xyz-db", 1, 0, "datastore gold"),
    DatabaseRow("card-db", 1, 2, "datastore gold"),
    DatabaseRow("fraud-db", 2),
    DatabaseRow("payments-db", 1, 0, "datastore gold"),
    DatabaseRow("instant-db", 1, 2, "datastore gold"),
    DatabaseRow("ledger-db", 1, 3, "datastore gold"),
    DatabaseRow("accounts-db", 1, 2, "datastore gold"),
    DatabaseRow("atm-db", 2, 2),
    DatabaseRow("cash-db", 3),
    DatabaseRow("teller-db", 2, 2),
    DatabaseRow("treasury-db", 2, 2),
    DatabaseRow("loan-db", 3),
    DatabaseRow("scoring-db", 3),
    DatabaseRow("warehouse-db", 3),
    DatabaseRow("intranet-db", 4),
)

ON_SERVERS = {"ledger-db-1": "srv-ledger-1", "ledger-db-2": "srv-ledger-2", "ledger-db-3": "srv-ledger-3"}
"""Database nodes on hardware of their own; the others are virtual."""


def applications() -> Part:
    """Return the applications with their machines."""
    items, links, groups = [], [], []
    for row in APPLICATIONS:
        machines = list(_machines(row))
        items.append(CiRow(row.name, "application", HANNOVER, row.team, row.tier))
        items += [CiRow(name, "virtual machine", site, SERVERS, row.tier) for name, site in machines]
        links += [LinkRow(name, R.HOSTED_ON, _cluster(site)) for name, site in machines]
        links.append(_link_to_service(row))
        links += [LinkRow(row.name, R.DEPENDS_ON, needed) for needed in row.needs]
        links += [LinkRow(row.name, R.USES, used, degree) for used, degree in row.uses]
        names = tuple(name for name, _ in machines)
        if len(names) > 1:
            groups.append(GroupRow(f"machines of {row.name}", names, (row.name,), row.min_up))
        else:
            links.append(LinkRow(row.name, R.RUNS_ON, names[0]))
    return Part(tuple(items), tuple(links), tuple(groups))


def databases() -> Part:
    """Return the databases with their nodes or machines, and the standby of the payments database."""
    items = [CiRow("payments-db-standby", "database", BREMEN, DATABASES_TEAM, 1)]
    links = [LinkRow("payments-db-standby", R.BACKS_UP, "payments-db")]
    groups = []
    for row in DATABASES:
        items.append(CiRow(row.name, "database", HANNOVER, DATABASES_TEAM, row.tier))
        links.append(LinkRow(row.name, R.DEPENDS_ON, row.volume))
        nodes = tuple(f"{row.name}-{number}" for number in range(1, row.nodes + 1))
        if nodes:
            groups.append(GroupRow(f"cluster of {row.name}", nodes, (row.name,)))
        else:
            items.append(CiRow(f"vm-{row.name}", "virtual machine", HANNOVER, SERVERS, row.tier))
            links += [LinkRow(row.name, R.RUNS_ON, f"vm-{row.name}")]
            links += [LinkRow(f"vm-{row.name}", R.HOSTED_ON, "vSphere Hannover")]
        for number, node in enumerate(nodes, 1):
            site = HANNOVER if number % 2 or row.nodes == 3 and number == 2 else BREMEN
            site = BREMEN if node == "ledger-db-3" else site
            items.append(CiRow(node, "database node", site, DATABASES_TEAM, row.tier))
            carrier = ON_SERVERS.get(node)
            links.append(LinkRow(node, R.RUNS_ON, carrier) if carrier else LinkRow(node, R.HOSTED_ON, _cluster(site)))
    return Part(tuple(items), tuple(links), tuple(groups))


def _machines(row: ApplicationRow) -> Iterator[tuple[str, str]]:
    for site, code, count in ((HANNOVER, "h", row.machines[0]), (BREMEN, "b", row.machines[1])):
        yield from ((f"{row.prefix}-{code}{number:02d}", site) for number in range(1, count + 1))


def _link_to_service(row: ApplicationRow) -> LinkRow:
    if row.felt is None:
        return LinkRow(row.service, R.DEPENDS_ON, row.name)
    return LinkRow(row.service, R.USES, row.name, row.felt)


def _cluster(site: str) -> str:
    return f"vSphere {site.split()[0]}"
