"""Changes as they are planned: the request, its targets, tasks, order, window, evidence, findings (R188 to R192)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.change.lifecycle import LIFECYCLES, ChangeAct, advance, require_right
from domain.change.model import (
    Change,
    ChangeEvidence,
    ChangeModel,
    ChangeType,
    EvidenceKind,
    RollbackState,
    TechnicalRisk,
    TechnicalRiskKind,
    TestState,
)
from domain.change.rules import ChangeFacts, ChangeModelFacts, evidence_issues, model_issues, waits_for
from domain.kernel.absent import ABSENT, Maybe, apply_facts, stated, trimmed
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import YEAR_MINUTES, prose_issues, range_issues, refuse, text_issues
from domain.kernel.errors import InvalidInput, InvalidTransition, Issue
from domain.ports import Ports, Snapshot, UnitOfWork
from domain.usecases.act import act, check, check_free, check_version
from domain.usecases.change_plan import (
    Found,
    PredecessorPlan,
    ScheduleChange,
    TargetPlan,
    TaskPlan,
    plan_predecessors,
    plan_targets,
    plan_tasks,
    plan_times,
    state_facts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFacts:
    """What a piece of evidence shows, and what is known of testing and of the way back since."""

    kind: EvidenceKind
    summary: str
    link: str | None = None
    environment: str | None = None
    measured_minutes: int | None = None
    test_state: Maybe[TestState] = field(default=ABSENT)
    rollback_state: Maybe[RollbackState] = field(default=ABSENT)


async def advanced(work: UnitOfWork, change_id: str, expected_version: int, *steps: ChangeAct) -> Change:
    """Return the change after the actor's step; of several, the first that its state allows.

    The right comes before the version: to whom the change is out of sight, it has none.
    """
    change = await work.get(Change, change_id)
    allowed = LIFECYCLES[change.type].allowed(change.state)
    step = next((step for step in steps if step in allowed), steps[0])
    require_right(work.actor, step, change)
    check_version("change", change, expected_version)
    advance(step, change)
    return change


async def define_model(
    ports: Ports, actor: Actor, name: str, facts: ChangeModelFacts, *, expected_version: int = 0
) -> str:
    """Create the template of that name, or change it at the version seen (`changeModelDefine`, D14)."""
    async with act(ports, actor, Permission.MANAGE_CHANGE) as work:
        model = await work.find(ChangeModel, name=name.strip())
        check_version("change model", model, expected_version)
        if model is None:
            model = ChangeModel(id=work.new_id(), name=name.strip(), type=ChangeType.STANDARD)
            work.add(model)
        apply_facts(model, facts)
        refuse(model_issues(model))
        work.record("change_model.defined", model)
    return model.id


async def create(ports: Ports, actor: Actor, facts: ChangeFacts) -> str:
    """Draft a change; who acts is the requester unless the facts name one (`changeCreate`)."""
    async with act(ports, actor, Permission.REQUEST_CHANGE) as work:
        change = Change(
            id=work.new_id(),
            number=await work.next_number("CHG"),
            external_id=None,
            title="",
            requester_id=actor.person_id,
            recorded_at=work.now,
        )
        await _state(work, change, facts)
        work.add(change)
        work.record("change.created", change)
    return change.id


async def update(ports: Ports, actor: Actor, change_id: str, expected_version: int, facts: ChangeFacts) -> str:
    """Change plain facts of a draft or of a change under assessment (`changeUpdate`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.UPDATE)
        if stated(facts).get("requester_id", change.requester_id) != change.requester_id:
            # Who asked for a change must not decide on it; so nobody may hand the asking on (D13).
            actor.require(Permission.MANAGE_CHANGE)
        await _state(work, change, facts)
        work.record("change.updated", change)
    return change.id


async def set_targets(
    ports: Ports, actor: Actor, change_id: str, expected_version: int, targets: Sequence[TargetPlan]
) -> str:
    """State which configuration items are changed, in which steps (`changeTargetsSet`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.PLAN)
        await _check_plan(work, plan_targets(change, targets, work.new_id))
        work.record("change.targets_set", change)
    return change.id


async def set_tasks(
    ports: Ports, actor: Actor, change_id: str, expected_version: int, tasks: Sequence[TaskPlan]
) -> str:
    """State the pieces of work, by whom and when (`changeTasksSet`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.PLAN)
        await _check_plan(work, plan_tasks(change, tasks, work.new_id))
        work.record("change.tasks_set", change)
    return change.id


async def set_predecessors(
    ports: Ports, actor: Actor, change_id: str, expected_version: int, predecessors: Sequence[PredecessorPlan]
) -> str:
    """State which changes must end before this one starts (`changePredecessorsSet`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.PLAN)
        await _check_plan(work, plan_predecessors(change, predecessors, work.new_id))
        refuse(await order_cycle_issues(work, change))
        work.record("change.predecessors_set", change)
    return change.id


async def schedule(ports: Ports, actor: Actor, change_id: str, expected_version: int, command: ScheduleChange) -> str:
    """Plan when the change is made; an approved one is moved by its coordinator only (`changeSchedule`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.SCHEDULE, ChangeAct.RESCHEDULE)
        refuse(plan_times(change, command).issues)
        work.record("change.scheduled", change)
    return change.id


async def add_evidence(ports: Ports, actor: Actor, change_id: str, expected_version: int, facts: EvidenceFacts) -> str:
    """Add something a board can look at, and what it proves (`changeEvidenceAdd`, ENGINES F10, F11)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.ADD_EVIDENCE)
        evidence = ChangeEvidence(
            id=work.new_id(),
            change_id=change.id,
            kind=facts.kind,
            summary=facts.summary.strip(),
            link=trimmed(facts.link),
            environment=trimmed(facts.environment),
            author_id=actor.person_id,
            measured_minutes=facts.measured_minutes,
            recorded_at=work.now,
        )
        change.evidence.append(evidence)
        if facts.test_state is not ABSENT:
            change.test_state = facts.test_state
        if facts.rollback_state is not ABSENT:
            change.rollback_state = facts.rollback_state
        refuse(
            [
                *prose_issues("summary", evidence.summary, required=True),
                *text_issues("link", evidence.link, most=2_000),
                *text_issues("environment", evidence.environment),
                *range_issues("measured_minutes", evidence.measured_minutes, 0, YEAR_MINUTES),
                *evidence_issues(change),
            ]
        )
        work.record("change.evidence_added", change)
    return change.id


async def add_technical_risk(
    ports: Ports, actor: Actor, change_id: str, expected_version: int, *, kind: TechnicalRiskKind, finding: str
) -> str:
    """Record what an assessor found (`changeTechnicalRiskAdd`, R190 to R192)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.ASSESS_RISK)
        refuse(prose_issues("finding", finding.strip(), required=True))
        change.technical_risks.append(
            TechnicalRisk(
                id=work.new_id(),
                change_id=change.id,
                kind=kind,
                finding=finding.strip(),
                assessor_id=actor.person_id,
                recorded_at=work.now,
            )
        )
        work.record("change.technical_risk_added", change)
    return change.id


async def mitigate_technical_risk(
    ports: Ports, actor: Actor, change_id: str, expected_version: int, technical_risk_id: str
) -> str:
    """Say that a finding is dealt with (`changeTechnicalRiskMitigate`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.ASSESS_RISK)
        finding = next((risk for risk in change.technical_risks if risk.id == technical_risk_id), None)
        if finding is None:
            raise InvalidInput.at("technical_risk_id", "is no finding on this change")
        if not finding.is_open:
            raise InvalidTransition("technical risk", "MITIGATED", "MITIGATE", [])
        finding.is_open = False
        work.record("change.technical_risk_mitigated", change)
    return change.id


async def _state(work: UnitOfWork, change: Change, facts: ChangeFacts) -> None:
    found = state_facts(change, facts)
    await check(work, [*found.issues, *await model_name_issues(work, change, facts)], *found.references)
    await check_free(work, "change", change, "external_id")


async def _check_plan(work: UnitOfWork, found: Found) -> None:
    await check(work, found.issues, *found.references)


async def model_name_issues(record: UnitOfWork | Snapshot, change: Change, facts: ChangeFacts) -> list[Issue]:
    """Return a fault when the facts name a template that is not there."""
    if stated(facts).get("model") and await record.find(ChangeModel, name=change.model) is None:
        return [Issue("model", f"no change model '{change.model}'")]
    return []


async def order_cycle_issues(record: UnitOfWork | Snapshot, change: Change) -> list[Issue]:
    """Return a fault for every declared predecessor that, over any number of steps, waits for the change itself."""
    wanted = [order.predecessor_id for order in change.predecessors]
    earlier = await _predecessors_above(record, change, wanted)
    return [
        Issue(f"predecessors.{index}", f"would wait for {change.number} itself")
        for index, predecessor_id in enumerate(wanted)
        if change.id in waits_for(earlier, predecessor_id)
    ]


async def _predecessors_above(
    record: UnitOfWork | Snapshot, change: Change, change_ids: Sequence[str]
) -> dict[str, list[str]]:
    """Return who waits for whom among the changes and all their predecessors, read level by level."""
    found: dict[str, list[str]] = {}
    level = sorted(set(change_ids))
    while level:
        for earlier in await record.find_all(Change, id=level):
            found[earlier.id] = [link.predecessor_id for link in earlier.predecessors]
        level = sorted(
            {before for change_id in level for before in found.get(change_id, ())} - found.keys() - {change.id}
        )
    return found
