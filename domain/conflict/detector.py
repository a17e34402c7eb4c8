"""All conflicts of a plan at once, or of one change against those it can meet (ENGINES 3.5).

`detect_all` says what is true. `recheck` says the same for one change and the instants it touches, from nothing but
the changes that can meet it; `domain.conflict.book` shows how its answers keep a stored set current.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.conflict.calendars import blackouts, impacted_outside_maintenance, outside_maintenance
from domain.conflict.context import ConflictContext
from domain.conflict.footprint import PlannedChange, ScheduledChange, reach, scheduled, span
from domain.conflict.incidents import active_incidents
from domain.conflict.instants import ClosedSpans, InstantFinding, gathered_conflicts, in_spans
from domain.conflict.joint_outages import joint_outages
from domain.conflict.model import Conflict, ConflictCode, ConflictSeverity, Rating, conflict, worst_first
from domain.conflict.pairs import pair_conflicts
from domain.conflict.people import absences, approver
from domain.conflict.redundancy import single_loss
from domain.conflict.workload import workload_findings
from domain.kernel.intervals import Interval


@dataclass(frozen=True, slots=True)
class Scope:
    """What a re-check answers for, and so which stored rows its answer replaces."""

    change_id: str
    spans: ClosedSpans

    def replaces(self, stored: Conflict) -> bool:
        """Whether the stored record is one the re-check decided anew: a single or pair record of the change."""
        return not stored.is_gathered and self.change_id in stored.change_ids

    def replaces_finding(self, stored: InstantFinding) -> bool:
        """Whether the stored finding lies at an instant the re-check looked at."""
        return in_spans(stored.instant, self.spans)


@dataclass(frozen=True, slots=True)
class Recheck:
    """The answer for one change: its single and pair conflicts, and every finding at the instants of the scope.

    A record gathered from findings is rebuilt (`gathered_conflicts`) from all its findings that remain in store.
    """

    scope: Scope
    conflicts: tuple[Conflict, ...]
    findings: tuple[InstantFinding, ...]


def detect_all(changes: Iterable[PlannedChange], context: ConflictContext) -> list[Conflict]:
    """Return every conflict of the plan, worst first."""
    plan = sorted(changes, key=lambda change: change.id)
    planned = _scheduled(plan)
    found = [hit for change in plan for hit in single_conflicts(change, context)]
    for first, second in _meeting_pairs(planned):
        found.extend(pair_conflicts(first, second, context))
    by_id = {change.id: change for change in planned}
    return worst_first([*found, *gathered_conflicts(_findings(planned, None, context), by_id, context)])


def recheck(
    change_id: str,
    neighbours: Iterable[PlannedChange],
    context: ConflictContext,
    former_span: Interval | None = None,
) -> Recheck:
    """Return what must be stored for one change after an edit of it, or of facts it depends on.

    `neighbours` holds the change itself, unless it is gone, and at least every change whose `reach` overlaps or touches
    its present or former reach, and its declared predecessors and successors; more do no harm. `former_span` is its
    `span` before the edit, None where it had none.
    """
    plan = sorted(neighbours, key=lambda change: change.id)
    own = next((change for change in plan if change.id == change_id), None)
    present_span = span(own) if own is not None else None
    spans = tuple(hull for hull in (former_span, present_span) if hull is not None)
    planned = _scheduled(plan)
    found = list(single_conflicts(own, context)) if own is not None else []
    mine = scheduled(own) if own is not None else None
    if mine is not None:
        for other in planned:
            if other.id != change_id:
                found.extend(pair_conflicts(mine, other, context))
    findings = _findings(planned, spans, context) if spans else ()
    return Recheck(Scope(change_id, spans), tuple(worst_first(found)), tuple(findings))


def conflicts_of(change_id: str, neighbours: Iterable[PlannedChange], context: ConflictContext) -> list[Conflict]:
    """Return every conflict one change is involved in, worst first: for a preview of it, nothing stored."""
    plan = tuple(neighbours)
    answer = recheck(change_id, plan, context)
    by_id = {change.id: change for change in _scheduled(plan)}
    gathered = gathered_conflicts((row for row in answer.findings if change_id in row.change_ids), by_id, context)
    return worst_first([*answer.conflicts, *gathered])


def single_conflicts(change: PlannedChange, context: ConflictContext) -> Iterator[Conflict]:
    """Yield every conflict a change has by itself: with calendars, people, incidents, or redundancy already used up."""
    if change.is_eligible and change.window is None:
        yield conflict(
            (change.id,),
            ConflictCode.UNSCHEDULED,
            Rating(ConflictSeverity.INFO, 0.0),
            f"{change.number} has no planned window yet, so it cannot be compared with anything in time.",
            context.policy.version,
        )
    planned = scheduled(change)
    if planned is None:
        return
    yield from blackouts(planned, context)
    yield from absences(planned, context)
    yield from active_incidents(planned, context)
    for rule in (single_loss, outside_maintenance, impacted_outside_maintenance, approver):
        found = rule(planned, context)
        if found is not None:
            yield found


def _findings(
    changes: Sequence[ScheduledChange], spans: ClosedSpans | None, context: ConflictContext
) -> list[InstantFinding]:
    return sorted({*joint_outages(changes, spans, context), *workload_findings(changes, spans, context)})


def _scheduled(changes: Iterable[PlannedChange]) -> list[ScheduledChange]:
    return [planned for change in changes if (planned := scheduled(change)) is not None]


def _meeting_pairs(changes: Sequence[ScheduledChange]) -> Iterator[tuple[ScheduledChange, ScheduledChange]]:
    """Yield once each pair that can meet: reaches that overlap or touch, and those declared to follow in order."""
    by_id = {change.id: change for change in changes}
    hulls = {change.id: hull for change in changes if (hull := reach(change.change)) is not None}
    yielded = set()
    active: list[ScheduledChange] = []
    for change in sorted(changes, key=lambda change: (hulls[change.id], change.id)):
        active = [other for other in active if hulls[other.id][1] >= hulls[change.id][0]]
        for other in active:
            yielded.add(frozenset((change.id, other.id)))
            yield other, change
        active.append(change)
    for change in changes:
        for predecessor_id in sorted(change.change.predecessors & by_id.keys()):
            pair = frozenset((change.id, predecessor_id))
            if pair not in yielded:
                yielded.add(pair)
                yield by_id[predecessor_id], change
