"""Configuration items, their relations, redundancy groups and the business services on top (R205).

A business service is a configuration item of class `service` with service facts beside it, so that the walk
reaches it by the same edges as everything else. What says how the estate hangs together is ended, not deleted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.ci.relations import RelationType

SERVICE_CLASS = "service"


class CiStatus(StrEnum):
    """Where a configuration item is in its life."""

    PLANNED = "PLANNED"
    IN_SERVICE = "IN_SERVICE"
    RETIRED = "RETIRED"


class MinUpKind(StrEnum):
    """How a redundancy group states what must stay up."""

    COUNT = "COUNT"
    PERCENT = "PERCENT"


class ProviderSide(StrEnum):
    """Which end of a symmetric relation provides, where that is declared."""

    SOURCE = "SOURCE"
    TARGET = "TARGET"


@dataclass(eq=False, kw_only=True)
class CiClass:
    """A kind of configuration item and what is typical of it.

    `restore_minutes` is the default time to restore (MTTR). A class with `is_no_service_expected` may stay unmapped
    without looking unsafe. `expert_team_id` is who must be heard about it at the CAB.
    """

    id: str
    name: str
    restore_minutes: int | None = None
    is_no_service_expected: bool = False
    expert_team_id: str | None = None
    version: int = 0


@dataclass(eq=False, kw_only=True)
class ConfigurationItem:
    """Anything under configuration control. `tier` is criticality 1 (highest) to 4, None when nobody said."""

    id: str
    external_id: str | None
    name: str
    class_name: str
    status: CiStatus = CiStatus.IN_SERVICE
    tier: int | None = None
    site: str | None = None
    owner_id: str | None = None
    owner_team_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    confirmed_at: datetime | None = None
    stakeholders: list["Stakeholder"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class Stakeholder:
    """A person who must hear of changes to a configuration item, and why (R202)."""

    id: str
    ci_id: str
    person_id: str
    interest: str


@dataclass(eq=False, kw_only=True)
class BusinessService:
    """The service facts of the configuration item with the same id.

    `availability_percent` is the target of the service period; `downtime_left_minutes` what it still allows in the
    current one (None: unknown). `peak_days` are local dates on which the service counts one and a half times.
    """

    id: str
    tier: int
    calendar_id: str | None = None
    site: str | None = None
    availability_percent: float | None = None
    downtime_left_minutes: float | None = None
    peak_days: list[str] = field(default_factory=list)
    vip_person_ids: list[str] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class Relation:
    """What people say: `source_id` TYPE `target_id`, e.g. application RUNS_ON server.

    `alpha` overrides the type's default degree of impact in [0, 1]. `stated_confidence` in [0, 1] decays from
    `confirmed_at` (ENGINES 1.3). Valid in `[valid_from, valid_to)`.
    """

    id: str
    external_id: str | None
    source_id: str
    target_id: str
    type: RelationType
    alpha: float | None = None
    provider_side: ProviderSide | None = None
    source: str | None = None
    stated_confidence: float | None = None
    confirmed_at: datetime | None = None
    valid_from: datetime
    valid_to: datetime | None = None
    version: int = 0


@dataclass(eq=False, kw_only=True)
class RedundancyGroup:
    """Members that stand in for each other and the configuration items they protect (ENGINES 2.1, 2.2).

    `min_up` is a count of members or a percentage of them; `is_assumed` says nobody confirmed it.
    """

    id: str
    external_id: str | None
    name: str
    min_up_kind: MinUpKind
    min_up: int
    alpha: float = 1.0
    is_assumed: bool = False
    source: str | None = None
    confirmed_at: datetime | None = None
    members: list["RedundancyMember"] = field(default_factory=list)
    protected: list["RedundancyProtected"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class RedundancyMember:
    """A configuration item's membership of a redundancy group over time."""

    id: str
    group_id: str
    ci_id: str
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(eq=False, kw_only=True)
class RedundancyProtected:
    """A configuration item that depends on the redundancy group as a whole, over time."""

    id: str
    group_id: str
    ci_id: str
    valid_from: datetime
    valid_to: datetime | None = None
