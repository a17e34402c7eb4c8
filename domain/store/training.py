"""What a fit learns from, read off the record: plans, targets, evidence, incidents and assessments as known then."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.change.model import ChangeState, EvidenceKind
from domain.kernel.time import to_seconds
from domain.risk.facts import ChangeFacts, IncidentFacts, RiskFacts, TargetFacts
from domain.risk.rates import PastChange
from domain.risk.training import TrainingChange
from domain.store import tables as t

HISTORY = timedelta(days=1200)
"""How far back incidents are read: after twenty half-lives one weighs less than a millionth of a fresh one."""

_change, _target, _evidence = t.changes.change, t.changes.change_target, t.changes.change_evidence
_incident, _incident_ci, _ci = t.tickets.incident, t.tickets.incident_ci, t.configuration.ci
_risk = t.assessments.risk_assessment
_CARRIED_OUT = (_change.c.state == ChangeState.CLOSED, _change.c.actual_start.is_not(None))


async def training_changes(session: AsyncSession, past: Sequence[PastChange]) -> list[TrainingChange]:
    """Return the past changes with their facts as of the instant each was decided on, by id."""
    plans = {row.id: row for row in await session.execute(_plans())}
    targets, evidence = await _targets(session), await _evidence_of(session)
    incidents, assessed = await _incidents(session), await _assessments(session)
    return [
        _training_change(
            change,
            plans[change.id],
            targets=targets.get(change.id, []),
            evidence=evidence.get(change.id, []),
            incidents=incidents,
            assessments=assessed.get(change.id, []),
        )
        for change in sorted(past, key=lambda change: change.id)
    ]


def _training_change(
    past: PastChange,
    plan: Any,
    *,
    targets: Sequence[TargetFacts],
    evidence: Sequence[Any],
    incidents: Mapping[str, Sequence[IncidentFacts]],
    assessments: Sequence[Any],
) -> TrainingChange:
    seen_at = _decided_at(plan)
    as_of = to_seconds(seen_at)
    since = as_of - HISTORY.total_seconds()
    by_then = [row for row in evidence if row.recorded_at <= seen_at]
    facts = RiskFacts(
        as_of=as_of,
        change=ChangeFacts(
            id=past.id,
            type=plan.type,
            model=past.model,
            team=past.team,
            planned=_span(plan.planned_start, plan.planned_end),
            test=plan.test_state,
            test_artefact=_artefact(by_then, EvidenceKind.TEST),
            rollback=plan.rollback_state,
            rollback_artefact=_artefact(by_then, EvidenceKind.ROLLBACK),
            title=plan.title,
        ),
        targets=tuple(targets),
        incidents=tuple(
            found for target in targets for found in incidents.get(target.id, ()) if since <= found.opened_at <= as_of
        ),
    )
    by_then = [row for row in assessments if row.as_of <= seen_at]
    return TrainingChange(past, facts, _x_of(by_then[-1].inputs) if by_then else {})


def _decided_at(plan: Any) -> datetime:
    """Return when the change was decided on: at its approval, else at its planned start, never after it began."""
    decided: datetime = plan.decided_at or plan.planned_start or plan.actual_start
    began: datetime = plan.actual_start
    return min(decided, began)


def _span(start: datetime | None, end: datetime | None) -> tuple[int, int] | None:
    return None if start is None or end is None else (to_seconds(start), to_seconds(end))


def _artefact(evidence: Sequence[Any], kind: EvidenceKind) -> str | None:
    found = [row for row in evidence if row.kind is kind]
    return (found[-1].link or found[-1].summary) if found else None


def _x_of(inputs: Mapping[str, Any]) -> dict[str, float]:
    return {factor["code"]: factor["x"] for factor in inputs["factors"] if factor["raw"] is not None}


def _plans() -> sa.Select[Any]:
    return sa.select(
        _change.c.id,
        _change.c.type,
        _change.c.title,
        _change.c.planned_start,
        _change.c.planned_end,
        _change.c.actual_start,
        _change.c.decided_at,
        _change.c.test_state,
        _change.c.rollback_state,
    ).where(*_CARRIED_OUT)


async def _targets(session: AsyncSession) -> dict[str, list[TargetFacts]]:
    rows = await session.execute(
        sa.select(_target.c.change_id, _target.c.ci_id, _ci.c.class_name, _ci.c.tier)
        .join(_ci, _ci.c.id == _target.c.ci_id)
        .join(_change, _change.c.id == _target.c.change_id)
        .where(*_CARRIED_OUT)
    )
    found: dict[str, list[TargetFacts]] = {}
    for row in rows:
        found.setdefault(row.change_id, []).append(TargetFacts(row.ci_id, row.class_name, row.tier))
    return found


async def _evidence_of(session: AsyncSession) -> dict[str, list[Any]]:
    rows = await session.execute(
        sa.select(_evidence)
        .join(_change, _change.c.id == _evidence.c.change_id)
        .where(*_CARRIED_OUT)
        .order_by(_evidence.c.recorded_at, _evidence.c.id)
    )
    return _by_change(rows)


async def _assessments(session: AsyncSession) -> dict[str, list[Any]]:
    rows = await session.execute(
        sa.select(_risk.c.change_id, _risk.c.as_of, _risk.c.inputs)
        .join(_change, _change.c.id == _risk.c.change_id)
        .where(*_CARRIED_OUT)
        .order_by(_risk.c.as_of, _risk.c.id)
    )
    return _by_change(rows)


def _by_change(rows: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.change_id, []).append(row)
    return found


async def _incidents(session: AsyncSession) -> dict[str, list[IncidentFacts]]:
    """Return the incidents on everything that was ever changed, by configuration item."""
    changed = sa.select(_target.c.ci_id).join(_change, _change.c.id == _target.c.change_id).where(*_CARRIED_OUT)
    rows = await session.execute(
        sa.select(
            _incident.c.id, _incident.c.priority, _incident.c.opened_at, _incident.c.recorded_at, _incident_ci.c.ci_id
        )
        .join(_incident_ci, _incident_ci.c.incident_id == _incident.c.id)
        .where(_incident_ci.c.ci_id.in_(changed), _incident_ci.c.ended_at.is_(None))
    )
    found: dict[str, list[IncidentFacts]] = {}
    for row in rows:
        opened, recorded = to_seconds(row.opened_at), to_seconds(row.recorded_at)
        found.setdefault(row.ci_id, []).append(IncidentFacts(row.id, (row.ci_id,), row.priority, opened, recorded))
    return found
