"""Importing configuration items with their classes and service facts, and redundancy groups."""

from collections.abc import Sequence

from domain.calendar.model import Calendar
from domain.ci.model import (
    SERVICE_CLASS,
    BusinessService,
    CiClass,
    ConfigurationItem,
    MinUpKind,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
)
from domain.ci.rules import ci_issues, class_issues, current, redundancy_issues, service_issues
from domain.kernel.errors import Issue
from domain.kernel.image import image
from domain.people.model import Person, Team
from domain.ports import UnitOfWork
from domain.usecases.importing_drafts import Draft
from domain.usecases.importing_recipe import Link, Recipe, Values
from domain.usecases.importing_words import Words

SERVICE_FACTS = {
    "service_calendar_id": "calendar_id",
    "availability_percent": "availability_percent",
    "downtime_left_minutes": "downtime_left_minutes",
    "peak_days": "peak_days",
}
"""What a draft of a configuration item says of the business service on top, and the service's own word for it."""


def _blank_ci(work: UnitOfWork, record_id: str, values: Values) -> ConfigurationItem:
    name = values["external_id"]
    return ConfigurationItem(
        id=record_id, external_id=None, name=name, class_name="", source="import", confirmed_at=work.now
    )


async def _define_classes(work: UnitOfWork, drafts: Sequence[Draft], _words: Words) -> None:
    """Take in the classes that drafts name for the first time: an input brings its own kinds of things."""
    named = {draft.values["class_name"] for draft in drafts if draft.values.get("class_name")}
    known = {ci_class.name for ci_class in await work.find_all(CiClass, name=sorted(named))} if named else set()
    for name in sorted(named - known):
        ci_class = CiClass(id=work.new_id(), name=name)
        if not class_issues(ci_class):
            work.add(ci_class)
            work.record("ci_class.imported", ci_class)


async def _service_issues(_work: UnitOfWork, ci: ConfigurationItem, values: Values) -> list[Issue]:
    """Return what is wrong with the service facts, which are an error on anything but a service."""
    if ci.class_name == SERVICE_CLASS:
        if ci.tier is None:
            return [Issue("tier", "is required of a business service")]
        drafted = BusinessService(id=ci.id, tier=ci.tier)
        _state_service(drafted, ci, values)
        return service_issues(drafted)
    return [Issue(name, f"is said of class '{SERVICE_CLASS}' only") for name in SERVICE_FACTS if name in values]


async def _define_service(
    work: UnitOfWork, ci: ConfigurationItem, values: Values, services: dict[str, BusinessService]
) -> bool:
    """Keep the facts of the business service beside the item of its class; return whether that wrote anything."""
    if ci.class_name != SERVICE_CLASS or ci.tier is None:
        return False
    service = services.get(ci.id) or await work.find(BusinessService, id=ci.id)
    former = None if service is None else image(service)
    if service is None:
        service = BusinessService(id=ci.id, tier=ci.tier)
        work.add(service)
    services[ci.id] = service
    _state_service(service, ci, values)
    if image(service) == former:
        return False
    work.record("service.imported", service)
    return True


def _state_service(service: BusinessService, ci: ConfigurationItem, values: Values) -> None:
    if ci.tier is not None:
        service.tier = ci.tier
    service.site = ci.site
    for said, own in SERVICE_FACTS.items():
        if said in values:
            setattr(service, own, values[said])


def _blank_group(work: UnitOfWork, record_id: str, values: Values) -> RedundancyGroup:
    return RedundancyGroup(
        id=record_id,
        external_id=None,
        name=values["external_id"],
        min_up_kind=MinUpKind.COUNT,
        min_up=1,
        is_assumed="min_up" not in values,
        source="import",
        confirmed_at=work.now,
    )


async def _membership_issues(work: UnitOfWork, group: RedundancyGroup, values: Values) -> list[Issue]:
    """Return what is wrong with the group once it has the members that are said."""
    drafted = RedundancyGroup(
        id=group.id,
        external_id=group.external_id,
        name=group.name,
        min_up_kind=group.min_up_kind,
        min_up=group.min_up,
        alpha=group.alpha,
        source=group.source,
        confirmed_at=group.confirmed_at,
    )
    member_ids = values.get("members", list(current(group.members, work.now)))
    drafted.members = [
        RedundancyMember(id="", group_id=group.id, ci_id=ci_id, valid_from=work.now) for ci_id in member_ids
    ]
    return redundancy_issues(drafted, work.now)


def _restate_members(work: UnitOfWork, group: RedundancyGroup, ci_ids: Sequence[str]) -> None:
    present = current(group.members, work.now)
    for ci_id in present.keys() - set(ci_ids):
        present[ci_id].valid_to = work.now
    group.members += [
        RedundancyMember(id=work.new_id(), group_id=group.id, ci_id=ci_id, valid_from=work.now)
        for ci_id in ci_ids
        if ci_id not in present
    ]


def _restate_protected(work: UnitOfWork, group: RedundancyGroup, ci_ids: Sequence[str]) -> None:
    present = current(group.protected, work.now)
    for ci_id in present.keys() - set(ci_ids):
        present[ci_id].valid_to = work.now
    group.protected += [
        RedundancyProtected(id=work.new_id(), group_id=group.id, ci_id=ci_id, valid_from=work.now)
        for ci_id in ci_ids
        if ci_id not in present
    ]


CIS = Recipe(
    noun=ConfigurationItem,
    event="ci",
    keys=("external_id",),
    blank=_blank_ci,
    issues=ci_issues,
    required=("class_name",),
    references={"owner_id": Person, "owner_team_id": Team, "service_calendar_id": Calendar},
    aside=frozenset(SERVICE_FACTS),
    prepare=_define_classes,
    check=_service_issues,
    complete=_define_service,
)

GROUPS = Recipe(
    noun=RedundancyGroup,
    event="redundancy_group",
    keys=("external_id",),
    blank=_blank_group,
    required=("members",),
    links={
        "members": Link(ConfigurationItem, _restate_members),
        "protected": Link(ConfigurationItem, _restate_protected),
    },
    check=_membership_issues,
    is_confirmed=True,
)
