"""What one configuration item may be to another, and which way a failure travels (ENGINES 2.1).

People state relations in their own words ("application RUNS_ON server"); `RELATION_RULES` says as data which end is
the provider, how much its failure is noticed by default, and whether it alone takes the dependent down.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from domain.kernel.errors import Issue
from domain.kernel.time import utc_date

PERSON_CONFIDENCE = 1.0
IMPORT_CONFIDENCE = 0.7
ASSUMED_MIN_UP_CONFIDENCE = 0.4
CONFIDENCE_HALF_LIFE = timedelta(days=365)


class RelationType(StrEnum):
    """The relations people state, read as `source TYPE target`."""

    DEPENDS_ON = "DEPENDS_ON"
    RUNS_ON = "RUNS_ON"
    HOSTED_ON = "HOSTED_ON"
    USES = "USES"
    CONNECTS_TO = "CONNECTS_TO"
    SENDS_DATA_TO = "SENDS_DATA_TO"
    MEMBER_OF = "MEMBER_OF"
    BACKS_UP = "BACKS_UP"
    CONTAINS = "CONTAINS"
    OFFERS = "OFFERS"
    SUBSCRIBES_TO = "SUBSCRIBES_TO"


class RelationKind(StrEnum):
    """What a relation means for the dependent.

    HARD: the provider's failure alone takes it down. SOFT: it is degraded. GROUP: members act together, k of n.
    ANNOTATION: no effect on availability. TERMINAL: hard, and beyond it loss is not counted again.
    """

    HARD = "HARD"
    SOFT = "SOFT"
    GROUP = "GROUP"
    ANNOTATION = "ANNOTATION"
    TERMINAL = "TERMINAL"

    @property
    def is_hard(self) -> bool:
        """Whether the provider's failure alone takes the dependent down."""
        return self in {RelationKind.HARD, RelationKind.TERMINAL}


class ImpactFlow(StrEnum):
    """Which way a failure travels along `source TYPE target`."""

    TO_SOURCE = "TO_SOURCE"
    TO_TARGET = "TO_TARGET"
    BOTH = "BOTH"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class RelationRule:
    """How one relation type impacts: the way, the default degree in [0, 1], and the kind."""

    flow: ImpactFlow
    alpha: float
    kind: RelationKind


RELATION_RULES: Mapping[RelationType, RelationRule] = {
    RelationType.DEPENDS_ON: RelationRule(ImpactFlow.TO_SOURCE, 0.9, RelationKind.HARD),
    RelationType.RUNS_ON: RelationRule(ImpactFlow.TO_SOURCE, 0.95, RelationKind.HARD),
    RelationType.HOSTED_ON: RelationRule(ImpactFlow.TO_SOURCE, 0.95, RelationKind.HARD),
    RelationType.USES: RelationRule(ImpactFlow.TO_SOURCE, 0.3, RelationKind.SOFT),
    RelationType.CONNECTS_TO: RelationRule(ImpactFlow.BOTH, 0.6, RelationKind.SOFT),
    RelationType.SENDS_DATA_TO: RelationRule(ImpactFlow.TO_TARGET, 0.4, RelationKind.SOFT),
    RelationType.MEMBER_OF: RelationRule(ImpactFlow.TO_TARGET, 1.0, RelationKind.GROUP),
    RelationType.BACKS_UP: RelationRule(ImpactFlow.NONE, 0.0, RelationKind.ANNOTATION),
    RelationType.CONTAINS: RelationRule(ImpactFlow.TO_SOURCE, 0.7, RelationKind.HARD),
    RelationType.OFFERS: RelationRule(ImpactFlow.TO_TARGET, 1.0, RelationKind.TERMINAL),
    RelationType.SUBSCRIBES_TO: RelationRule(ImpactFlow.TO_SOURCE, 1.0, RelationKind.TERMINAL),
}


def relation_confidence(
    stated: float | None, source: str | None, confirmed_at: datetime | None, as_of: datetime
) -> float:
    """Return how far a relation is to be believed at `as_of`: `stated · 2^(-days since confirmed / 365)` (ENGINES 1.3).

    Whole days count, from one UTC date to the other, so a confidence stays what it is all day (ADR 0029). Without a
    stated confidence a relation from a named source (an import) counts .7 and a person's own 1. What was never
    confirmed does not decay; a confirmation after `as_of` counts as one at `as_of`.
    """
    if stated is None:
        stated = PERSON_CONFIDENCE if source is None else IMPORT_CONFIDENCE
    if confirmed_at is None:
        return stated
    return _aged(stated, utc_date(as_of) - utc_date(confirmed_at))


@lru_cache(maxsize=4096)
def _aged(stated: float, age: timedelta) -> float:
    """Return the confidence at that age; the many relations stated together share it."""
    return float(stated * 2.0 ** -(max(age, timedelta(0)) / CONFIDENCE_HALF_LIFE))


def relation_issues(
    relation_type: RelationType, source_id: str, target_id: str, alpha: float | None, declares_provider: bool = False
) -> list[Issue]:
    """Return what is wrong with a relation about to be stored, each fault with the field it belongs to."""
    issues = []
    if source_id == target_id:
        issues.append(Issue("target_id", "must be another configuration item than the source"))
    if alpha is not None and not 0.0 <= alpha <= 1.0:
        issues.append(Issue("alpha", "must lie between 0 and 1"))
    if declares_provider and relation_type is not RelationType.CONNECTS_TO:
        issues.append(Issue("provider_side", f"is declared on CONNECTS_TO only; {relation_type} has its own direction"))
    return issues


def group_issues(min_up: int, is_percent: bool, member_count: int, alpha: float = 1.0) -> list[Issue]:
    """Return what is wrong with a redundancy group about to be stored: 1 <= min_up <= n, percent 1..100."""
    issues = []
    if member_count == 0:
        issues.append(Issue("members", "must not be empty: a group without members has no effect"))
    elif not is_percent and not 1 <= min_up <= member_count:
        issues.append(Issue("min_up", f"must lie between 1 and the number of members, {member_count}"))
    if is_percent and not 1 <= min_up <= 100:
        issues.append(Issue("min_up", "must lie between 1 and 100 percent"))
    if not 0.0 <= alpha <= 1.0:
        issues.append(Issue("alpha", "must lie between 0 and 1"))
    return issues


def containment_cycle(parts_of: Mapping[str, Collection[str]], whole: str, part: str) -> tuple[str, ...]:
    """Return the cycle that `whole CONTAINS part` would close, from `whole` back to `whole`; empty when there is none.

    `parts_of` maps a configuration item to what it is stored to contain. Of several cycles it is one of the shortest,
    the same whatever the order of the parts. Cycles of any other relation are real and legal.
    """
    came_from: dict[str, str] = {part: whole}
    level = [part]
    while level and whole not in level:
        deeper = []
        for ci_id in level:
            for inner in sorted(parts_of.get(ci_id, ())):
                if inner not in came_from:
                    came_from[inner] = ci_id
                    deeper.append(inner)
        level = deeper
    if whole not in level:
        return ()
    cycle = [whole]
    while len(cycle) == 1 or cycle[-1] != whole:
        cycle.append(came_from[cycle[-1]])
    return tuple(reversed(cycle))
