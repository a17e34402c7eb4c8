"""What a change is planned to be, put onto its record: the same for a verb that stores it and for a preview.

Pure: what is wrong comes back as issues; what must be there is named as references for the caller to look up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.change.model import Change, ChangePredecessor, ChangeTarget, ChangeTask, TaskAction
from domain.change.rules import (
    ChangeFacts,
    change_issues,
    evidence_issues,
    predecessor_issues,
    schedule_issues,
    target_issues,
    task_issues,
)
from domain.ci.model import BusinessService, ConfigurationItem
from domain.kernel.absent import apply_facts
from domain.kernel.checks import local_span
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.usecases.act import Reference, references

NewId = Callable[[], str]


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """A configuration item to be changed and the step in which it is taken down."""

    ci_id: str
    step: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """A piece of work. With the `id` of a task the change already has, that task is changed."""

    title: str
    id: str | None = None
    step: int = 1
    action: TaskAction = TaskAction.CONFIGURE
    is_exclusive: bool = False
    ci_id: str | None = None
    implementer_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class PredecessorPlan:
    """A change that must end before this one starts; back to back waives the reserve between."""

    predecessor_id: str
    is_back_to_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """The planned window and the downtime in it. With a zone, all four are local times without an offset."""

    start: datetime
    end: datetime
    downtime_start: datetime | None = None
    downtime_end: datetime | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with a plan taken by itself, and what it names that must be there."""

    issues: list[Issue]
    references: list[Reference]


def state_facts(change: Change, facts: ChangeFacts) -> Found:
    """Put plain facts onto a change."""
    apply_facts(change, facts)
    return Found(
        [*change_issues(change), *evidence_issues(change)],
        [
            Reference("requester_id", Person, change.requester_id),
            Reference("team_id", Team, change.team_id),
            Reference("service_id", BusinessService, change.service_id),
        ],
    )


def plan_targets(change: Change, targets: Sequence[TargetPlan], new_id: NewId) -> Found:
    """Put targets onto a change in place of those before; one that stays keeps its id."""
    known = {(target.ci_id, target.step): target for target in change.targets}
    change.targets = [
        known.get((plan.ci_id, plan.step))
        or ChangeTarget(id=new_id(), change_id=change.id, ci_id=plan.ci_id, step=plan.step)
        for plan in targets
    ]
    return Found(
        target_issues([(plan.ci_id, plan.step) for plan in targets]),
        references("targets", ConfigurationItem, [plan.ci_id for plan in targets]),
    )


def plan_tasks(change: Change, tasks: Sequence[TaskPlan], new_id: NewId) -> Found:
    """Put tasks onto a change in place of those before; a plan with an id changes that task."""
    known = {task.id: task for task in change.tasks}
    strangers = [
        Issue(f"tasks.{index}.id", "is no task of this change")
        for index, plan in enumerate(tasks)
        if plan.id is not None and plan.id not in known
    ]
    if strangers:
        return Found(strangers, [])
    change.tasks = [
        _planned_task(known.get(plan.id or "") or ChangeTask(id=new_id(), change_id=change.id, title=""), plan)
        for plan in tasks
    ]
    return Found(task_issues(change.tasks), list(_task_references(tasks)))


def plan_predecessors(change: Change, predecessors: Sequence[PredecessorPlan], new_id: NewId) -> Found:
    """Put declared predecessors onto a change in place of those before."""
    wanted = [plan.predecessor_id for plan in predecessors]
    change.predecessors = [
        ChangePredecessor(
            id=new_id(),
            change_id=change.id,
            predecessor_id=plan.predecessor_id,
            is_back_to_back=plan.is_back_to_back,
        )
        for plan in predecessors
    ]
    return Found(predecessor_issues(change.id, wanted), references("predecessors", Change, wanted))


def plan_times(change: Change, command: ScheduleChange) -> Found:
    """Put the planned window and the downtime onto a change."""
    change.planned_start, change.planned_end, issues = local_span(
        "window", command.start, command.end, command.time_zone
    )
    change.downtime_start, change.downtime_end = command.downtime_start, command.downtime_end
    if command.downtime_start is not None and command.downtime_end is not None:
        change.downtime_start, change.downtime_end, also = local_span(
            "downtime", command.downtime_start, command.downtime_end, command.time_zone
        )
        issues += [issue for issue in also if issue not in issues]
    return Found(issues or schedule_issues(change), [])


def _planned_task(task: ChangeTask, plan: TaskPlan) -> ChangeTask:
    task.title, task.step, task.action = plan.title.strip(), plan.step, plan.action
    task.is_exclusive, task.ci_id, task.implementer_id = plan.is_exclusive, plan.ci_id, plan.implementer_id
    task.start, task.end = plan.start, plan.end
    return task


def _task_references(tasks: Sequence[TaskPlan]) -> Iterator[Reference]:
    for at, plan in enumerate(tasks):
        yield Reference(f"tasks.{at}.ci_id", ConfigurationItem, plan.ci_id)
        yield Reference(f"tasks.{at}.implementer_id", Person, plan.implementer_id)
