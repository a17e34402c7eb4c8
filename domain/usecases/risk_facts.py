"""What the risk engine is told about a change, gathered from the record (ENGINES 1.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.calendar.business import BusinessCalendar
from domain.change.model import Change, ChangeEvidence, EvidenceKind
from domain.ci.impact import ImpactedCi, ImpactState
from domain.ci.model import BusinessService
from domain.ci.topology import reach_of
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.conflict.model import ConflictCode, ConflictSeverity
from domain.kernel.intervals import Interval
from domain.kernel.time import from_seconds
from domain.ports import Snapshot
from domain.risk.facts import (
    ChangeFacts,
    ClassFacts,
    ConflictFacts,
    IncidentFacts,
    ProblemFacts,
    RiskFacts,
    ServiceFacts,
    TargetFacts,
)
from domain.risk.past_incidents import PastIncidents
from domain.usecases.footprints import Estate, span_of
from domain.usecases.past_incidents import incidents_on
from domain.usecases.surroundings import Surroundings

HISTORY = timedelta(days=1200)
"""How far back incidents are read: after twenty half-lives one weighs less than a millionth of a fresh one."""


@dataclass(frozen=True, slots=True)
class LastingFacts:
    """What is told of a change whenever it is planned: its targets, what they reach, and what befell that so far."""

    targets: tuple[TargetFacts, ...]
    impacted: tuple[ImpactedCi, ...]
    classes: Mapping[str, ClassFacts]
    incidents: tuple[IncidentFacts, ...]
    problems: tuple[ProblemFacts, ...]
    is_backup_down: bool


async def lasting_facts(snapshot: Snapshot, around: Surroundings, estate: Estate, past: PastIncidents) -> LastingFacts:
    """Return what is told of an estate; its past is that of what the targets take down or degrade, targets included."""
    impacted = tuple(estate.impact.impacted.values())
    touched = {*estate.targets, *(ci.id for ci in impacted if ci.state is not ImpactState.AT_RISK)}
    backups = await snapshot.backups_of(estate.targets)
    return LastingFacts(
        targets=tuple(_target_facts(estate, ci_id) for ci_id in sorted(estate.targets)),
        impacted=impacted,
        classes={
            name: ClassFacts(name, around.restore_minutes[name], found.is_no_service_expected)
            for name, found in around.classes.items()
        },
        incidents=tuple(await incidents_on(past, snapshot, touched, around.now_at - HISTORY)),
        problems=tuple(await snapshot.problems_on(touched)),
        is_backup_down=not around.down_now.isdisjoint(backups),
    )


def gather(
    around: Surroundings,
    change: Change,
    estate: Estate,
    lasting: LastingFacts,
    *,
    conflicts: Sequence[ConflictRecord],
    position: int,
) -> RiskFacts:
    """Return the facts of one change; `conflicts` are those it takes part in, resolved ones left out.

    Whether anybody is there to approve it follows from its score, so that conflict is none of the facts.
    """
    planned = span_of(change.planned_start, change.planned_end)
    return RiskFacts(
        as_of=around.now,
        change=_change_facts(change, planned, is_backup_down=lasting.is_backup_down),
        targets=lasting.targets,
        impacted=lasting.impacted,
        services=tuple(
            _service_facts(around, estate.services[ci_id], planned)
            for ci_id in sorted(estate.services)
            if ci_id in estate.impact.impacted
        ),
        classes=lasting.classes,
        incidents=lasting.incidents,
        problems=lasting.problems,
        conflicts=tuple(
            conflict_facts(record) for record in conflicts if record.conflict.code is not ConflictCode.APPROVER
        ),
        organisation_busy_share=around.busy_share(None, planned),
        is_truncated=estate.impact.truncated,
        position=position,
    )


def conflict_facts(record: ConflictRecord) -> ConflictFacts:
    """Return a conflict as risk factor F9 and the guardrails see it."""
    found = record.conflict
    is_blocker = found.severity is ConflictSeverity.BLOCKER
    return ConflictFacts(
        id=found.key,
        code=found.code.value,
        severity=found.weight,
        label=found.message,
        is_major=found.severity is ConflictSeverity.MAJOR,
        is_blocker=is_blocker,
        is_accepted=record.status is ConflictStatus.ACCEPTED,
        takes_key_service=found.code is ConflictCode.REDUNDANCY and is_blocker,
    )


def _change_facts(change: Change, planned: Interval | None, *, is_backup_down: bool) -> ChangeFacts:
    return ChangeFacts(
        id=change.id,
        type=change.type,
        model=change.model,
        team=change.team_id,
        planned=planned,
        test=change.test_state,
        test_artefact=_artefact(change.evidence, EvidenceKind.TEST),
        rollback=change.rollback_state,
        rollback_artefact=_artefact(change.evidence, EvidenceKind.ROLLBACK),
        rollback_minutes=change.rollback_minutes,
        is_irreversible=change.is_irreversible,
        is_backup_down=is_backup_down,
        authorised_by=change.authorised_by_id,
        title=change.title,
    )


def _artefact(evidence: Sequence[ChangeEvidence], kind: EvidenceKind) -> str | None:
    """Return what a board can look at: the latest piece of evidence of the kind, by its link or its words."""
    found = [piece for piece in evidence if piece.kind is kind]
    latest = max(found, key=lambda piece: (piece.recorded_at, piece.id), default=None)
    return None if latest is None else latest.link or latest.summary


def _target_facts(estate: Estate, ci_id: str) -> TargetFacts:
    ci = estate.targets[ci_id]
    return TargetFacts(ci_id, ci.class_name, ci.tier, _is_mapped(estate, ci_id))


def _is_mapped(estate: Estate, ci_id: str) -> bool:
    """Whether any service lies behind a target; what a single target reaches is all that was fetched."""
    if estate.impact.targets == (ci_id,):
        return estate.topology.is_truncated or bool(estate.services)
    reached = reach_of(estate.topology, [ci_id])
    return reached.is_truncated or not reached.ids.isdisjoint(estate.services)


def _service_facts(around: Surroundings, service: BusinessService, planned: Interval | None) -> ServiceFacts:
    calendar = around.calendar(service.calendar_id)
    return ServiceFacts(
        id=service.id,
        name=around.names.get(service.id, service.id),
        tier=service.tier,
        busy_share=around.busy_share(service.calendar_id, planned),
        is_peak=planned is not None and _meets_peak_day(calendar, service, planned),
        downtime_left_minutes=service.downtime_left_minutes,
        has_vip_consumer=bool(service.vip_person_ids),
    )


def _meets_peak_day(calendar: BusinessCalendar, service: BusinessService, planned: Interval) -> bool:
    place = ZoneInfo(calendar.time_zone)
    first = from_seconds(planned[0]).astimezone(place).date()
    last = from_seconds(planned[1] - 1).astimezone(place).date()
    return any(first.isoformat() <= day <= last.isoformat() for day in service.peak_days)
