"""What may be said of configuration items, services, relations and groups, and what must hold of them (R205)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from domain.calendar.dates import parse_dates
from domain.ci.model import (
    BusinessService,
    CiClass,
    CiStatus,
    ConfigurationItem,
    MinUpKind,
    ProviderSide,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
)
from domain.ci.relations import RelationType, group_issues, relation_issues
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import (
    YEAR_MINUTES,
    attribute_issues,
    instant_issues,
    range_issues,
    repeat_issues,
    text_issues,
)
from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.lifecycle import Lifecycle

Membership = TypeVar("Membership", RedundancyMember, RedundancyProtected)


class CiAct(StrEnum):
    """What can be done to a configuration item that has a life cycle."""

    UPDATE = "UPDATE"
    RETIRE = "RETIRE"


CI_LIFECYCLE: Lifecycle[CiStatus, CiAct] = Lifecycle(
    "configuration item",
    {
        (CiStatus.PLANNED, CiAct.UPDATE): CiStatus.PLANNED,
        (CiStatus.IN_SERVICE, CiAct.UPDATE): CiStatus.IN_SERVICE,
        (CiStatus.PLANNED, CiAct.RETIRE): CiStatus.RETIRED,
        (CiStatus.IN_SERVICE, CiAct.RETIRE): CiStatus.RETIRED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CiClassFacts:
    """What may be said of a class of configuration items; see `domain.ci.model.CiClass`."""

    restore_minutes: Maybe[int | None] = ABSENT
    is_no_service_expected: Maybe[bool] = ABSENT
    expert_team_id: Maybe[str | None] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFacts:
    """What may be said of a configuration item; see `domain.ci.model.ConfigurationItem`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    class_name: Maybe[str] = ABSENT
    status: Maybe[CiStatus] = ABSENT
    tier: Maybe[int | None] = ABSENT
    site: Maybe[str | None] = ABSENT
    owner_id: Maybe[str | None] = ABSENT
    owner_team_id: Maybe[str | None] = ABSENT
    attributes: Maybe[dict[str, str | int | float | bool | None]] = ABSENT
    source: Maybe[str | None] = ABSENT
    confirmed_at: Maybe[datetime | None] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What may be said of a business service; see `domain.ci.model.BusinessService`."""

    tier: Maybe[int] = ABSENT
    calendar_id: Maybe[str | None] = ABSENT
    site: Maybe[str | None] = ABSENT
    availability_percent: Maybe[float | None] = ABSENT
    downtime_left_minutes: Maybe[float | None] = ABSENT
    peak_days: Maybe[list[str]] = ABSENT
    vip_person_ids: Maybe[list[str]] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationFacts:
    """What may be said of a relation beside its two ends; see `domain.ci.model.Relation`."""

    external_id: Maybe[str | None] = ABSENT
    alpha: Maybe[float | None] = ABSENT
    provider_side: Maybe[ProviderSide | None] = ABSENT
    source: Maybe[str | None] = ABSENT
    stated_confidence: Maybe[float | None] = ABSENT
    confirmed_at: Maybe[datetime | None] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """What may be said of a redundancy group; see `domain.ci.model.RedundancyGroup`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    min_up_kind: Maybe[MinUpKind] = ABSENT
    min_up: Maybe[int] = ABSENT
    alpha: Maybe[float] = ABSENT
    is_assumed: Maybe[bool] = ABSENT
    source: Maybe[str | None] = ABSENT
    confirmed_at: Maybe[datetime | None] = ABSENT


def class_issues(ci_class: CiClass) -> list[Issue]:
    """Return what is wrong with a class of configuration items about to be stored."""
    return [
        *text_issues("name", ci_class.name, required=True),
        *range_issues("restore_minutes", ci_class.restore_minutes, 0, YEAR_MINUTES),
    ]


def ci_issues(ci: ConfigurationItem) -> list[Issue]:
    """Return what is wrong with a configuration item about to be stored."""
    return [
        *text_issues("external_id", ci.external_id),
        *text_issues("name", ci.name, required=True),
        *text_issues("class_name", ci.class_name, required=True),
        *range_issues("tier", ci.tier, 1, 4),
        *text_issues("site", ci.site),
        *text_issues("source", ci.source),
        *instant_issues("confirmed_at", ci.confirmed_at),
        *attribute_issues("attributes", ci.attributes),
    ]


def service_issues(service: BusinessService) -> list[Issue]:
    """Return what is wrong with the facts of a business service about to be stored."""
    issues = [
        *range_issues("tier", service.tier, 1, 4),
        *text_issues("site", service.site),
        *range_issues("availability_percent", service.availability_percent, 0, 100),
        *range_issues("downtime_left_minutes", service.downtime_left_minutes, 0, YEAR_MINUTES),
        *repeat_issues("peak_days", service.peak_days),
        *repeat_issues("vip_person_ids", service.vip_person_ids),
    ]
    try:
        parse_dates(service.peak_days, "peak_days")
    except InvalidInput as refusal:
        issues += refusal.issues
    return issues


def stated_relation_issues(relation: Relation) -> list[Issue]:
    """Return what is wrong with a relation about to be stored, taken by itself."""
    return [
        *text_issues("external_id", relation.external_id),
        *relation_issues(
            RelationType(relation.type),
            relation.source_id,
            relation.target_id,
            relation.alpha,
            declares_provider=relation.provider_side is not None,
        ),
        *text_issues("source", relation.source),
        *range_issues("stated_confidence", relation.stated_confidence, 0, 1),
        *instant_issues("confirmed_at", relation.confirmed_at),
    ]


def redundancy_issues(group: RedundancyGroup, at: datetime) -> list[Issue]:
    """Return what is wrong with a redundancy group about to be stored, with the members it has at the instant."""
    return [
        *text_issues("external_id", group.external_id),
        *text_issues("name", group.name, required=True),
        *group_issues(
            group.min_up,
            group.min_up_kind is MinUpKind.PERCENT,
            len(current(group.members, at)),
            group.alpha,
        ),
        *text_issues("source", group.source),
        *instant_issues("confirmed_at", group.confirmed_at),
    ]


def current(memberships: Iterable[Membership], at: datetime) -> dict[str, Membership]:
    """Return the memberships that hold at the instant, by configuration item."""
    return {
        membership.ci_id: membership
        for membership in memberships
        if membership.valid_from <= at and (membership.valid_to is None or at < membership.valid_to)
    }
