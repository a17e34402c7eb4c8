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
        name="Operating system patching",
        type=_N,
        minutes=90,
        share=20,
        failures=2.0,
        classes=("virtual machine", "physical server"),
        teams=("Server and Virtualisation",),
        titles=("Monthly patches on {ci}", "Kernel update on {ci}"),
    ),
    ModelRow(
        name="Application release",
        type=_N,
        minutes=120,
        share=22,
        failures=4.5,
        classes=("application",),
        teams=ENGINEERING,
        titles=("Release of {ci}", "Hotfix for {ci}", "Configuration of {ci}"),
    ),
    ModelRow(
        name="Database maintenance",
        type=_N,
        minutes=120,
        share=12,
        failures=5.0,
        classes=("database", "database node"),
        teams=("Database Services",),
        titles=("Patch set on {ci}", "Index rebuild on {ci}", "Parameters of {ci}"),
    ),
    ModelRow(
        name="Network change",
        type=_N,
        minutes=90,
        share=9,
        failures=2.5,
        classes=("core switch", "load balancer", "branch router", "network"),
        teams=("Network Services",),
        titles=("Firmware of {ci}", "Routes on {ci}"),
    ),
    ModelRow(
        name="Firewall rule",
        type=_S,
        minutes=30,
        share=9,
        failures=1.0,
        classes=("firewall",),
        teams=("Network Services",),
        titles=("Rule request on {ci}",),
        approved_tiers=(1, 2, 3, 4),
    ),
    ModelRow(
        name="Certificate renewal",
        type=_S,
        minutes=30,
        share=8,
        failures=1.5,
        classes=("application", "file transfer gateway"),
        teams=(*ENGINEERING, "Information Security"),
        titles=("Certificate of {ci}",),
        approved_tiers=(3, 4),
    ),
    ModelRow(
        name="Storage and backup work",
        type=_N,
        minutes=240,
        share=5,
        failures=4.0,
        classes=("storage array", "SAN switch", "backup appliance"),
        teams=("Storage and Backup",),
        titles=("Firmware of {ci}", "Capacity on {ci}"),
    ),
    ModelRow(
        name="Hardware replacement",
        type=_N,
        minutes=180,
        share=5,
        failures=3.0,
        classes=("hypervisor", "physical server", "power distribution unit"),
        teams=("Server and Virtualisation", "Data Centre Operations"),
        titles=("Spare part for {ci}", "Memory modules of {ci}"),
    ),
    ModelRow(
        name="Middleware and batch",
        type=_N,
        minutes=60,
        share=6,
        failures=4.0,
        classes=("message broker", "batch scheduler"),
        teams=("Integration and Batch",),
        titles=("Queues on {ci}", "Schedule of {ci}"),
    ),
    ModelRow(
        name="Emergency fix",
        type=ChangeType.EMERGENCY,
        minutes=60,
        share=3,
        failures=12.0,
        classes=("application", "database"),
        teams=(*ENGINEERING, "Database Services"),
        titles=("Emergency fix on {ci}",),
    ),
    ModelRow(
        name="Data centre work",
        type=ChangeType.MAJOR,
        minutes=480,
        share=1,
        failures=10.0,
        classes=("data centre room",),
        teams=("Data Centre Operations",),
        titles=("Yearly inspection of {ci}",),
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
