"""What everything stands on: two data centres with power, storage, hypervisors, networks and shared platforms."""

from api.demo.estate import CiRow, GroupRow, LinkRow, Part, R
from api.demo.services import BRANCHES, BREMEN, HANNOVER

_SITES = {"han": HANNOVER, "bre": BREMEN}
_FACILITIES, _STORAGE, _SERVERS = "Data Centre Operations", "Storage and Backup", "Server and Virtualisation"
_NETWORK, _MIDDLEWARE, _SECURITY = "Network Services", "Integration and Batch", "Information Security"

HYPERVISORS_PER_SITE = 8

TOWNS = (
    *("Hannover", "Bremen", "Celle", "Hameln", "Hildesheim", "Nienburg", "Verden", "Peine", "Lehrte", "Garbsen"),
    *("Wunstorf", "Stadthagen", "Rinteln", "Alfeld", "Uelzen", "Soltau", "Walsrode", "Diepholz", "Syke", "Delmenhorst"),
    *("Osterholz", "Rotenburg", "Achim", "Sulingen", "Springe", "Burgdorf", "Gifhorn", "Buchholz", "Winsen", "Munster"),
)
ATM_REGIONS = ("Hannover", "Bremen", "Heide", "Weser", "Leine")


def _site_items(code: str) -> tuple[CiRow, ...]:
    site = _SITES[code]
    return (
        *(CiRow(f"room-{code}-{number}", "data centre room", site, _FACILITIES, 1) for number in (1, 2)),
        *(CiRow(f"pdu-{code}-{feed}", "power distribution unit", site, _FACILITIES, 1) for feed in "ab"),
        *(CiRow(f"sto-{code}-{number}", "storage array", site, _STORAGE, 1) for number in (1, 2)),
        *(CiRow(f"san-{code}-{number}", "SAN switch", site, _STORAGE, 1) for number in (1, 2)),
        *(CiRow(f"core-{code}-{number}", "core switch", site, _NETWORK, 1) for number in (1, 2)),
        *(CiRow(f"fw-{code}-{number}", "firewall", site, _NETWORK, 1) for number in (1, 2)),
        *(CiRow(f"lb-{code}-{number}", "load balancer", site, _NETWORK, 1) for number in (1, 2)),
        *(CiRow(name, "hypervisor", site, _SERVERS, 2) for name in hypervisors(code)),
        CiRow(f"core network {site.split()[0]}", "network", site, _NETWORK, 1),
        CiRow(f"vSphere {site.split()[0]}", "hypervisor cluster", site, _SERVERS, 1),
        CiRow(f"backup-{code}", "backup appliance", site, _STORAGE),
    )


def _site_links(code: str) -> tuple[LinkRow, ...]:
    town = _SITES[code].split()[0]
    first, second = f"room-{code}-1", f"room-{code}-2"
    housed = [f"{kind}-{code}-{number}" for kind in ("sto", "san", "core", "fw", "lb") for number in (1, 2)]
    hosts = hypervisors(code)
    return (
        *(LinkRow(name, R.HOSTED_ON, first if name.endswith("1") else second) for name in housed),
        *(LinkRow(name, R.HOSTED_ON, first if place % 2 == 0 else second) for place, name in enumerate(hosts)),
        LinkRow(f"vSphere {town}", R.DEPENDS_ON, "datastore silver"),
        LinkRow(f"vSphere {town}", R.DEPENDS_ON, f"core network {town}"),
        LinkRow(f"backup-{code}", R.BACKS_UP, f"sto-{code}-1"),
    )


def _site_groups(code: str) -> tuple[GroupRow, ...]:
    town = _SITES[code].split()[0]
    arrays = (f"sto-{code}-1", f"sto-{code}-2")
    powered = (*arrays, f"core-{code}-1", f"core-{code}-2", *hypervisors(code))
    return (
        GroupRow(f"power feeds {town}", (f"pdu-{code}-a", f"pdu-{code}-b"), powered),
        GroupRow(f"SAN fabric {town}", (f"san-{code}-1", f"san-{code}-2"), arrays),
        GroupRow(f"core switches {town}", (f"core-{code}-1", f"core-{code}-2"), (f"core network {town}",)),
        GroupRow(f"hosts of vSphere {town}", hypervisors(code), (f"vSphere {town}",), 75, is_percent=True),
    )


def cluster_at(site: str) -> str:
    """Return the hypervisor cluster of a site."""
    return f"vSphere {site.split(maxsplit=1)[0]}"


def hypervisors(code: str) -> tuple[str, ...]:
    """Return the names of the hypervisors of a site, "han" or "bre"."""
    return tuple(f"esx-{code}-{number:02d}" for number in range(1, HYPERVISORS_PER_SITE + 1))


DATA_CENTRES = Part(
    items=(
        *_site_items("han"),
        *_site_items("bre"),
        CiRow("datastore gold", "storage volume", HANNOVER, _STORAGE, 1),
        CiRow("datastore silver", "storage volume", HANNOVER, _STORAGE, 1),
        CiRow("srv-ledger-1", "physical server", HANNOVER, _SERVERS, 1),
        CiRow("srv-ledger-2", "physical server", HANNOVER, _SERVERS, 1),
        CiRow("srv-ledger-3", "physical server", BREMEN, _SERVERS, 1),
    ),
    links=(
        *_site_links("han"),
        *_site_links("bre"),
        LinkRow("srv-ledger-1", R.HOSTED_ON, "room-han-1"),
        LinkRow("srv-ledger-2", R.HOSTED_ON, "room-han-2"),
        LinkRow("srv-ledger-3", R.HOSTED_ON, "room-bre-2"),
        LinkRow("srv-ledger-3", R.DEPENDS_ON, "pdu-bre-b"),
    ),
    groups=(
        *_site_groups("han"),
        *_site_groups("bre"),
        GroupRow("mirror gold", ("sto-han-1", "sto-bre-1"), ("datastore gold",)),
        GroupRow("mirror silver", ("sto-han-2", "sto-bre-2"), ("datastore silver",)),
        GroupRow("power feeds of srv-ledger-1 and -2", ("pdu-han-a", "pdu-han-b"), ("srv-ledger-1", "srv-ledger-2")),
    ),
)

_FIREWALLS = ("fw-han-1", "fw-han-2", "fw-bre-1", "fw-bre-2")
_BALANCERS = ("lb-han-1", "lb-han-2", "lb-bre-1", "lb-bre-2")
_BROKERS = ("mq-1", "mq-2", "mq-3")

PLATFORMS = Part(
    items=(
        CiRow("perimeter", "network", HANNOVER, _NETWORK, 1),
        CiRow("web front end", "load balancer", HANNOVER, _NETWORK, 1),
        CiRow("internet access", "network", HANNOVER, _NETWORK, 1),
        CiRow("uplink-han", "network", HANNOVER, _NETWORK, 1),
        CiRow("uplink-bre", "network", BREMEN, _NETWORK, 1),
        CiRow("integration broker", "message broker", HANNOVER, _MIDDLEWARE, 1),
        *(CiRow(name, "message broker", HANNOVER if name != "mq-3" else BREMEN, _MIDDLEWARE, 1) for name in _BROKERS),
        CiRow("batch control", "batch scheduler", HANNOVER, _MIDDLEWARE, 1),
        CiRow("batch-han", "batch scheduler", HANNOVER, _MIDDLEWARE, 1),
        CiRow("batch-bre", "batch scheduler", BREMEN, _MIDDLEWARE, 1),
        CiRow("key management", "hardware security module", HANNOVER, _SECURITY, 1),
        CiRow("hsm-han", "hardware security module", HANNOVER, _SECURITY, 1),
        CiRow("hsm-bre", "hardware security module", BREMEN, _SECURITY, 1),
        CiRow("staff directory", "directory", HANNOVER, _SECURITY, 1),
        CiRow("dir-han", "directory", HANNOVER, _SECURITY, 2),
        CiRow("dir-bre", "directory", BREMEN, _SECURITY, 2),
        *(CiRow(f"lab-{number}", "test system", HANNOVER, _SERVERS) for number in range(1, 5)),
    ),
    links=(
        LinkRow("perimeter", R.DEPENDS_ON, "internet access"),
        LinkRow("web front end", R.DEPENDS_ON, "perimeter"),
        *(LinkRow(name, R.DEPENDS_ON, "core network Hannover") for name in ("perimeter", "integration broker")),
        LinkRow("mq-1", R.HOSTED_ON, "vSphere Hannover"),
        LinkRow("mq-2", R.HOSTED_ON, "vSphere Hannover"),
        LinkRow("mq-3", R.HOSTED_ON, "vSphere Bremen"),
        LinkRow("batch-han", R.HOSTED_ON, "vSphere Hannover"),
        LinkRow("batch-bre", R.HOSTED_ON, "vSphere Bremen"),
        LinkRow("hsm-han", R.HOSTED_ON, "room-han-1"),
        LinkRow("hsm-bre", R.HOSTED_ON, "room-bre-1"),
        LinkRow("dir-han", R.HOSTED_ON, "vSphere Hannover"),
        LinkRow("dir-bre", R.HOSTED_ON, "vSphere Bremen"),
    ),
    groups=(
        GroupRow("perimeter firewalls", _FIREWALLS, ("perimeter",), 50, is_percent=True),
        GroupRow("load balancers", _BALANCERS, ("web front end",), 50, is_percent=True),
        GroupRow("internet uplinks", ("uplink-han", "uplink-bre"), ("internet access",)),
        GroupRow("broker nodes", _BROKERS, ("integration broker",), 2),
        GroupRow("batch servers", ("batch-han", "batch-bre"), ("batch control",)),
        GroupRow("security modules", ("hsm-han", "hsm-bre"), ("key management",)),
        GroupRow("directory servers", ("dir-han", "dir-bre"), ("staff directory",)),
    ),
)

FIELD = Part(
    items=(
        CiRow("branch network", "network", BRANCHES, _NETWORK, 2),
        *(CiRow(f"br-{town.lower()}", "branch router", BRANCHES, _NETWORK, 3) for town in TOWNS),
        *(CiRow(f"ATM fleet {region}", "ATM fleet", BRANCHES, "Branch and ATM Systems", 2) for region in ATM_REGIONS),
    ),
    links=(
        LinkRow("branch network", R.DEPENDS_ON, "core network Hannover"),
        LinkRow("ATM Network", R.DEPENDS_ON, "branch network", 0.6),
        LinkRow("Branch Counter", R.DEPENDS_ON, "branch network", 0.7),
        *(LinkRow("ATM Network", R.USES, f"ATM fleet {region}", 0.2) for region in ATM_REGIONS),
    ),
    groups=(GroupRow("branch routers", tuple(f"br-{t.lower()}" for t in TOWNS), ("branch network",), 70, True),),
)
