"""Configuration items, their classes and stakeholders, and the business services on top (R202, R205, R206)."""

from dataclasses import dataclass

from domain.calendar.model import Calendar
from domain.ci.model import (
    SERVICE_CLASS,
    BusinessService,
    CiClass,
    CiStatus,
    ConfigurationItem,
    RedundancyGroup,
    Relation,
    Stakeholder,
)
from domain.ci.rules import (
    CI_LIFECYCLE,
    CiAct,
    CiClassFacts,
    CiFacts,
    ServiceFacts,
    ci_issues,
    class_issues,
    current,
    service_issues,
)
from domain.kernel.absent import apply_facts
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import missing_issues, refuse, repeat_issues, text_issues
from domain.kernel.errors import InvalidInput, Issue
from domain.people.model import Person, Team
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, check_version, references


@dataclass(frozen=True, slots=True)
class StakeholderPlan:
    """A person who must hear of changes to a configuration item, and why."""

    person_id: str
    interest: str


async def define_class(ports: Ports, actor: Actor, name: str, facts: CiClassFacts, *, expected_version: int = 0) -> str:
    """Create the class of that name, or change it at the version seen (`ciClassDefine`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci_class = await work.find(CiClass, name=name.strip())
        check_version("CI class", ci_class, expected_version)
        if ci_class is None:
            ci_class = CiClass(id=work.new_id(), name=name.strip())
            work.add(ci_class)
        apply_facts(ci_class, facts)
        await check(work, class_issues(ci_class), Reference("expert_team_id", Team, ci_class.expert_team_id))
        work.record("ci_class.defined", ci_class)
    return ci_class.id


async def create_ci(ports: Ports, actor: Actor, facts: CiFacts) -> str:
    """Take a configuration item into the record (`ciCreate`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = ConfigurationItem(id=work.new_id(), external_id=None, name="", class_name="")
        await _state_ci(work, ci, facts)
        work.add(ci)
        work.record("ci.created", ci)
    return ci.id


async def update_ci(ports: Ports, actor: Actor, ci_id: str, expected_version: int, facts: CiFacts) -> str:
    """Change what is said of a configuration item (`ciUpdate`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = await work.get_at(ConfigurationItem, ci_id, expected_version)
        CI_LIFECYCLE.next(ci.status, CiAct.UPDATE)
        await _state_ci(work, ci, facts)
        work.record("ci.updated", ci)
    return ci.id


async def retire_ci(ports: Ports, actor: Actor, ci_id: str, expected_version: int) -> str:
    """Take a configuration item out of service and end its relations (`ciRetire`).

    Its redundancy groups must let it go first: only a person can say what must stay up without it.
    """
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = await work.get_at(ConfigurationItem, ci_id, expected_version)
        ci.status = CI_LIFECYCLE.next(ci.status, CiAct.RETIRE)
        await _check_ungrouped(work, ci)
        ends = [
            *await work.find_all(Relation, source_id=ci.id, valid_to=None),
            *await work.find_all(Relation, target_id=ci.id, valid_to=None),
        ]
        for relation in ends:
            relation.valid_to = work.now
            work.record("relation.ended", relation)
        work.record("ci.retired", ci)
    return ci.id


async def add_stakeholders(
    ports: Ports, actor: Actor, ci_id: str, expected_version: int, stakeholders: list[StakeholderPlan]
) -> str:
    """Name persons who must hear of changes to a configuration item (`ciStakeholdersAdd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = await work.get_at(ConfigurationItem, ci_id, expected_version)
        person_ids = [stakeholder.person_id for stakeholder in stakeholders]
        issues = repeat_issues("stakeholders", person_ids, besides=[known.person_id for known in ci.stakeholders])
        for index, stakeholder in enumerate(stakeholders):
            issues += text_issues(f"stakeholders.{index}.interest", stakeholder.interest.strip(), required=True)
        await check(work, issues, *references("stakeholders", Person, person_ids))
        ci.stakeholders += [
            Stakeholder(id=work.new_id(), ci_id=ci.id, person_id=plan.person_id, interest=plan.interest.strip())
            for plan in stakeholders
        ]
        work.record("ci.stakeholders_added", ci)
    return ci.id


async def remove_stakeholders(
    ports: Ports, actor: Actor, ci_id: str, expected_version: int, person_ids: list[str]
) -> str:
    """Let persons off the list of those who must hear of changes (`ciStakeholdersRemove`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = await work.get_at(ConfigurationItem, ci_id, expected_version)
        refuse(missing_issues("person_ids", person_ids, {known.person_id for known in ci.stakeholders}))
        ci.stakeholders = [known for known in ci.stakeholders if known.person_id not in person_ids]
        work.record("ci.stakeholders_removed", ci)
    return ci.id


async def define_service(
    ports: Ports, actor: Actor, ci_id: str, facts: ServiceFacts, *, expected_version: int = 0
) -> str:
    """State the service facts of a configuration item of class `service` (`serviceDefine`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        ci = await work.get(ConfigurationItem, ci_id)
        if ci.class_name != SERVICE_CLASS:
            raise InvalidInput.at("ci_id", f"must be of class '{SERVICE_CLASS}', not '{ci.class_name}'")
        service = await work.find(BusinessService, id=ci.id)
        check_version("business service", service, expected_version)
        if service is None:
            # No tier is no tier: 0 lies outside the scale until the facts say which.
            service = BusinessService(id=ci.id, tier=0)
            work.add(service)
        apply_facts(service, facts)
        await check(
            work,
            service_issues(service),
            Reference("calendar_id", Calendar, service.calendar_id),
            *references("vip_person_ids", Person, service.vip_person_ids),
        )
        work.record("service.defined", service)
    return service.id


async def _state_ci(work: UnitOfWork, ci: ConfigurationItem, facts: CiFacts) -> None:
    class_before = ci.class_name
    apply_facts(ci, facts)
    issues = ci_issues(ci)
    if ci.status is CiStatus.RETIRED:
        issues.append(Issue("status", "is reached by retiring the item, which ends its relations too"))
    if ci.class_name and await work.find(CiClass, name=ci.class_name) is None:
        issues.append(Issue("class_name", f"no CI class '{ci.class_name}'"))
    if class_before == SERVICE_CLASS != ci.class_name:
        issues.append(Issue("class_name", f"must stay '{SERVICE_CLASS}': there may be service facts beside the item"))
    await check(
        work,
        issues,
        Reference("owner_id", Person, ci.owner_id),
        Reference("owner_team_id", Team, ci.owner_team_id),
    )
    await check_free(work, "configuration item", ci, "external_id")


async def _check_ungrouped(work: UnitOfWork, ci: ConfigurationItem) -> None:
    touched = [
        *await work.find_all(RedundancyGroup, members={"ci_id": ci.id}),
        *await work.find_all(RedundancyGroup, protected={"ci_id": ci.id}),
    ]
    holding = {
        group.name
        for group in touched
        if ci.id in current(group.members, work.now) or ci.id in current(group.protected, work.now)
    }
    refuse(Issue("ci_id", f"still belongs to redundancy group '{name}'") for name in sorted(holding))
