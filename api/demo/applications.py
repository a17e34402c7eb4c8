"""The applications behind each service: their virtual machines, and what they need of each other and of databases."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demo.estate import CiRow, GroupRow, LinkRow, Part, R
from api.demo.infrastructure import cluster_at
from api.demo.services import BREMEN, HANNOVER

ONLINE, CARDS, PAYMENTS = "Online Banking Engineering", "Cards Engineering", "Payments Engineering"
CORE, BRANCH, TREASURY = "Core Banking Engineering", "Branch and ATM Systems", "Treasury Systems"
CORPORATE, SERVERS = "Corporate Applications", "Server and Virtualisation"


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


APPLICATIONS = (
    ApplicationRow(
        name="Online Banking Portal",
        service="Online Banking",
        tier=1,
        team=ONLINE,
        prefix="obp",
        machines=(4, 4),
        min_up=4,
        needs=("web front end", "Customer Login"),
        uses=(("Core Ledger", 0.6), ("Payments Hub", 0.4)),
    ),
    ApplicationRow(
        name="Mobile Banking",
        service="Online Banking",
        tier=1,
        team=ONLINE,
        prefix="mob",
        machines=(3, 3),
        min_up=3,
        felt=0.6,
        needs=("web front end", "Customer Login"),
        uses=(("Core Ledger", 0.6),),
    ),
    ApplicationRow(
        name="Customer Login",
        service="Online Banking",
        tier=1,
        team=ONLINE,
        prefix="cil",
        machines=(2, 2),
        min_up=2,
        needs=("login-db",),
    ),
    ApplicationRow(
        name="XYZ",
        service="Online Banking",
        tier=1,
        team=ONLINE,
        prefix="xyz",
        machines=(1, 1),
        min_up=1,
        felt=0.5,
        needs=("xyz-db",),
    ),
    ApplicationRow(
        name="Card Authorisation",
        service="Card Payments",
        tier=1,
        team=CARDS,
        prefix="cau",
        machines=(3, 3),
        min_up=3,
        needs=("card-db", "key management"),
    ),
    ApplicationRow(
        name="Card Fraud Screening",
        service="Card Payments",
        tier=1,
        team=CARDS,
        prefix="frd",
        machines=(2, 2),
        min_up=2,
        felt=0.4,
        needs=("fraud-db",),
    ),
    ApplicationRow(
        name="3-D Secure",
        service="Card Payments",
        tier=1,
        team=CARDS,
        prefix="tds",
        machines=(1, 1),
        min_up=1,
        felt=0.5,
        needs=("web front end",),
    ),
    ApplicationRow(
        name="Payments Hub",
        service="Payments and SEPA",
        tier=1,
        team=PAYMENTS,
        prefix="phb",
        machines=(3, 3),
        min_up=3,
        needs=("payments-db", "integration broker"),
        uses=(("Core Ledger", 0.5), ("key management", 0.5)),
    ),
    ApplicationRow(
        name="SEPA Gateway",
        service="Payments and SEPA",
        tier=1,
        team=PAYMENTS,
        prefix="sep",
        machines=(1, 1),
        min_up=1,
        felt=0.7,
        needs=("integration broker",),
    ),
    ApplicationRow(
        name="Instant Payments",
        service="Payments and SEPA",
        tier=1,
        team=PAYMENTS,
        prefix="ins",
        machines=(2, 2),
        min_up=2,
        felt=0.5,
        needs=("instant-db",),
    ),
    ApplicationRow(
        name="SWIFT Interface",
        service="Payments and SEPA",
        tier=1,
        team=PAYMENTS,
        prefix="swf",
        machines=(1, 1),
        min_up=1,
        felt=0.3,
    ),
    ApplicationRow(
        name="Core Ledger",
        service="Core Banking",
        tier=1,
        team=CORE,
        prefix="ldg",
        machines=(3, 3),
        min_up=3,
        needs=("ledger-db",),
    ),
    ApplicationRow(
        name="Accounts and Products",
        service="Core Banking",
        tier=1,
        team=CORE,
        prefix="acc",
        machines=(2, 2),
        min_up=2,
        needs=("accounts-db",),
    ),
    ApplicationRow(
        name="End-of-Day Processing",
        service="Core Banking",
        tier=1,
        team=CORE,
        prefix="eod",
        machines=(1, 1),
        min_up=1,
        felt=0.4,
        needs=("ledger-db", "batch control"),
    ),
    ApplicationRow(
        name="ATM Switch",
        service="ATM Network",
        tier=2,
        team=BRANCH,
        prefix="atm",
        machines=(2, 2),
        min_up=2,
        needs=("atm-db",),
        uses=(("Card Authorisation", 0.7),),
    ),
    ApplicationRow(
        name="Cash Logistics",
        service="ATM Network",
        tier=3,
        team=BRANCH,
        prefix="csh",
        machines=(1, 0),
        min_up=1,
        felt=0.2,
        needs=("cash-db",),
    ),
    ApplicationRow(
        name="Teller Desktop",
        service="Branch Counter",
        tier=2,
        team=BRANCH,
        prefix="tel",
        machines=(2, 2),
        min_up=2,
        needs=("teller-db",),
        uses=(("Core Ledger", 0.8), ("staff directory", 0.6)),
    ),
    ApplicationRow(
        name="Appointments",
        service="Branch Counter",
        tier=3,
        team=BRANCH,
        prefix="app",
        machines=(1, 0),
        min_up=1,
        felt=0.1,
    ),
    ApplicationRow(
        name="Treasury Workbench",
        service="Treasury and Trading",
        tier=2,
        team=TREASURY,
        prefix="trs",
        machines=(1, 1),
        needs=("treasury-db",),
        uses=(("Payments Hub", 0.4),),
    ),
    ApplicationRow(
        name="Market Data Feed",
        service="Treasury and Trading",
        tier=2,
        team=TREASURY,
        prefix="mdf",
        machines=(1, 1),
        min_up=1,
        felt=0.5,
    ),
    ApplicationRow(
        name="Collateral",
        service="Treasury and Trading",
        tier=3,
        team=TREASURY,
        prefix="col",
        machines=(1, 0),
        min_up=1,
        felt=0.2,
        needs=("treasury-db",),
    ),
    ApplicationRow(
        name="Loan Desk",
        service="Loan Origination",
        tier=3,
        team=CORE,
        prefix="lon",
        machines=(1, 1),
        needs=("loan-db",),
        uses=(("Accounts and Products", 0.3),),
    ),
    ApplicationRow(
        name="Credit Scoring",
        service="Loan Origination",
        tier=3,
        team=CORE,
        prefix="scr",
        machines=(1, 1),
        min_up=1,
        felt=0.4,
        needs=("scoring-db",),
    ),
    ApplicationRow(
        name="Reporting Warehouse",
        service="Regulatory Reporting",
        tier=3,
        team=CORPORATE,
        prefix="dwh",
        machines=(1, 0),
        needs=("warehouse-db",),
        uses=(("Core Ledger", 0.2), ("batch control", 0.3)),
    ),
    ApplicationRow(
        name="AnaCredit Feed",
        service="Regulatory Reporting",
        tier=3,
        team=CORPORATE,
        prefix="ana",
        machines=(1, 0),
        min_up=1,
        felt=0.4,
    ),
    ApplicationRow(
        name="Intranet",
        service="Intranet and Mail",
        tier=4,
        team=CORPORATE,
        prefix="int",
        machines=(1, 0),
        min_up=1,
        felt=0.5,
        needs=("intranet-db",),
    ),
    ApplicationRow(
        name="Mail Gateway",
        service="Intranet and Mail",
        tier=4,
        team=CORPORATE,
        prefix="mgw",
        machines=(1, 1),
        uses=(("perimeter", 0.5),),
    ),
    ApplicationRow(
        name="Meeting Rooms",
        service="Intranet and Mail",
        tier=4,
        team=CORPORATE,
        prefix="mtg",
        machines=(1, 0),
        min_up=1,
        felt=0.1,
    ),
)


def applications() -> Part:
    """Return the applications with their machines."""
    items, links, groups = [], [], []
    for row in APPLICATIONS:
        machines = list(_machines(row))
        items.append(CiRow(row.name, "application", HANNOVER, row.team, row.tier))
        items += [CiRow(name, "virtual machine", site, SERVERS, row.tier) for name, site in machines]
        links += [LinkRow(name, R.HOSTED_ON, cluster_at(site)) for name, site in machines]
        links.append(_link_to_service(row))
        links += [LinkRow(row.name, R.DEPENDS_ON, needed) for needed in row.needs]
        links += [LinkRow(row.name, R.USES, used, degree) for used, degree in row.uses]
        names = tuple(name for name, _ in machines)
        if len(names) > 1:
            groups.append(GroupRow(f"machines of {row.name}", names, (row.name,), row.min_up))
        else:
            links.append(LinkRow(row.name, R.RUNS_ON, names[0]))
    return Part(tuple(items), tuple(links), tuple(groups))


def _machines(row: ApplicationRow) -> Iterator[tuple[str, str]]:
    for site, code, count in ((HANNOVER, "h", row.machines[0]), (BREMEN, "b", row.machines[1])):
        yield from ((f"{row.prefix}-{code}{number:02d}", site) for number in range(1, count + 1))


def _link_to_service(row: ApplicationRow) -> LinkRow:
    if row.felt is None:
        return LinkRow(row.service, R.DEPENDS_ON, row.name)
    return LinkRow(row.service, R.USES, row.name, row.felt)
