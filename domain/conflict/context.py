"""The facts around the changes that conflicts are decided on: calendars, people, limits, incidents, the estate."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.ci.topology import reach_of
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import PlannedChange
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Intervals


@dataclass(frozen=True, slots=True)
class BlackoutScope:
    """What a freeze applies to: everything, or any of the ids, classes and sites named."""

    is_organisation_wide: bool = False
    ci_ids: frozenset[str] = frozenset()
    service_ids: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()

    def matches(self, change: PlannedChange, critical_tier: int) -> bool:
        """Whether the freeze covers a direct CI, its class or site, or an impacted service of a critical tier."""
        return (
            self.is_organisation_wide
            or not self.ci_ids.isdisjoint(change.direct)
            or not self.classes.isdisjoint(change.classes)
            or not self.sites.isdisjoint(change.sites)
            or any(service.id in self.service_ids for service in change.services if service.tier <= critical_tier)
        )


@dataclass(frozen=True, slots=True)
class Blackout:
    """A freeze: when it forbids changes, and on what."""

    id: str
    name: str
    intervals: Intervals
    scope: BlackoutScope


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """When a person works (`shift` None: always), is away, and how many tasks he can carry at once."""

    capacity: int = 1
    shift: Intervals | None = None
    leave: Intervals = ()


@dataclass(frozen=True, slots=True)
class Approver:
    """Someone who may decide on a change: when he is there (None: always), and who decides in his place."""

    person_id: str
    available: Intervals | None = None
    delegate_id: str | None = None
    delegate_available: Intervals | None = None


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """Who may approve a change and by when; known only after its risk is scored."""

    deadline: int
    approvers: tuple[Approver, ...]


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident of priority 1 or 2 that is open now, and the CIs it is on."""

    id: str
    number: str
    priority: int
    ci_ids: frozenset[str]


class CapacitySubject(StrEnum):
    """What a limit on concurrent changes is set for."""

    SITE = "SITE"
    TEAM = "TEAM"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class CapacityLimit:
    """At most `concurrent_changes` at once on one site, in one team or on one service."""

    kind: CapacitySubject
    subject_id: str
    concurrent_changes: int


@dataclass(frozen=True, slots=True)
class ConflictContext:
    """Everything a detector asks beside the changes. Instants are epoch seconds.

    `ci_maintenance` and `service_maintenance` hold the windows of those that have a schedule, expanded well past every
    planned window. `names` are the words for ids in messages; an id without a name stands for itself.
    `approvals` holds only changes that are scored. `hubs` are the CIs `ConflictPolicy.is_hub` says yes to.
    """

    now: int
    failures: FailureModel
    policy: ConflictPolicy = field(default_factory=ConflictPolicy)
    service_tiers: Mapping[str, int] = field(default_factory=dict)
    hubs: frozenset[str] = frozenset()
    ci_maintenance: Mapping[str, Intervals] = field(default_factory=dict)
    service_maintenance: Mapping[str, Intervals] = field(default_factory=dict)
    blackouts: tuple[Blackout, ...] = ()
    people: Mapping[str, PersonFacts] = field(default_factory=dict)
    capacity_limits: tuple[CapacityLimit, ...] = ()
    incidents: tuple[OpenIncident, ...] = ()
    approvals: Mapping[str, ApprovalFacts] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, subject_id: str) -> str:
        """Return what people call the thing with this id."""
        return self.names.get(subject_id, subject_id)

    def person(self, person_id: str) -> PersonFacts:
        """Return the person's facts; one nobody described is always there and carries one task at a time."""
        return self.people.get(person_id, PersonFacts())

    def reaches_critical_service(self, ci_ids: Collection[str]) -> bool:
        """Whether a failure of any of the CIs may reach a service of a critical tier; too far to walk counts as yes."""
        reached = reach_of(self.failures.topology, ci_ids)
        return reached.is_truncated or any(
            self.service_tiers.get(ci_id, self.policy.critical_tier + 1) <= self.policy.critical_tier
            for ci_id in reached.ids
        )
