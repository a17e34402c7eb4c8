"""Findings that hold at an instant among any number of changes, and the records gathered from them (ENGINES 3.5).

Pairs and singles are decided by the changes they name. Who is too many, and which three changes together cause an
outage, depends on everyone active at that instant: so these are found, stored and replaced per instant, and read as one
record per set of changes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from domain.conflict.context import CapacitySubject, ConflictContext
from domain.conflict.footprint import ScheduledChange
from domain.conflict.meeting import common_window, counted, listed, manner, numbers, reserve_rating
from domain.conflict.model import Conflict, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.conflict.redundancy import outage_cis, outage_rating
from domain.kernel.intervals import Interval

ClosedSpans = tuple[Interval, ...]


@dataclass(frozen=True, slots=True, order=True)
class InstantFinding:
    """At `instant` the changes (ids sorted) together break a rule, and still do until `until` if nobody else moves.

    `subject` is the CI that goes down (REDUNDANCY), the person overloaded (PERSON), or the limit passed, written
    "SITE:id", "TEAM:id" or "SERVICE:id" (CAPACITY).
    """

    instant: int
    code: ConflictCode
    subject: str
    change_ids: tuple[str, ...]
    until: int

    @property
    def record(self) -> tuple[str, tuple[str, ...], str]:
        """What findings of one record share: the code, the changes and, outages apart, the subject."""
        return self.code.value, self.change_ids, "" if self.code is ConflictCode.REDUNDANCY else self.subject


def in_spans(instant: int, spans: ClosedSpans | None) -> bool:
    """Whether an instant lies in one of the spans, both ends included; None means any time."""
    return spans is None or any(start <= instant <= end for start, end in spans)


def gathered_conflicts(
    findings: Iterable[InstantFinding], changes: Mapping[str, ScheduledChange], context: ConflictContext
) -> list[Conflict]:
    """Return one record per set of changes, code and subject, from all the findings of these records."""
    records: dict[tuple[str, tuple[str, ...], str], list[InstantFinding]] = {}
    for finding in sorted(findings):
        records.setdefault(finding.record, []).append(finding)
    return [
        _GATHERERS[together[0].code](together, [changes[change_id] for change_id in together[0].change_ids], context)
        for _, together in sorted(records.items())
    ]


def _outage(findings: list[InstantFinding], changes: list[ScheduledChange], context: ConflictContext) -> Conflict:
    lost = frozenset(finding.subject for finding in findings)
    targets = frozenset[str]().union(*(change.change.direct for change in changes))
    cis = outage_cis(lost, context.failures.loss(targets).lost, context.failures)
    is_planned = common_window(change.planned for change in changes) is not None
    kind = ConflictKind.PLANNED if is_planned else ConflictKind.RESERVE
    return conflict(
        findings[0].change_ids,
        ConflictCode.REDUNDANCY,
        outage_rating(lost, context) if is_planned else reserve_rating(context),
        f"{numbers(change.change for change in changes)} are harmless one by one and two by two; "
        f"all together they take down {listed(cis, context)}{manner(kind)}.",
        context.policy.version,
        kind=kind,
        window=_window(findings),
        cis=cis,
    )


def _overload(findings: list[InstantFinding], changes: list[ScheduledChange], context: ConflictContext) -> Conflict:
    person_id = findings[0].subject
    capacity = context.person(person_id).capacity
    return conflict(
        findings[0].change_ids,
        ConflictCode.PERSON,
        Rating(ConflictSeverity.MAJOR, context.policy.person),
        f"{context.name(person_id)} can carry {counted(capacity, 'task')} at once, but is planned for more by "
        f"{numbers(change.change for change in changes)}.",
        context.policy.version,
        window=_window(findings),
        subject=person_id,
    )


def _capacity(findings: list[InstantFinding], changes: list[ScheduledChange], context: ConflictContext) -> Conflict:
    kind, _, subject_id = findings[0].subject.partition(":")
    limit = min(
        limit.concurrent_changes
        for limit in context.capacity_limits
        if (limit.kind, limit.subject_id) == (CapacitySubject(kind), subject_id)
    )
    return conflict(
        findings[0].change_ids,
        ConflictCode.CAPACITY,
        Rating(ConflictSeverity.MINOR, context.policy.capacity),
        f"{numbers(change.change for change in changes)} run at once for {kind.lower()} {context.name(subject_id)}, "
        f"which can take {counted(limit, 'change')}.",
        context.policy.version,
        window=_window(findings),
        subject=findings[0].subject,
    )


def _window(findings: list[InstantFinding]) -> Interval:
    return findings[0].instant, max(finding.until for finding in findings)


_Gatherer = Callable[[list[InstantFinding], list[ScheduledChange], ConflictContext], Conflict]
_GATHERERS: Mapping[ConflictCode, _Gatherer] = {
    ConflictCode.REDUNDANCY: _outage,
    ConflictCode.PERSON: _overload,
    ConflictCode.CAPACITY: _capacity,
}
