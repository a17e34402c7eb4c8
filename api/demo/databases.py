"""The databases: the nodes or machines that carry them, and where they keep their data."""

from dataclasses import dataclass

from api.demo.estate import CiRow, GroupRow, LinkRow, Part, R
from api.demo.infrastructure import cluster_at
from api.demo.services import BREMEN, HANNOVER

_DATABASES, _SERVERS = "Database Services", "Server and Virtualisation"


@dataclass(frozen=True, slots=True)
class DatabaseRow:
    """A database: the nodes that carry it (0: a virtual machine of its own), where it keeps its data."""

    name: str
    tier: int
    nodes: int = 0
    volume: str = "datastore silver"


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


def databases() -> Part:
    """Return the databases with what carries them, and the standby of the payments database."""
    items = [CiRow("payments-db-standby", "database", BREMEN, _DATABASES, 1)]
    links = [LinkRow("payments-db-standby", R.BACKS_UP, "payments-db")]
    groups = []
    for row in DATABASES:
        items.append(CiRow(row.name, "database", HANNOVER, _DATABASES, row.tier))
        links.append(LinkRow(row.name, R.DEPENDS_ON, row.volume))
        if row.nodes:
            nodes = tuple(f"{row.name}-{number}" for number in range(1, row.nodes + 1))
            groups.append(GroupRow(f"cluster of {row.name}", nodes, (row.name,)))
            for node in nodes:
                site = BREMEN if node == nodes[-1] else HANNOVER
                items.append(CiRow(node, "database node", site, _DATABASES, row.tier))
                links.append(_carried(node, site))
        else:
            items.append(CiRow(f"vm-{row.name}", "virtual machine", HANNOVER, _SERVERS, row.tier))
            links.append(LinkRow(row.name, R.RUNS_ON, f"vm-{row.name}"))
            links.append(LinkRow(f"vm-{row.name}", R.HOSTED_ON, cluster_at(HANNOVER)))
    return Part(tuple(items), tuple(links), tuple(groups))


def _carried(node: str, site: str) -> LinkRow:
    server = ON_SERVERS.get(node)
    return LinkRow(node, R.RUNS_ON, server) if server else LinkRow(node, R.HOSTED_ON, cluster_at(site))
