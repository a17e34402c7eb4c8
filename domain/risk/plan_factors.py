"""Factors read off the plan: F9 conflicts, F10 test, F11 rollback, F12 emergency, F13 duration (ENGINES 1.3)."""

from math import log2, prod

from domain.change.model import ChangeType, RollbackState, TestState
from domain.risk.measurement import Measurement, heaviest, unknown
from domain.risk.model import EvidenceKind, EvidenceRow
from domain.risk.situation import Situation

APPROVER = "APPROVER"
"""The one conflict left out: whether somebody may approve depends on the level, which depends on this factor."""

TEST_SCALE = {TestState.PASSED: 0.0, TestState.PARTIAL: 0.4, TestState.UNKNOWN: 0.8, TestState.NONE: 1.0}
ROLLBACK_SCALE = {
    RollbackState.TESTED: 0.0,
    RollbackState.DOCUMENTED: 0.35,
    RollbackState.UNKNOWN: 0.8,
    RollbackState.NONE: 1.0,
}


def conflict(situation: Situation) -> Measurement:
    """F9: 1 − Π(1 − severity) over the conflicts, so that any number of them stays below one."""
    counted = [found for found in situation.facts.conflicts if found.code != APPROVER]
    rows = [
        EvidenceRow(EvidenceKind.CONFLICT, found.id, found.label or found.code, weight=found.severity)
        for found in counted
    ]
    raw = 1 - prod(1 - found.severity for found in counted)
    return Measurement("conflict", raw, raw, evidence=heaviest(rows))


def test(situation: Situation) -> Measurement:
    """F10: passed 0, partial .4, unknown .8, none 1; without an artefact at most partial."""
    change = situation.facts.change
    raw = TEST_SCALE[change.shown_test]
    return Measurement(
        "test", raw, raw, change.shown_test is not TestState.UNKNOWN, _artefact(change.test_artefact, "test run")
    )


def rollback(situation: Situation) -> Measurement:
    """F11: tested 0, documented .35, unknown .8, none 1; without an artefact at most documented."""
    change = situation.facts.change
    raw = ROLLBACK_SCALE[change.shown_rollback]
    minutes = "minutes unknown" if change.rollback_minutes is None else f"{change.rollback_minutes:g} minutes"
    rows = _artefact(change.rollback_artefact, f"rollback rehearsal, {minutes}")
    return Measurement("rollback", raw, raw, change.shown_rollback is not RollbackState.UNKNOWN, rows)


def emergency(situation: Situation) -> Measurement:
    """F12: 1 for an emergency change, else 0."""
    change = situation.facts.change
    raw = 1.0 if change.type is ChangeType.EMERGENCY else 0.0
    authorised = change.authorised_by if raw else None
    rows = () if authorised is None else (EvidenceRow(EvidenceKind.PERSON, authorised, "authorised it"),)
    return Measurement("emergency", raw, raw, evidence=rows)


def duration(situation: Situation) -> Measurement:
    """F13: planned hours, log2(1 + raw)."""
    planned = situation.facts.change.planned
    if planned is None:
        return unknown("duration", situation.params.factors["duration"].typical)
    hours = (planned[1] - planned[0]) / 3600
    return Measurement("duration", hours, log2(1 + hours))


def _artefact(reference: str | None, label: str) -> tuple[EvidenceRow, ...]:
    return () if reference is None else (EvidenceRow(EvidenceKind.ARTEFACT, reference, label),)
