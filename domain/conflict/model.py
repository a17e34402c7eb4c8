"""What a conflict is: its type, its severity, whom it involves and the facts it stands on (ENGINES 3.3)."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.intervals import Interval

SHOWN_CIS = 5


class ConflictCode(StrEnum):
    """The 13 types of ENGINES 3.3, and UNSCHEDULED: the note on a change that has no window to compare (3.2)."""

    SAME_CI = "SAME_CI"
    DEPENDENT_CI = "DEPENDENT_CI"
    REDUNDANCY = "REDUNDANCY"
    SHARED_SERVICE = "SHARED_SERVICE"
    SOAK = "SOAK"
    ORDER = "ORDER"
    BLACKOUT = "BLACKOUT"
    OUTSIDE_MAINT = "OUTSIDE_MAINT"
    IMPACTED_OUTSIDE_MAINT = "IMPACTED_OUTSIDE_MAINT"
    PERSON = "PERSON"
    APPROVER = "APPROVER"
    ACTIVE_INCIDENT = "ACTIVE_INCIDENT"
    CAPACITY = "CAPACITY"
    UNSCHEDULED = "UNSCHEDULED"


class ConflictKind(StrEnum):
    """How the rule is met: as planned, by the time kept in reserve only, under an exemption, by a person's absence."""

    PLANNED = "PLANNED"
    RESERVE = "RESERVE"
    EXEMPTED = "EXEMPTED"
    ABSENCE = "ABSENCE"


class ConflictSeverity(StrEnum):
    """How bad, in the words people use; a BLOCKER makes a change not schedulable (guardrail G2)."""

    BLOCKER = "BLOCKER"
    MAJOR = "MAJOR"
    MINOR = "MINOR"
    INFO = "INFO"


_RANKS = {severity: rank for rank, severity in enumerate(ConflictSeverity)}


@dataclass(frozen=True, slots=True)
class Rating:
    """A severity with its weight s in [0, 1], the term of risk factor F9."""

    severity: ConflictSeverity
    weight: float


@dataclass(frozen=True, slots=True)
class AffectedCi:
    """A configuration item a conflict is about: its degree q in [0, 1] and the ids of the way the effect took."""

    id: str
    q: float = 1.0
    witness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One record: who is involved (`change_ids`, sorted), which rule, how bad, when, and on what.

    `window` is in epoch seconds, None where the rule knows no time. `cis` holds the five CIs hit hardest, `total_cis`
    counts them all. `subject` is the id of what the rule names beside changes: a freeze, a person, an incident, a
    limit. `fingerprint` covers every fact, so that an acceptance can be bound to it.
    """

    change_ids: tuple[str, ...]
    code: ConflictCode
    kind: ConflictKind
    severity: ConflictSeverity
    weight: float
    window: Interval | None
    cis: tuple[AffectedCi, ...]
    total_cis: int
    subject: str | None
    message: str
    rule_version: str
    fingerprint: str

    @property
    def key(self) -> str:
        """What stays the same while the facts move: type, changes and subject."""
        aspect = ConflictKind.ABSENCE.value if self.kind is ConflictKind.ABSENCE else None
        parts = (self.code.value, "+".join(self.change_ids), self.subject, aspect)
        return ":".join(part for part in parts if part is not None)

    @property
    def is_gathered(self) -> bool:
        """Whether the record is gathered from findings at instants, not decided by the changes it names."""
        return (
            self.code is ConflictCode.CAPACITY
            or (self.code is ConflictCode.PERSON and self.kind is not ConflictKind.ABSENCE)
            or (self.code is ConflictCode.REDUNDANCY and len(self.change_ids) > 2)
        )

    @property
    def order(self) -> tuple[int, float, int, str]:
        """Sort key: worst first, then the earliest, then by key."""
        start = self.window[0] if self.window else 0
        return _RANKS[self.severity], -self.weight, start, self.key


def conflict(
    change_ids: Iterable[str],
    code: ConflictCode,
    rating: Rating,
    message: str,
    rule_version: str,
    *,
    kind: ConflictKind = ConflictKind.PLANNED,
    window: Interval | None = None,
    cis: Sequence[AffectedCi] = (),
    subject: str | None = None,
) -> Conflict:
    """Return the record of a finding: ids and CIs put in their stable order, the fingerprint taken over all facts."""
    ids = tuple(sorted(set(change_ids)))
    ranked = sorted(cis, key=lambda ci: (-ci.q, ci.id))
    facts = (
        *(ids, code.value, kind.value, rating.severity.value, rating.weight, window, subject, rule_version),
        [(ci.id, ci.q) for ci in ranked],
    )
    return Conflict(
        change_ids=ids,
        code=code,
        kind=kind,
        severity=rating.severity,
        weight=rating.weight,
        window=window,
        cis=tuple(ranked[:SHOWN_CIS]),
        total_cis=len(ranked),
        subject=subject,
        message=message,
        rule_version=rule_version,
        fingerprint=hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32],
    )


def worst_first(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """Return the conflicts by severity, weight, start and key: the order in which people read them."""
    return sorted(conflicts, key=lambda found: found.order)
