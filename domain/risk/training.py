"""What a fit learns from: matured changes with x as of the instant they were decided on (ENGINES 1.3, no look-ahead).

Where an assessment was stored by then, its x are taken. Otherwise x are read off the record as it was known then:
what was planned, the incidents on the targets, the rates of the past. What a walk of the estate would have said then
is not made up: such factors stay unknown, and an unknown factor is typical.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.risk.factors import FACTOR_BY_CODE
from domain.risk.facts import RiskFacts
from domain.risk.fitting import TrainingRow
from domain.risk.params import RiskParams
from domain.risk.rates import PastChange, RateTable
from domain.risk.situation import Situation

FROM_RATES = ("cfr_type", "cfr_model", "cfr_team", "cfr_ci", "novelty", "similar")
"""Measured anew for every fit, on the rates of the past under that fit's own parameters."""

FROM_RECORD = ("history_target", "complexity", "test", "rollback", "emergency", "duration")


@dataclass(frozen=True, slots=True)
class TrainingChange:
    """A change that was carried out, with what was known of it when it was decided on.

    `facts.as_of` is that instant; facts hold the plan, the targets and their incidents, no walk. `assessed` are the x
    of the assessment stored by then, of the factors that had a value; empty without one.
    """

    past: PastChange
    facts: RiskFacts
    assessed: Mapping[str, float]


def training_rows(
    changes: Iterable[TrainingChange], past: Sequence[PastChange], params: RiskParams
) -> list[TrainingRow]:
    """Return the changes with their x, by instant and id; rates are those known at each change's own instant."""
    ordered = sorted(changes, key=lambda change: (change.facts.as_of, change.past.id))
    instants = [change.facts.as_of for change in ordered]
    tables = RateTable.through_time(past, instants, params.rates)
    return [_row(change, table, params) for change, table in zip(ordered, tables, strict=True)]


def _row(change: TrainingChange, table: RateTable, params: RiskParams) -> TrainingRow:
    situation = Situation.of(change.facts, table, params)
    codes = FROM_RATES if change.assessed else (*FROM_RATES, *FROM_RECORD)
    measured = [FACTOR_BY_CODE[code].measure(situation) for code in codes]
    seen = {code: x for code, x in change.assessed.items() if code not in FROM_RATES}
    return TrainingRow(
        change_id=change.past.id,
        started_at=change.past.started_at,
        label=change.past.failure or 0.0,
        x=seen | {found.code: found.x for found in measured if found.raw is not None},
        is_assessed=bool(change.assessed),
    )
