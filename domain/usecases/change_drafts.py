"""A change that nobody has stored, as it would be stored: a new draft, or a stored change with other plans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.change.model import Change
from domain.change.rules import ChangeFacts
from domain.kernel.actor import Actor
from domain.kernel.checks import refuse
from domain.kernel.errors import Issue
from domain.ports import Snapshot
from domain.usecases.act import Reference
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
from domain.usecases.changes import model_name_issues, order_cycle_issues
from domain.usecases.slots import copied

DRAFT = "draft"
"""Id, number and title of a change that is not stored and was given no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is said of a change before it is stored; None leaves a plan as it is, for a new change: empty."""

    facts: ChangeFacts = field(default_factory=ChangeFacts)
    targets: Sequence[TargetPlan] | None = None
    tasks: Sequence[TaskPlan] | None = None
    predecessors: Sequence[PredecessorPlan] | None = None
    times: ScheduleChange | None = None


async def drafted(snapshot: Snapshot, actor: Actor, now: datetime, draft: Draft, stored: Change | None) -> Change:
    """Return the change as the verbs would store it; `InvalidInput` names everything they would refuse."""
    change = copied(stored) if stored is not None else _blank(actor, now)
    found = list(_planned(change, draft))
    issues = [issue for part in found for issue in part.issues]
    issues += await model_name_issues(snapshot, change, draft.facts)
    issues += await _missing(snapshot, [reference for part in found for reference in part.references])
    refuse(issues)
    refuse(await order_cycle_issues(snapshot, change))
    return change


def _blank(actor: Actor, now: datetime) -> Change:
    return Change(id=DRAFT, number=DRAFT, external_id=None, title=DRAFT, requester_id=actor.person_id, recorded_at=now)


def _planned(change: Change, draft: Draft) -> Iterable[Found]:
    """Put the draft onto the change, one part after the other, and yield what was found of each."""
    places = (f"{DRAFT}-{place:05d}" for place in range(100_000))
    yield state_facts(change, draft.facts)
    if draft.targets is not None:
        yield plan_targets(change, draft.targets, places.__next__)
    if draft.tasks is not None:
        yield plan_tasks(change, draft.tasks, places.__next__)
    if draft.predecessors is not None:
        yield plan_predecessors(change, draft.predecessors, places.__next__)
    if draft.times is not None:
        yield plan_times(change, draft.times)


async def _missing(snapshot: Snapshot, references: Sequence[Reference]) -> list[Issue]:
    known: dict[type, set[str]] = {}
    for noun in {reference.noun for reference in references}:
        wanted = sorted({r.record_id for r in references if r.noun is noun and r.record_id is not None})
        known[noun] = {record.id for record in await snapshot.find_all(noun, id=wanted)} if wanted else set()
    return [
        Issue(path, f"no {noun.__name__} '{record_id}'")
        for path, noun, record_id in references
        if record_id is not None and record_id not in known[noun]
    ]
