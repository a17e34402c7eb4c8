"""Rules on people that one change decides alone: tasks outside working time, nobody to approve (ENGINES 3.3)."""

from collections.abc import Iterator

from domain.conflict.context import Approver, ConflictContext
from domain.conflict.footprint import ScheduledChange
from domain.conflict.model import Conflict, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.kernel.intervals import Interval, Intervals, clip, normalise, subtract


def absences(change: ScheduledChange, context: ConflictContext) -> Iterator[Conflict]:
    """Yield one PERSON of kind ABSENCE per implementer with task time outside the shift or on leave."""
    for person_id in sorted(change.change.implementers):
        windows = normalise(
            task.window for task in change.change.tasks if task.implementer_id == person_id and task.window is not None
        )
        person = context.person(person_id)
        off_shift = subtract(windows, normalise(person.shift)) if person.shift is not None else ()
        on_leave = tuple(part for window in windows for part in clip(normalise(person.leave), window))
        missing = normalise((*off_shift, *on_leave))
        if not missing:
            continue
        reason = "on leave" if on_leave else "off shift"
        yield conflict(
            (change.id,),
            ConflictCode.PERSON,
            Rating(ConflictSeverity.MAJOR, context.policy.person),
            f"{context.name(person_id)} is {reason} during tasks of {change.change.number}.",
            context.policy.version,
            kind=ConflictKind.ABSENCE,
            window=(missing[0][0], missing[-1][1]),
            subject=person_id,
        )


def approver(change: ScheduledChange, context: ConflictContext) -> Conflict | None:
    """APPROVER: nobody other than requester and implementers can decide between now and the deadline.

    An approver who is away is stood in for by the delegate. Nothing is said of a change that is not scored yet.
    """
    facts = context.approvals.get(change.id)
    if facts is None:
        return None
    involved = change.change.implementers | {change.change.requester_id}
    time_left = (context.now, facts.deadline)
    if any(_can_decide(candidate, involved, time_left) for candidate in facts.approvers):
        return None
    return conflict(
        (change.id,),
        ConflictCode.APPROVER,
        Rating(ConflictSeverity.MAJOR, context.policy.approver),
        f"Nobody who may approve {change.change.number} is available before its decision is due "
        "and is neither its requester nor an implementer.",
        context.policy.version,
    )


def _can_decide(candidate: Approver, involved: frozenset[str | None], time_left: Interval) -> bool:
    if candidate.person_id in involved:
        return False
    has_delegate = candidate.delegate_id is not None and candidate.delegate_id not in involved
    return _is_there(candidate.available, time_left) or (
        has_delegate and _is_there(candidate.delegate_available, time_left)
    )


def _is_there(available: Intervals | None, span: Interval) -> bool:
    return span[0] < span[1] and (available is None or bool(clip(normalise(available), span)))
