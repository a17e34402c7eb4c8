"""Named rules that stand beside the score: they raise the level, never the score itself (ENGINES 1.3, G1 to G7)."""

from collections.abc import Iterator, Sequence

from domain.change.model import ChangeType, RollbackState
from domain.risk.facts import ConflictFacts, RiskFacts
from domain.risk.model import Guardrail, RiskLevel
from domain.risk.params import LevelParams


def fired_by(facts: RiskFacts) -> tuple[Guardrail, ...]:
    """Return the guardrails G1 to G6 that the facts set off, in order of their codes."""
    return tuple(_fired_by(facts))


def stale_map(cmdb_confidence: float, levels: LevelParams) -> Guardrail | None:
    """Return G7 if the map the impact was walked on is not to be trusted."""
    if cmdb_confidence >= levels.stale_map_below:
        return None
    return Guardrail("G7", f"stale map: CMDB confidence {cmdb_confidence:.2f} is below {levels.stale_map_below:g}")


def raised(computed: RiskLevel, guardrails: tuple[Guardrail, ...], levels: LevelParams) -> RiskLevel:
    """Return the level after guardrails: G7 lifts the computed one by a band, then the floors of the others hold."""
    codes = {guardrail.code for guardrail in guardrails}
    level = computed
    if "G7" in codes:
        level = RiskLevel(min(RiskLevel.VERY_HIGH, max(computed + 1, RiskLevel.MODERATE)))
    return max([level, *(floor for code, floor in levels.guardrail_floors.items() if code in codes)])


def _told(conflicts: Sequence[ConflictFacts]) -> str:
    """Return what conflicts say to people, by their ids where they say nothing."""
    return " ".join(found.label or found.id for found in conflicts)


def _fired_by(facts: RiskFacts) -> Iterator[Guardrail]:
    change = facts.change
    critical = [target.id for target in facts.targets if target.tier == 1]
    if critical and change.shown_rollback is RollbackState.NONE:
        yield Guardrail("G1", f"no way back on tier 1: {', '.join(critical)}")
    blockers = [found for found in facts.conflicts if found.is_blocker and not found.is_accepted]
    if blockers:
        yield Guardrail("G2", f"not schedulable: {_told(blockers)}")
    if change.is_irreversible:
        yield Guardrail("G3", "data is changed irreversibly")
    joint = [found for found in facts.conflicts if found.takes_key_service]
    if joint:
        yield Guardrail("G4", f"redundancy of a tier 1 or 2 service is lost: {_told(joint)}")
    if change.type is ChangeType.EMERGENCY:
        yield Guardrail("G5", "an emergency is never approved automatically")
    if facts.has_unmapped:
        gaps = ", ".join(target.id for target in facts.unmapped_targets) or "the change names no target"
        yield Guardrail("G6", f"unmapped impact: {gaps}")
