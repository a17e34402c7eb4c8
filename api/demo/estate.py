"""How the estate is written down: rows of configuration items, relations and redundancy groups, and their records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.demo.dates import Timeline
from api.demo.people import TEAMS
from api.demo.register import Entry, Register
from domain.ci.model import (
    SERVICE_CLASS,
    CiClass,
    ConfigurationItem,
    MinUpKind,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
)
from domain.ci.relations import RelationType
from domain.people.model import Person, Team

DISCOVERY = "nightly discovery"
DISCOVERY_CONFIDENCE = 0.95
FIRST_SEEN_DAYS = 1200

R = RelationType


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A kind of configuration item: usual minutes to restore, the team heard about it, whether it serves anybody."""

    name: str
    restore_minutes: int
    expert: str | None
    is_no_service_expected: bool = False


@dataclass(frozen=True, slots=True)
class CiRow:
    """A configuration item; `seen_days` is how long ago its record was last confirmed (None: never)."""

    name: str
    kind: str
    site: str
    team: str
    tier: int | None = None
    source: str = DISCOVERY
    seen_days: int | None = 20


@dataclass(frozen=True, slots=True)
class LinkRow:
    """`name` TYPE `target`; `alpha` overrides the usual degree; `seen_days` None means never confirmed."""

    name: str
    type: RelationType
    target: str
    alpha: float | None = None
    source: str = DISCOVERY
    confidence: float | None = DISCOVERY_CONFIDENCE
    seen_days: int | None = 20


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Members that stand in for each other: how many (or what percentage) must stay up for what they protect."""

    name: str
    members: tuple[str, ...]
    protected: tuple[str, ...]
    min_up: int = 1
    is_percent: bool = False
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the estate: its items, how they hang together, and what stands in for what."""

    items: tuple[CiRow, ...] = ()
    links: tuple[LinkRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()


CLASSES = (
    ClassRow(SERVICE_CLASS, 60, None),
    ClassRow("application", 45, None),
    ClassRow("database", 90, "Database Services"),
    ClassRow("database node", 60, "Database Services"),
    ClassRow("virtual machine", 30, None),
    ClassRow("hypervisor", 60, "Server and Virtualisation"),
    ClassRow("hypervisor cluster", 90, "Server and Virtualisation"),
    ClassRow("physical server", 120, "Server and Virtualisation"),
    ClassRow("storage array", 180, "Storage and Backup"),
    ClassRow("storage volume", 120, "Storage and Backup"),
    ClassRow("SAN switch", 90, "Storage and Backup"),
    ClassRow("core switch", 120, "Network Services"),
    ClassRow("network", 90, "Network Services"),
    ClassRow("firewall", 90, "Network Services"),
    ClassRow("load balancer", 45, "Network Services"),
    ClassRow("branch router", 180, "Network Services"),
    ClassRow("message broker", 60, "Integration and Batch"),
    ClassRow("batch scheduler", 60, "Integration and Batch"),
    ClassRow("hardware security module", 240, "Information Security"),
    ClassRow("directory", 45, "Information Security"),
    ClassRow("ATM fleet", 120, "Branch and ATM Systems"),
    ClassRow("data centre room", 240, "Data Centre Operations"),
    ClassRow("power distribution unit", 120, "Data Centre Operations"),
    ClassRow("file transfer gateway", 60, None),
    ClassRow("backup appliance", 120, "Storage and Backup", is_no_service_expected=True),
    ClassRow("test system", 60, None, is_no_service_expected=True),
)

LEADS = {row.name: row.lead for row in TEAMS}


def classes(register: Register) -> Iterator[Entry]:
    """Yield the kinds of configuration items."""
    for row in CLASSES:
        ci_class = CiClass(
            id=register.enter(CiClass, row.name),
            name=row.name,
            restore_minutes=row.restore_minutes,
            is_no_service_expected=row.is_no_service_expected,
            expert_team_id=register.maybe(Team, row.expert),
        )
        yield Entry("ci_class.defined", ci_class)


def configuration_items(register: Register, timeline: Timeline, parts: Iterable[Part]) -> Iterator[Entry]:
    """Yield the configuration items of all parts, numbered through."""
    rows = [row for part in parts for row in part.items]
    for number, row in enumerate(rows, 1):
        ci = ConfigurationItem(
            id=register.enter(ConfigurationItem, row.name),
            external_id=f"CI-{number:04d}",
            name=row.name,
            class_name=row.kind,
            tier=row.tier,
            site=row.site,
            owner_id=register.id_of(Person, LEADS[row.team]),
            owner_team_id=register.id_of(Team, row.team),
            source=row.source,
            confirmed_at=None if row.seen_days is None else timeline.ago(row.seen_days),
        )
        yield Entry("ci.created", ci)


def relations(register: Register, timeline: Timeline, parts: Iterable[Part]) -> Iterator[Entry]:
    """Yield the relations of all parts; those seen by discovery were confirmed on different nights."""
    rows = [row for part in parts for row in part.links]
    for number, row in enumerate(rows, 1):
        jitter = number * 7 % 30
        relation = Relation(
            id=register.enter(Relation, f"{row.name} {row.type} {row.target}"),
            external_id=f"REL-{number:04d}",
            source_id=register.id_of(ConfigurationItem, row.name),
            target_id=register.id_of(ConfigurationItem, row.target),
            type=row.type,
            alpha=row.alpha,
            source=row.source,
            stated_confidence=row.confidence,
            confirmed_at=None if row.seen_days is None else timeline.ago(row.seen_days + jitter),
            valid_from=timeline.ago(FIRST_SEEN_DAYS),
        )
        yield Entry("relation.added", relation)


def redundancy_groups(register: Register, timeline: Timeline, parts: Iterable[Part]) -> Iterator[Entry]:
    """Yield what stands in for what; the groups were drawn up by people, so they have no source."""
    rows = [row for part in parts for row in part.groups]
    since = timeline.ago(FIRST_SEEN_DAYS)
    for number, row in enumerate(rows, 1):
        group_id = register.enter(RedundancyGroup, row.name)
        member_ids = [register.id_of(ConfigurationItem, name) for name in row.members]
        protected_ids = [register.id_of(ConfigurationItem, name) for name in row.protected]
        group = RedundancyGroup(
            id=group_id,
            external_id=f"GRP-{number:03d}",
            name=row.name,
            min_up_kind=MinUpKind.PERCENT if row.is_percent else MinUpKind.COUNT,
            min_up=row.min_up,
            is_assumed=row.is_assumed,
            confirmed_at=timeline.ago(60),
            members=[
                RedundancyMember(id=register.new_id(), group_id=group_id, ci_id=ci_id, valid_from=since)
                for ci_id in member_ids
            ],
            protected=[
                RedundancyProtected(id=register.new_id(), group_id=group_id, ci_id=ci_id, valid_from=since)
                for ci_id in protected_ids
            ],
        )
        yield Entry("redundancy_group.defined", group)
