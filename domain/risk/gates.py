"""Which failure rates have earned their place: pseudo-count and half-life by forward-chained log-loss (ENGINES 1.3).

Every month of the last year is predicted from what was known at its start. The pseudo-count of a level is the one
that predicts best; where none beats the parent's rate (an infinite one), the factor is muted. The half-life is the
one that predicts best over all levels together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum, inf

from domain.risk.calibration import is_positive, log_loss
from domain.risk.params import DAY, RateParams
from domain.risk.rates import FailureRate, PastChange, RateTable, shrunk_rate

PSEUDO_COUNTS = (200.0, 60.0, 20.0, 5.0)
"""From the most to the least shrinkage: of equal ones the first is taken."""

HALF_LIVES_DAYS = (365.0, 180.0, 90.0)
ENDLESS = 1e9
"""The pseudo-count of a muted level: its rate is its parent's to nine digits, and still a number in JSON."""

MONTHS, MONTH_DAYS = 12, 30
NEEDED_POSITIVES = 10
"""With fewer failures among what was predicted, the choice would be made by chance: the shipped one stands."""

Record = tuple[float, float]
"""Decayed failures and decayed count of one entity."""


@dataclass(frozen=True, slots=True)
class RateGate:
    """What became of one factor: its pseudo-count (None: muted), tried on how many changes, and the mean log-losses.

    `is_tried` is False where too few changes went wrong to choose: then the shipped pseudo-count stands.
    """

    code: str
    pseudo_count: float | None
    is_tried: bool
    changes: int
    positives: int
    loss: float
    parent_loss: float

    @property
    def muted_reason(self) -> str | None:
        """Why the factor counts for nothing, None where it counts."""
        if self.pseudo_count is not None:
            return None
        return f"no signal: over {self.changes} changes it predicts no better than the rate above it"


@dataclass(frozen=True, slots=True)
class RateChoice:
    """The rate parameters to use and why."""

    params: RateParams
    gates: tuple[RateGate, ...]


@dataclass(frozen=True, slots=True)
class _Predicted:
    """One change of a month and the records known when the month began."""

    label: float
    organisation: float
    records: Mapping[str, tuple[Record, ...]]


def choose_rates(changes: Sequence[PastChange], as_of: int, shipped: RateParams) -> RateChoice:
    """Return the rate parameters that predicted the year before `as_of` best, by what was known at `as_of`."""
    known = [c for c in changes if c.failure is not None and c.known_at <= as_of]
    choices = [
        _choose_counts(_predicted(known, as_of, replace(shipped, half_life_days=days)), days, shipped)
        for days in HALF_LIVES_DAYS
    ]
    if not any(gate.is_tried for choice in choices for gate in choice.gates):
        return next(choice for choice in choices if choice.params.half_life_days == shipped.half_life_days)
    return min(choices, key=lambda choice: fsum(gate.loss for gate in choice.gates if gate.is_tried))


def _predicted(changes: Sequence[PastChange], as_of: int, params: RateParams) -> list[_Predicted]:
    edges = [as_of - (MONTHS - month) * MONTH_DAYS * DAY for month in range(MONTHS + 1)]
    tables = RateTable.through_time(changes, edges[:-1], params)
    return [
        _Predicted(change.failure or 0.0, table.organisation_rate, dict(_records(table, change)))
        for table, (start, end) in zip(tables, pairwise(edges), strict=True)
        for change in changes
        if start <= change.started_at < end
    ]


def _records(table: RateTable, change: PastChange) -> Iterator[tuple[str, tuple[Record, ...]]]:
    yield "cfr_type", (_record(table.of_type(change.type)),)
    if change.model is not None:
        yield "cfr_model", (_record(table.of_model(change.model, change.type)),)
    if change.team is not None:
        yield "cfr_team", (_record(table.of_team(change.team)),)
    if change.ci_ids:
        yield "cfr_ci", tuple(_record(table.of_ci(ci_id)) for ci_id in change.ci_ids)


def _record(rate: FailureRate) -> Record:
    return rate.weighted_failures, rate.weighted_count


def _choose_counts(rows: Sequence[_Predicted], half_life_days: float, shipped: RateParams) -> RateChoice:
    organisation = [row.organisation for row in rows]
    of_type = _gate("cfr_type", rows, organisation, shipped.type_count)
    of_types = [
        _rate(row.records["cfr_type"], parent, _count(of_type)) for row, parent in zip(rows, organisation, strict=True)
    ]
    of_model = _gate("cfr_model", rows, of_types, shipped.model_count)
    of_team = _gate("cfr_team", rows, organisation, shipped.team_count)
    of_ci = _gate("cfr_ci", rows, organisation, shipped.ci_count)
    params = replace(
        shipped,
        half_life_days=half_life_days,
        type_count=_count(of_type),
        model_count=_count(of_model),
        team_count=_count(of_team),
        ci_count=_count(of_ci),
    )
    return RateChoice(params, (of_type, of_model, of_team, of_ci))


def _gate(code: str, rows: Sequence[_Predicted], parents: Sequence[float], shipped: float) -> RateGate:
    tried = [
        (row.label, row.records[code], parent) for row, parent in zip(rows, parents, strict=True) if code in row.records
    ]
    positives = sum(is_positive(label) for label, _, _ in tried)
    losses = {
        count: _mean([log_loss(_rate(records, parent, count), label) for label, records, parent in tried])
        for count in (inf, *PSEUDO_COUNTS, shipped)
    }
    if positives < NEEDED_POSITIVES:
        return RateGate(code, shipped, False, len(tried), positives, losses[shipped], losses[inf])
    best = min((inf, *PSEUDO_COUNTS), key=lambda count: losses[count])
    return RateGate(code, None if best == inf else best, True, len(tried), positives, losses[best], losses[inf])


def _rate(records: Sequence[Record], parent: float, pseudo_count: float) -> float:
    """Return the largest of the entities' shrunk rates."""
    return max(shrunk_rate(failures, count, parent, pseudo_count) for failures, count in records)


def _count(gate: RateGate) -> float:
    return ENDLESS if gate.pseudo_count is None else gate.pseudo_count


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values) if values else 0.0
