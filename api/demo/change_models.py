"""The kinds of work the bank repeats: how long it takes, who does it on what, and how often it goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demo.register import Entry, Register
from domain.change.model import ChangeModel, ChangeType

ENGINEERING = (
    "Online Banking Engineering",
    "Cards Engineering",
    "Payments Engineering",
    "Core Banking Engineering",
    "Branch and ATM Systems",
    "Treasury Systems",
    "Corporate Applications",
)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A change model; `share` of a hundred past changes, `failures` per hundred of them, `titles` with {ci} in them."""

    name: str
    type: ChangeType
    minutes: int
    share: int
    failures: float
    classes: tuple[str, ...]
    teams: tuple[str, ...]
    titles: tuple[str, ...]
    approved_tiers: tuple[int, ...] = ()


_N, _S = ChangeType.NORMAL, ChangeType.STANDARD

MODELS = (
    ModelRow(
        *("Operating system patching", _N, 90, 20, 2.0, ("virtual machine", "physical server")),
        ("Server and Virtualisation",),
        ("Monthly patches on {ci}", "Kernel update on {ci}"),
    ),
    ModelRow(
        *("Application release", _N, 120, 22, 4.5, ("application",)),
        ENGINEERING,
        ("Release of {ci}", "Hotfix for {ci}", "Configuration of {ci}"),
    ),
    ModelRow(
        *("Database maintenance", _N, 120, 12, 5.0, ("database", "database node")),
        ("Database Services",),
        ("Patch set on {ci}", "Index rebuild on {ci}", "Parameters of {ci}"),
    ),
    ModelRow(
        *("Network change", _N, 90, 9, 2.5, ("core switch", "load balancer", "branch router", "network")),
        ("Network Services",),
        ("Firmware of {ci}", "Routes on {ci}"),
    ),
    ModelRow(
        *("Firewall rule", _S, 30, 9, 1.0, ("firewall",)),
        ("Network Services",),
        ("Rule request on {ci}",),
        approved_tiers=(1, 2, 3, 4),
    ),
    ModelRow(
        *("Certificate renewal", _S, 30, 8, 1.5, ("application", "file transfer gateway")),
        (*ENGINEERING, "Information Security"),
        ("Certificate of {ci}",),
        approved_tiers=(3, 4),
    ),
    ModelRow(
        *("Storage and backup work", _N, 240, 5, 4.0, ("storage array", "SAN switch", "backup appliance")),
        ("Storage and Backup",),
        ("Firmware of {ci}", "Capacity on {ci}"),
    ),
    ModelRow(
        *("Hardware replacement", _N, 180, 5, 3.0, ("hypervisor", "physical server", "power distribution unit")),
        ("Server and Virtualisation", "Data Centre Operations"),
        ("Spare part for {ci}", "Memory modules of {ci}"),
    ),
    ModelRow(
        *("Middleware and batch", _N, 60, 6, 4.0, ("message broker", "batch scheduler")),
        ("Integration and Batch",),
        ("Queues on {ci}", "Schedule of {ci}"),
    ),
    ModelRow(
        *("Emergency fix", ChangeType.EMERGENCY, 60, 3, 12.0, ("application", "database")),
        (*ENGINEERING, "Database Services"),
        ("Emergency fix on {ci}",),
    ),
    ModelRow(
        *("Data centre work", ChangeType.MAJOR, 480, 1, 10.0, ("data centre room",)),
        ("Data Centre Operations",),
        ("Yearly inspection of {ci}",),
    ),
)

TEAM_RECORD = {
    "Payments Engineering": 2.2,
    "Corporate Applications": 1.7,
    "Core Banking Engineering": 0.5,
    "Server and Virtualisation": 0.6,
}
"""How much more or less often a team's changes fail than the model's usual."""


def change_models(register: Register) -> Iterator[Entry]:
    """Yield the templates; the standard ones were approved by the board for services of the tiers named."""
    for row in MODELS:
        model = ChangeModel(
            id=register.enter(ChangeModel, row.name),
            name=row.name,
            type=row.type,
            description=f"Usually takes {row.minutes} minutes.",
            usual_minutes=row.minutes,
            is_pre_approved=bool(row.approved_tiers),
            approved_tiers=list(row.approved_tiers),
        )
        yield Entry("change_model.defined", model)
