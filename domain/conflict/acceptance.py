"""The life of a stored conflict: open, accepted by someone for a reason, resolved; reopened when its facts change."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.conflict.model import Conflict
from domain.kernel.errors import InvalidInput, InvalidTransition


class ConflictStatus(StrEnum):
    """Where a stored conflict is in its life."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    RESOLVED = "RESOLVED"


class ConflictAct(StrEnum):
    """What can be done to a stored conflict."""

    ACCEPT = "ACCEPT"
    REOPEN = "REOPEN"


_ALLOWED = {
    ConflictStatus.OPEN: (ConflictAct.ACCEPT,),
    ConflictStatus.ACCEPTED: (ConflictAct.ACCEPT, ConflictAct.REOPEN),
    ConflictStatus.RESOLVED: (),
}


def possible_acts(status: str) -> tuple[ConflictAct, ...]:
    """Return what can be done to a conflict in that status."""
    return _ALLOWED[ConflictStatus(status)]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who took a conflict upon himself, why, and the fingerprint of the facts he saw."""

    accepted_by: str
    reason: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """A conflict as stored: the finding, its status, and the log position of the graph and facts it was found at."""

    conflict: Conflict
    position: int
    status: ConflictStatus = ConflictStatus.OPEN
    acceptance: Acceptance | None = None


def accept(record: ConflictRecord, accepted_by: str, reason: str) -> ConflictRecord:
    """Return the record accepted on its present facts; a reason is due, and a resolved conflict cannot be accepted."""
    if not reason.strip():
        raise InvalidInput.at("reason", "say why this conflict can be accepted")
    if record.status is ConflictStatus.RESOLVED:
        raise InvalidTransition("conflict", record.status.value, "ACCEPT", _ALLOWED[record.status])
    acceptance = Acceptance(accepted_by, reason, record.conflict.fingerprint)
    return replace(record, status=ConflictStatus.ACCEPTED, acceptance=acceptance)


def reopen(record: ConflictRecord) -> ConflictRecord:
    """Return the record without its acceptance; only what was accepted can be opened again."""
    if record.status is not ConflictStatus.ACCEPTED:
        raise InvalidTransition("conflict", record.status.value, "REOPEN", _ALLOWED[record.status])
    return replace(record, status=ConflictStatus.OPEN, acceptance=None)


def reconcile(stored: ConflictRecord | None, found: Conflict | None, position: int) -> ConflictRecord | None:
    """Return the record after a re-check at `position` (property O8).

    What is no longer found is resolved. What is found keeps its acceptance iff its fingerprint is the accepted one,
    so a changed fact reopens it. A result computed at an older position never replaces a newer one.
    """
    if stored is not None and position < stored.position:
        return stored
    if found is None:
        return stored and replace(stored, position=position, status=ConflictStatus.RESOLVED, acceptance=None)
    acceptance = stored.acceptance if stored is not None else None
    if acceptance is not None and acceptance.fingerprint == found.fingerprint:
        return ConflictRecord(found, position, ConflictStatus.ACCEPTED, acceptance)
    return ConflictRecord(found, position)
