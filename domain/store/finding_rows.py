"""Rows of the record as the engines' facts: finished changes with their labels, conflicts with their acceptance."""

from collections.abc import Mapping
from typing import Any

from domain.change.model import ChangeOutcome
from domain.conflict.acceptance import Acceptance, ConflictRecord, ConflictStatus
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictKind, ConflictSeverity
from domain.kernel.time import to_seconds
from domain.risk.labels import FinishedChange, label
from domain.risk.rates import PastChange


def past_change(row: Any, caused: list[tuple[int, int]], touched: list[tuple[str, str]]) -> PastChange:
    """Return a finished change with its label; `caused` are incidents (opened, recorded), `touched` CIs with class."""
    finished = FinishedChange(
        started_at=to_seconds(row.actual_start),
        closed_at=to_seconds(row.closed_at),
        is_failed=row.outcome in (ChangeOutcome.UNSUCCESSFUL, ChangeOutcome.BACKED_OUT)
        and bool(row.has_service_effect),
        caused=tuple(caused),
    )
    failure, known_at = label(finished)
    return PastChange(
        id=row.id,
        type=row.type.value,
        model=row.model,
        team=row.team_id,
        ci_ids=tuple(sorted({ci_id for ci_id, _ in touched})),
        class_names=tuple(sorted({class_name for _, class_name in touched})),
        failure=failure,
        started_at=finished.started_at,
        known_at=known_at,
        title=row.title,
    )


def conflict_record(row: Any, change_ids: list[str]) -> ConflictRecord:
    """Return a stored conflict with its acceptance."""
    found = Conflict(
        change_ids=tuple(change_ids),
        code=ConflictCode(row.code),
        kind=ConflictKind(row.kind),
        severity=ConflictSeverity(row.severity),
        weight=row.weight,
        window=(to_seconds(row.start), to_seconds(row.end)) if row.start else None,
        cis=tuple(AffectedCi(ci["id"], ci["q"], tuple(ci["witness"])) for ci in row.cis),
        total_cis=row.ci_count,
        subject=row.subject,
        message=row.message,
        rule_version=row.rule_version,
        fingerprint=row.fingerprint,
    )
    acceptance = Acceptance(row.accepted_by, row.accepted_reason, row.accepted_fingerprint) if row.accepted_by else None
    return ConflictRecord(found, row.position, ConflictStatus(row.status), acceptance)


def logged_conflict(image: Mapping[str, Any]) -> ConflictRecord:
    """Return a conflict with its acceptance from the after-image in an event."""
    found = Conflict(
        change_ids=tuple(image["change_ids"]),
        code=ConflictCode(image["code"]),
        kind=ConflictKind(image["kind"]),
        severity=ConflictSeverity(image["severity"]),
        weight=image["weight"],
        window=tuple(image["window"]) if image["window"] else None,
        cis=tuple(AffectedCi(ci["id"], ci["q"], tuple(ci["witness"])) for ci in image["cis"]),
        total_cis=image["total_cis"],
        subject=image["subject"],
        message=image["message"],
        rule_version=image["rule_version"],
        fingerprint=image["fingerprint"],
    )
    acceptance = Acceptance(**image["acceptance"]) if image["acceptance"] else None
    return ConflictRecord(found, image["position"], ConflictStatus(image["status"]), acceptance)
