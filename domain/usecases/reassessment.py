"""Keeping footprints, conflicts and risk current: looking at changes again after what they depend on has moved.

Everything is read and computed in a snapshot; then one short transaction writes what still fits the record.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, ConflictStatus, reconcile
from domain.conflict.detector import Recheck, recheck
from domain.conflict.footprint import reach, scheduled, span
from domain.conflict.instants import InstantFinding, gathered_conflicts
from domain.conflict.model import Conflict, ConflictCode
from domain.kernel.actor import SYSTEM
from domain.kernel.intervals import Interval
from domain.kernel.time import from_seconds
from domain.ports import FootprintRow, Ports, RiskRow, UnitOfWork
from domain.usecases.assessment import (
    Session,
    Walk,
    is_open,
    missing_approver,
    risk_of,
    walk,
)
from domain.usecases.footprints import from_facts, to_facts
from domain.usecases.neighbours import Neighbourhood, neighbourhood
from domain.usecases.risk_row import risk_row
from domain.usecases.surroundings import DAY, Surroundings
from domain.usecases.wording import named

RECHECK_TIMER = "recheck"
"""Kind of the timers that ask for a change to be looked at again."""

AFTER_MIDNIGHT = 300


@dataclass(slots=True)
class _Answers:
    """What a batch of re-checks found, gathered in memory until it is written."""

    turn: int
    versions: dict[str, int] = field(default_factory=dict)
    near: set[str] = field(default_factory=set)
    reaches: list[Interval] = field(default_factory=list)
    footprints: list[FootprintRow] = field(default_factory=list)
    spans: list[Interval] = field(default_factory=list)
    findings: set[InstantFinding] = field(default_factory=set)
    stored: dict[str, ConflictRecord] = field(default_factory=dict)
    changed: dict[str, ConflictRecord] = field(default_factory=dict)
    risks: list[RiskRow] = field(default_factory=list)
    next_looks: dict[str, datetime] = field(default_factory=dict)

    def of_change(self, change_id: str) -> list[ConflictRecord]:
        """Return the conflicts one change takes part in, as they stand after the re-checks so far, by key."""
        return [record for _, record in sorted(self.stored.items()) if change_id in record.conflict.change_ids]

    def settle(self, key: str, found: Conflict | None, position: int) -> None:
        """Take in one conflict as found (None: no longer), keeping its acceptance while its facts stand."""
        before = self.stored.get(key)
        after = reconcile(before, found, position)
        if after is None or (before is not None and _is_same(before, after)):
            return
        self.changed[key] = after
        if found is None:
            self.stored.pop(key, None)
        else:
            self.stored[key] = after


async def reassess(ports: Ports, change_ids: Collection[str], risk_only: Collection[str] = ()) -> None:
    """Look at changes again and store footprints, conflicts and risk; those of `risk_only` are only scored.

    An answer computed from an older version of its change is not written: the event of the newer one asks again.
    `Overtaken` when another worker stored meanwhile what these answers rest on: then nothing is written.
    """
    everything = sorted({*change_ids, *risk_only})
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        changes = await snapshot.find_all(Change, id=everything)
        walks = {change.id: await walk(session, change) for change in changes}
        stored = await snapshot.conflicts_of(everything)
        answers = _Answers(
            await snapshot.turn(),
            versions={change.id: change.version for change in changes},
            stored={record.conflict.key: record for record in stored},
        )
        former = {facts["id"]: facts for facts in await snapshot.footprints(None, change_ids)}
        fresh = {change_id: walks[change_id] for change_id in change_ids if change_id in walks}
        for change_id in sorted(fresh):
            await _recheck(session, walks[change_id], former.get(change_id), fresh, answers)
        for change_id in sorted(walks):
            if is_open(walks[change_id].change):
                await _score(session, walks[change_id], answers)
                answers.next_looks[change_id] = _next_look(session.around, walks[change_id])
    await _write(ports, answers)


async def _recheck(
    session: Session,
    own: Walk,
    stored: Mapping[str, Any] | None,
    fresh: Mapping[str, Walk],
    answers: _Answers,
) -> None:
    """Re-check the conflicts of one change; one that is finished takes part in none and leaves no footprint.

    `stored` are its conflict facts from before; where they are still true, they stay as they are.
    """
    position = session.snapshot.position
    former = from_facts(stored) if stored else None
    footprint = footprint_row(own, position)
    if footprint.facts != stored:
        answers.footprints.append(footprint)
    near = await neighbourhood(session, own, fresh=fresh, former=reach(former) if former else None)
    answers.near |= {change.id for change in near.changes}
    answers.reaches += [span for span in (reach(own.planned), reach(former) if former else None) if span is not None]
    answer = recheck(own.change.id, near.changes, near.context, span(former) if former else None)
    found = {found.key: found for found in await named(session.snapshot, answer.conflicts, session.around.names)}
    for record in answers.of_change(own.change.id):
        is_of_score = record.conflict.code is ConflictCode.APPROVER
        if answer.scope.replaces(record.conflict) and record.conflict.key not in found and not is_of_score:
            answers.settle(record.conflict.key, None, position)
    for key, conflict in sorted(found.items()):
        answers.settle(key, conflict, position)
    await _gather(session, near, answer, answers)


async def _gather(session: Session, near: Neighbourhood, answer: Recheck, answers: _Answers) -> None:
    """Rebuild the records that stand on findings at the instants just looked at."""
    snapshot = session.snapshot
    unseen = {found for found in await snapshot.findings(answer.scope.spans) if not _was_seen(found, answers)}
    before = unseen | answers.findings
    outdated = {found for found in before if answer.scope.replaces_finding(found) and _is_decided_by(found, near)}
    answers.findings = (before - outdated) | set(answer.findings)
    answers.spans += answer.scope.spans
    touched = {found.record for found in (*outdated, *answer.findings)}
    if not touched:
        return
    partners = {change_id for _, change_ids, _ in touched for change_id in change_ids} - answers.versions.keys()
    for record in await snapshot.conflicts_of(partners):
        if record.conflict.key not in answers.changed:
            answers.stored.setdefault(record.conflict.key, record)
    by_id = {change.id: planned for change in near.changes if (planned := scheduled(change)) is not None}
    standing = [found for found in answers.findings if found.record in touched]
    gathered = gathered_conflicts(standing, by_id, near.context)
    rebuilt = {found.key: found for found in await named(snapshot, gathered, session.around.names)}
    for key, record in sorted(answers.stored.items()):
        if record.conflict.is_gathered and key not in rebuilt and _record_of(record.conflict) in touched:
            answers.settle(key, None, snapshot.position)
    for key, conflict in sorted(rebuilt.items()):
        answers.settle(key, conflict, snapshot.position)


def _is_decided_by(finding: InstantFinding, near: Neighbourhood) -> bool:
    """Whether the re-check could tell: an outage of changes it did not walk is out of its sight, and stands."""
    return finding.code is not ConflictCode.REDUNDANCY or not near.walked.isdisjoint(finding.change_ids)


def _was_seen(finding: InstantFinding, answers: _Answers) -> bool:
    """Whether a re-check of this batch has already decided the instant anew."""
    return any(start <= finding.instant <= end for start, end in answers.spans)


def _record_of(conflict: Conflict) -> tuple[str, tuple[str, ...], str]:
    subject = "" if conflict.code is ConflictCode.REDUNDANCY else conflict.subject or ""
    return conflict.code.value, conflict.change_ids, subject


async def _score(session: Session, own: Walk, answers: _Answers) -> None:
    """Score one change with its conflicts, then see whether anybody is there to decide on it."""
    found = await risk_of(session, own, answers.of_change(own.change.id))
    answers.risks.append(risk_row(found))
    missing = missing_approver(session, own, found.route)
    key = f"{ConflictCode.APPROVER.value}:{own.change.id}"
    answers.settle(key, missing, session.snapshot.position)


def footprint_row(own: Walk, position: int) -> FootprintRow:
    """Return what is stored of a walk; of a change that is finished, that nothing is left."""
    planned, change_id = own.planned, own.change.id
    if not is_open(own.change):
        return FootprintRow(change_id, None, None, {}, frozenset(), frozenset(), position)
    facts = to_facts(planned, own.group_ids)
    return FootprintRow(change_id, facts, reach(planned), planned.effects, planned.direct, own.group_ids, position)


def _next_look(around: Surroundings, own: Walk) -> datetime:
    """Return when time itself asks for another look: a day before the start, or after midnight for the day's rates."""
    midnight = around.now - around.now % DAY + DAY + AFTER_MIDNIGHT
    day_before = (
        own.planned.window[0] - around.conflict_policy.incident_horizon_seconds if own.planned.window else midnight
    )
    return from_seconds(min(midnight, day_before) if day_before > around.now else midnight)


def _is_same(before: ConflictRecord, after: ConflictRecord) -> bool:
    return before.status is after.status and before.conflict == after.conflict


async def _settled(work: UnitOfWork, answers: _Answers, stale: Collection[str]) -> list[ConflictRecord]:
    """Return the conflicts to store, settled once more on what stands now: somebody may have accepted one meanwhile."""
    present = await work.assessments.conflicts(answers.changed)
    settled = []
    for key, record in sorted(answers.changed.items()):
        found = None if record.status is ConflictStatus.RESOLVED else record.conflict
        after = reconcile(present.get(key), found, record.position)
        is_news = after is not None and (key not in present or not _is_same(present[key], after))
        if after is not None and is_news and not set(stale).intersection(record.conflict.change_ids):
            settled.append(after)
    return settled


async def _write(ports: Ports, answers: _Answers) -> None:
    async with ports.work(SYSTEM) as work:
        await work.assessments.take_turn(answers.turn, answers.versions, answers.near, answers.reaches)
        present = await work.assessments.versions(answers.versions)
        stale = {change_id for change_id, version in answers.versions.items() if present.get(change_id) != version}
        await work.assessments.replace_footprints([row for row in answers.footprints if row.change_id not in stale])
        decided_anew = [found for found in answers.findings if _was_seen(found, answers)]
        await work.assessments.replace_findings(answers.spans, decided_anew)
        await work.assessments.save_conflicts(await _settled(work, answers, stale), rescored=answers.versions)
        looks = {change_id: at for change_id, at in answers.next_looks.items() if change_id not in stale}
        await work.assessments.set_timers(RECHECK_TIMER, looks)
        await work.assessments.save_risks([row for row in answers.risks if row.change_id not in stale])
        await work.commit()
    await ports.wake()
