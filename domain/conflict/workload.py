"""Too much at once: a person's tasks (PERSON), and the changes of a site, team or service (CAPACITY; ENGINES 3.3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.conflict.context import CapacityLimit, CapacitySubject, ConflictContext
from domain.conflict.footprint import ScheduledChange
from domain.conflict.instants import ClosedSpans, InstantFinding, in_spans
from domain.conflict.model import ConflictCode
from domain.kernel.intervals import Interval


@dataclass(frozen=True, slots=True)
class Occupation:
    """Something that takes one unit of a capacity for a while: a task of a person, a change on a site."""

    window: Interval
    change_id: str
    item_id: str


def workload_findings(
    changes: Sequence[ScheduledChange], spans: ClosedSpans | None, context: ConflictContext
) -> Iterator[InstantFinding]:
    """Yield every overload that begins within the spans (None: at any time)."""
    for person_id, tasks in _tasks_by_person(changes).items():
        capacity = context.person(person_id).capacity
        yield from _exceeding(tasks, capacity, spans, ConflictCode.PERSON, person_id)
    for limit in context.capacity_limits:
        running = [Occupation(_busy(change, limit), change.id, "") for change in changes if _counts(change, limit)]
        subject = f"{limit.kind.value}:{limit.subject_id}"
        yield from _exceeding(running, limit.concurrent_changes, spans, ConflictCode.CAPACITY, subject)


def exceedances(occupations: Iterable[Occupation], capacity: int) -> Iterator[tuple[Occupation, ...]]:
    """Yield, for each occupation that begins when `capacity` others are under way, the ones too many, itself last.

    Of those that begin together the smaller id comes first. At a capacity of one each pair is yielded by itself, so
    that a third does not change what was said of two.
    """
    active: list[Occupation] = []
    for beginning in sorted(occupations, key=lambda taken: (taken.window[0], taken.change_id, taken.item_id)):
        active = [other for other in active if other.window[1] > beginning.window[0]]
        if capacity == 1:
            yield from ((other, beginning) for other in active)
        elif len(active) >= capacity:
            yield (*active, beginning)
        active.append(beginning)


def _exceeding(
    occupations: Iterable[Occupation], capacity: int, spans: ClosedSpans | None, code: ConflictCode, subject: str
) -> Iterator[InstantFinding]:
    for together in exceedances(occupations, capacity):
        instant = together[-1].window[0]
        if in_spans(instant, spans):
            change_ids = tuple(sorted({occupation.change_id for occupation in together}))
            until = min(occupation.window[1] for occupation in together)
            yield InstantFinding(instant, code, subject, change_ids, until)


def _tasks_by_person(changes: Sequence[ScheduledChange]) -> dict[str, list[Occupation]]:
    tasks: dict[str, list[Occupation]] = {}
    for change in changes:
        for task in change.change.tasks:
            if task.implementer_id is not None and task.window is not None:
                occupation = Occupation(task.window, change.id, task.id)
                tasks.setdefault(task.implementer_id, []).append(occupation)
    return tasks


def _counts(change: ScheduledChange, limit: CapacityLimit) -> bool:
    facts = change.change
    match limit.kind:
        case CapacitySubject.SITE:
            return limit.subject_id in facts.sites
        case CapacitySubject.TEAM:
            return limit.subject_id == facts.team_id
        case CapacitySubject.SERVICE:
            return any(service.id == limit.subject_id for service in facts.services)


def _busy(change: ScheduledChange, limit: CapacityLimit) -> Interval:
    """Return when a change counts against a limit: for a service while it is affected, else while work is planned."""
    return change.effective if limit.kind is CapacitySubject.SERVICE else change.planned
