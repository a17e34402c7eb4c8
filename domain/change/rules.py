"""What may be said of a change, what must hold of it, and what each step needs (R140, R188 to R200, D1, D14)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.change.model import (
    Change,
    ChangeModel,
    ChangeOutcome,
    ChangeTask,
    ChangeType,
    DecisionKind,
    EvidenceKind,
    RollbackState,
    TestState,
)
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import (
    YEAR_MINUTES,
    prose_issues,
    range_issues,
    repeat_issues,
    text_issues,
    window_issues,
)
from domain.kernel.errors import Issue

MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What may be said of a change beside its plan; see `domain.change.model.Change`."""

    external_id: Maybe[str | None] = ABSENT
    title: Maybe[str] = ABSENT
    description: Maybe[str] = ABSENT
    reason: Maybe[str | None] = ABSENT
    expected_effect: Maybe[str | None] = ABSENT
    type: Maybe[ChangeType] = ABSENT
    model: Maybe[str | None] = ABSENT
    requester_id: Maybe[str | None] = ABSENT
    team_id: Maybe[str | None] = ABSENT
    service_id: Maybe[str | None] = ABSENT
    prep_minutes: Maybe[int | None] = ABSENT
    rollback_minutes: Maybe[int | None] = ABSENT
    bake_minutes: Maybe[int | None] = ABSENT
    is_irreversible: Maybe[bool] = ABSENT
    test_state: Maybe[TestState] = ABSENT
    rollback_state: Maybe[RollbackState] = ABSENT
    rollback_plan: Maybe[str | None] = ABSENT
    bundle: Maybe[str | None] = ABSENT
    needs_security_review: Maybe[bool] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeModelFacts:
    """What may be said of a template of repeatable changes; see `domain.change.model.ChangeModel`."""

    type: Maybe[ChangeType] = ABSENT
    description: Maybe[str] = ABSENT
    usual_minutes: Maybe[int | None] = ABSENT
    is_pre_approved: Maybe[bool] = ABSENT
    approved_tiers: Maybe[list[int]] = ABSENT


def change_issues(change: Change) -> list[Issue]:
    """Return what is wrong with a change about to be stored, whatever its state."""
    issues = [
        *text_issues("external_id", change.external_id),
        *text_issues("title", change.title, required=True),
        *prose_issues("description", change.description),
        *prose_issues("reason", change.reason),
        *prose_issues("expected_effect", change.expected_effect),
        *prose_issues("rollback_plan", change.rollback_plan),
        *prose_issues("review", change.review),
        *text_issues("model", change.model),
        *text_issues("bundle", change.bundle),
        *window_issues("window", change.planned_start, change.planned_end),
        *window_issues("downtime", change.downtime_start, change.downtime_end),
        # A change under way has begun and not ended.
        *(window_issues("actual", change.actual_start, change.actual_end) if change.actual_end else ()),
    ]
    for path in ("prep_minutes", "rollback_minutes", "bake_minutes"):
        issues += range_issues(path, getattr(change, path), 0, YEAR_MINUTES)
    return issues


def evidence_issues(change: Change) -> list[Issue]:
    """Return a fault when testing is called passed and nothing shows it (ENGINES F10)."""
    if change.test_state is TestState.PASSED and not has_test_artefact(change):
        return [Issue("test_state", "can be PASSED only with evidence of a test that has a link; until then PARTIAL")]
    return []


def has_test_artefact(change: Change) -> bool:
    """Whether a board can open a test run of this change."""
    return any(evidence.kind is EvidenceKind.TEST and evidence.link for evidence in change.evidence)


def schedule_issues(change: Change) -> list[Issue]:
    """Return what is wrong with the planned window and the downtime inside it."""
    issues = [
        *window_issues("window", change.planned_start, change.planned_end),
        *window_issues("downtime", change.downtime_start, change.downtime_end),
    ]
    if issues or change.downtime_start is None or change.downtime_end is None:
        return issues
    if change.planned_start is None or change.planned_end is None:
        return [Issue("downtime", "needs a planned window around it")]
    if change.downtime_start < change.planned_start:
        issues.append(Issue("downtime.start", "must not lie before the planned window"))
    if change.downtime_end > change.planned_end:
        issues.append(Issue("downtime.end", "must not lie after the planned window"))
    return issues


def target_issues(steps: Sequence[tuple[str, int]]) -> list[Issue]:
    """Return what is wrong with targets, given as configuration item and step."""
    issues = repeat_issues("targets", steps)
    for index, (_, step) in enumerate(steps):
        issues += range_issues(f"targets.{index}.step", step, 1, MOST_STEPS)
    return issues


def task_issues(tasks: Sequence[ChangeTask]) -> list[Issue]:
    """Return what is wrong with tasks, among them a later step that starts before an earlier one."""
    issues: list[Issue] = []
    for index, task in enumerate(tasks):
        issues += text_issues(f"tasks.{index}.title", task.title, required=True)
        issues += range_issues(f"tasks.{index}.step", task.step, 1, MOST_STEPS)
        issues += window_issues(f"tasks.{index}.window", task.start, task.end)
    return issues or [
        Issue(f"tasks.{index}.window.start", "must not lie before the start of an earlier step")
        for index, task in enumerate(tasks)
        if any(earlier.step < task.step and _starts_before(task, earlier) for earlier in tasks)
    ]


def _starts_before(task: ChangeTask, other: ChangeTask) -> bool:
    return task.start is not None and other.start is not None and task.start < other.start


def predecessor_issues(change_id: str, predecessor_ids: Sequence[str]) -> list[Issue]:
    """Return what is wrong with declared predecessors taken by themselves."""
    issues = repeat_issues("predecessors", predecessor_ids)
    for index, predecessor_id in enumerate(predecessor_ids):
        if predecessor_id == change_id:
            issues.append(Issue(f"predecessors.{index}", "must be another change"))
    return issues


def waits_for(predecessors_of: Mapping[str, Collection[str]], change_id: str) -> frozenset[str]:
    """Return every change that must end before this one, over any number of steps; itself too if there is a cycle."""
    found: set[str] = set()
    open_ids = list(predecessors_of.get(change_id, ()))
    while open_ids:
        current = open_ids.pop()
        if current not in found:
            found.add(current)
            open_ids.extend(predecessors_of.get(current, ()))
    return frozenset(found)


def submission_issues(change: Change, model: ChangeModel | None) -> list[Issue]:
    """Return what a request lacks (R140, R188, R189): content, scope, time, way back; a template if STANDARD (D14).

    A change found afterwards needs no plan for going back: it is reviewed, not carried out.
    """
    issues = prose_issues("description", change.description, required=True)
    if not change.targets:
        issues.append(Issue("targets", "must name at least one configuration item"))
    if change.planned_start is None:
        issues.append(Issue("window", "is required"))
    issues += prose_issues("rollback_plan", change.rollback_plan, required=change.type is not ChangeType.UNAUTHORISED)
    if change.type is ChangeType.STANDARD and (model is None or not model.is_pre_approved):
        issues.append(Issue("model", "must be a pre-approved template: without one the change is NORMAL"))
    return issues


def note_issues(kind: DecisionKind, note: str | None) -> list[Issue]:
    """Return a fault when a decision other than a plain approval says nothing (R195 to R197)."""
    return prose_issues("note", note, required=kind is not DecisionKind.APPROVE)


def needs_review(change: Change, outcome: ChangeOutcome, *, has_caused_incident: bool) -> bool:
    """Whether closing needs a post-implementation review.

    R200: type MAJOR, not fully successful, an incident caused, or approved with conditions. What was never
    authorised is instructive by itself.
    """
    return (
        change.type in {ChangeType.MAJOR, ChangeType.UNAUTHORISED}
        or outcome is not ChangeOutcome.SUCCESSFUL
        or has_caused_incident
        or any(decision.kind is DecisionKind.APPROVE_WITH_CONDITIONS for decision in change.decisions)
    )


def model_issues(model: ChangeModel) -> list[Issue]:
    """Return what is wrong with a template about to be stored."""
    issues = [
        *text_issues("name", model.name, required=True),
        *prose_issues("description", model.description),
        *range_issues("usual_minutes", model.usual_minutes, 1, YEAR_MINUTES),
        *repeat_issues("approved_tiers", model.approved_tiers),
    ]
    for index, tier in enumerate(model.approved_tiers):
        issues += range_issues(f"approved_tiers.{index}", tier, 1, 4)
    if model.approved_tiers and not model.is_pre_approved:
        issues.append(Issue("approved_tiers", "belong to a pre-approved template"))
    return issues
