"""Free slots for a change: what its constraints leave of the calendar, each slot scored anew (ENGINES 4.7)."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, reconcile
from domain.conflict.detector import conflicts_of
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import PlannedChange, ScheduledChange, reserve_seconds, scheduled
from domain.conflict.slots import HORIZON, Slot, SlotAnswer, SlotConstraint, SlotRequest, SlotRule, find_slots
from domain.kernel.intervals import Interval, Intervals, normalise
from domain.kernel.time import from_seconds
from domain.risk.score import Measured
from domain.usecases.assessment import (
    RiskFindings,
    Session,
    Walk,
    planned_anew,
    risk_of,
)
from domain.usecases.neighbours import Neighbourhood, neighbourhood, rivals
from domain.usecases.surroundings import DAY
from domain.usecases.wording import named

DEFAULT_DURATION = 3600
GRID = 900


@dataclass(frozen=True, slots=True)
class ScoredSlot:
    """A free slot with the risk the change would have in it, and the conflicts that remain (none that forbid it)."""

    slot: Slot
    risk: RiskFindings
    conflicts: tuple[ConflictRecord, ...]


@dataclass(frozen=True, slots=True)
class FreeSlots:
    """The offered slots, nearest to the wanted time first; if there are none, `answer` says what would have to give."""

    answer: SlotAnswer
    slots: tuple[ScoredSlot, ...]


async def free_slots(
    session: Session,
    own: Walk,
    measured: Measured | None = None,
    *,
    offered: int = 5,
    from_instant: int | None = None,
) -> FreeSlots:
    """Return free slots for a change over the next 90 days, each re-scored for its time, conflicts and demand.

    `measured` is what was measured of the change where it is planned now.
    """
    now = session.around.now if from_instant is None else max(session.around.now, from_instant)
    span = (_next_grid(now), _next_grid(now) + HORIZON)
    near = await rivals(session, own, span)
    request = slot_request(session, own, near, span, offered)
    answer = await asyncio.to_thread(find_slots, request)
    return FreeSlots(answer, tuple([await _scored(session, own, slot, measured) for slot in answer.slots]))


def slot_request(session: Session, own: Walk, near: Neighbourhood, span: Interval, offered: int) -> SlotRequest:
    """Return what is looked for: the change's length, wanted time and every constraint on it."""
    planned = own.planned
    duration = planned.window[1] - planned.window[0] if planned.window else _usual_duration(session, own.change)
    others = [
        other for change in near.changes if change.id != own.change.id and (other := scheduled(change)) is not None
    ]
    constraints = [
        *_maintenance(session, own, span),
        *_freezes(session, own, span),
        *_people(session, own, others, span),
        *_other_changes(own, others, near.context.failures),
    ]
    return SlotRequest(
        not_before=span[0],
        not_after=span[1],
        wanted=planned.window[0] if planned.window else span[0] + DAY,
        duration=duration,
        time_zone=session.around.organisation.time_zone,
        constraints=tuple(constraints),
        prep=planned.prep_seconds,
        reserve=reserve_seconds(planned.reserve_seconds, duration),
        grid=GRID,
        offered=offered,
    )


def copied(change: Change) -> Change:
    """Return a copy that can be altered while the record stays as it is."""
    return replace(
        change,
        targets=[replace(target) for target in change.targets],
        tasks=[replace(task) for task in change.tasks],
        predecessors=[replace(order) for order in change.predecessors],
        evidence=[replace(piece) for piece in change.evidence],
        technical_risks=[replace(risk) for risk in change.technical_risks],
        decisions=[replace(decision) for decision in change.decisions],
    )


def moved(change: Change, slot: Slot) -> Change:
    """Return a copy of the change planned for the slot; its tasks and downtime move along."""
    there = copied(change)
    there.planned_start, there.planned_end = from_seconds(slot.start), from_seconds(slot.end)
    if change.planned_start is None:
        return there
    shift = there.planned_start - change.planned_start
    for task in there.tasks:
        if task.start is not None and task.end is not None:
            task.start, task.end = task.start + shift, task.end + shift
    if there.downtime_start is not None and there.downtime_end is not None:
        there.downtime_start, there.downtime_end = there.downtime_start + shift, there.downtime_end + shift
    return there


def _next_grid(instant: int) -> int:
    return -(-instant // GRID) * GRID


def _usual_duration(session: Session, change: Change) -> int:
    model = session.around.models.get(change.model or "")
    return model.usual_minutes * 60 if model and model.usual_minutes else DEFAULT_DURATION


def _maintenance(session: Session, own: Walk, span: Interval) -> Iterable[SlotConstraint]:
    for ci in own.estate.targets.values():
        opening = session.around.maintenance(ci, span)
        if opening is not None:
            yield SlotConstraint("MAINTENANCE", "maintenance window", ci.name, SlotRule.WINDOW_INSIDE, opening)


def _freezes(session: Session, own: Walk, span: Interval) -> Iterable[SlotConstraint]:
    for freeze in session.around.blackouts(span):
        applies = freeze.scope.matches(own.planned, session.around.conflict_policy.critical_tier)
        if applies and freeze.id not in own.planned.exemptions:
            yield SlotConstraint("BLACKOUT", "freeze", freeze.name, SlotRule.EXCLUSIVE_CLEAR, freeze.intervals)


def _people(session: Session, own: Walk, others: Sequence[ScheduledChange], span: Interval) -> Iterable[SlotConstraint]:
    for person_id, facts in sorted(session.around.person_facts(own.planned.implementers, span).items()):
        name = session.around.names.get(person_id, person_id)
        if facts.shift is not None:
            yield SlotConstraint("SHIFT", "shift", name, SlotRule.WINDOW_INSIDE, facts.shift)
        if facts.leave:
            yield SlotConstraint("LEAVE", "leave", name, SlotRule.WINDOW_CLEAR, facts.leave)
        busy = normalise(
            task.window
            for other in others
            for task in other.change.tasks
            if task.implementer_id == person_id and task.window is not None
        )
        if facts.capacity == 1 and busy:
            yield SlotConstraint("PERSON", "other work", name, SlotRule.WINDOW_CLEAR, busy)


def _other_changes(own: Walk, others: Sequence[ScheduledChange], failures: FailureModel) -> Iterable[SlotConstraint]:
    mine = own.planned
    for other in others:
        theirs = other.change
        if _meet_on_cis(mine, theirs):
            yield SlotConstraint("CHANGE", "time", theirs.number, SlotRule.EXCLUSIVE_CLEAR, (other.exclusive,))
        if theirs.bake_seconds and not mine.direct.isdisjoint(theirs.direct):
            end = other.planned[1]
            baking: Intervals = ((end, end + theirs.bake_seconds),)
            yield SlotConstraint("SOAK", "soak time", theirs.number, SlotRule.START_OUTSIDE, baking)
    for culprits, intervals in _joint_outages(mine, others, failures):
        numbers = " and ".join(culprit.change.number for culprit in culprits)
        yield SlotConstraint("REDUNDANCY", "joint outage", numbers, SlotRule.EXCLUSIVE_CLEAR, intervals)


def _meet_on_cis(first: PlannedChange, second: PlannedChange) -> bool:
    return not (first.direct.isdisjoint(second.effects) and second.direct.isdisjoint(first.effects))


Culprits = tuple[ScheduledChange, ...]


def _joint_outages(
    mine: PlannedChange, others: Sequence[ScheduledChange], failures: FailureModel
) -> Iterable[tuple[Culprits, Intervals]]:
    """Yield the least sets of other changes that break a redundancy together with this one, and when they are active.

    Only changes that cost a group members without breaking it can do so, and only if this one does too. A rolling
    change counts with all its targets: rather a slot too few than one that fails.
    """
    if not any(failures.loss(step.targets).spent for step in mine.steps):
        return
    spending = [other for other in others if failures.loss(other.change.direct).spent]
    edges = sorted({edge for other in spending for edge in other.exclusive})
    found: dict[Culprits, list[Interval]] = {}
    known: dict[Culprits, Culprits] = {}
    for start, end in pairwise(edges):
        active = tuple(other for other in spending if other.exclusive[0] <= start < other.exclusive[1])
        if active not in known:
            known[active] = _least_culprits(mine, active, failures)
        if known[active]:
            found.setdefault(known[active], []).append((start, end))
    for culprits, intervals in found.items():
        yield culprits, normalise(intervals)


def _least_culprits(mine: PlannedChange, active: Culprits, failures: FailureModel) -> Culprits:
    """Return a least set of the active changes that breaks something together with this one; empty when none does."""
    if not _break_together(mine, active, failures):
        return ()
    for culprit in active:
        fewer = tuple(other for other in active if other is not culprit)
        if _break_together(mine, fewer, failures):
            return _least_culprits(mine, fewer, failures)
    return active


def _break_together(mine: PlannedChange, active: Culprits, failures: FailureModel) -> bool:
    """Whether some step of this change and the active ones take down more together than either side alone."""
    theirs = frozenset[str]().union(*(other.change.direct for other in active))
    alone = failures.loss(theirs).lost
    return any(
        failures.loss(step.targets | theirs).lost > alone | failures.loss(step.targets).lost for step in mine.steps
    )


async def _scored(session: Session, own: Walk, slot: Slot, measured: Measured | None) -> ScoredSlot:
    """Return the slot with the change's risk in it: the walk stays, timing, conflicts and demand change."""
    there = planned_anew(session, own, moved(own.change, slot))
    records = await conflicts_now(session, there)
    return ScoredSlot(slot, await risk_of(session, there, records, former=measured), tuple(records))


async def conflicts_now(session: Session, own: Walk) -> list[ConflictRecord]:
    """Return the conflicts of a change as it is given, whether stored or not; nothing is written."""
    asked = replace(own, planned=replace(own.planned, is_on_demand=True))
    near = await neighbourhood(session, asked, fresh={})
    met = conflicts_of(own.change.id, near.changes, near.context)
    found = await named(session.snapshot, met, session.around.names)
    stored = {record.conflict.key: record for record in await session.snapshot.conflicts_of([own.change.id])}
    position = session.snapshot.position
    records = (reconcile(stored.get(conflict.key), conflict, position) for conflict in found)
    return [record for record in records if record is not None]
