"""The cause ledger: which change an incident may come from, each with its three parts (ENGINES 1.3).

w = 2^(−hops) · 2^(−hours since the start / 24) · p̂ of the type or model, normalised over the candidates and one weight
more, p_org / 2, for "none of them". A person's verdict overrules.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from domain.ci.topology import Topology
from domain.incident.model import ChangeLinkType
from domain.risk.params import DAY
from domain.risk.rates import RateTable

LOOKED_BACK = 14 * DAY
"""Changes begun longer before the incident are no candidates."""

HALVING_HOURS = 24.0
NONE_HALF = 0.5
RULED_OUT = frozenset({ChangeLinkType.UNRELATED, ChangeLinkType.FIXED_BY})
"""Verdicts that say that the change did not cause the incident."""


@dataclass(frozen=True, slots=True)
class StartedChange:
    """A change that was begun: its kind, when (epoch seconds), and its targets."""

    id: str
    type: str
    model: str | None
    started_at: int
    ci_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class CandidateCause:
    """One change with its three parts: `hops` between, `hours` before, and the failure `rate` of its kind.

    `weight` is their product, `share` what is left of it among all candidates and none of them, after the verdicts:
    a verdict that it caused the incident leaves nothing to the others, one that it did not leaves it nothing.
    """

    change_id: str
    hops: int
    hours: float
    rate: float
    weight: float
    share: float
    verdict: ChangeLinkType | None


@dataclass(frozen=True, slots=True)
class CauseLedger:
    """The candidates, likeliest first, ties by id, and the share of "none of them"; all shares sum to one."""

    candidates: tuple[CandidateCause, ...]
    none_share: float


def hops_to(topology: Topology, ci_ids: Collection[str], among: Collection[str]) -> dict[str, int]:
    """Return, for everything in `among` from which one of the items can be reached, the fewest links on the way."""
    providers: dict[str, set[str]] = {}
    for provider in among:
        for dependent in topology.next_to(provider):
            providers.setdefault(dependent, set()).add(provider)
    found = dict.fromkeys(ci_ids, 0)
    edge = list(found)
    while edge:
        edge = sorted({near for ci_id in edge for near in providers.get(ci_id, ())} - found.keys())
        found |= {near: 1 + min(found[ci_id] for ci_id in topology.next_to(near) if ci_id in found) for near in edge}
    return found


def cause_ledger(
    opened_at: int,
    changes: Sequence[StartedChange],
    hops: Mapping[str, int],
    rates: RateTable,
    verdicts: Mapping[str, ChangeLinkType],
) -> CauseLedger:
    """Return the ranked candidates of an incident that opened then; `hops` lead from configuration items to it.

    A change is a candidate when it began in the 14 days before and the incident can be reached from one of its targets.
    """
    measured = [
        _measured(change, opened_at, min(hops[ci_id] for ci_id in change.ci_ids if ci_id in hops), rates)
        for change in changes
        if opened_at - LOOKED_BACK <= change.started_at <= opened_at and not change.ci_ids.isdisjoint(hops)
    ]
    parts = {found.change_id: found.weight for found in measured}
    caused = {change_id for change_id in parts if verdicts.get(change_id) is ChangeLinkType.CAUSED_BY}
    standing = caused or {change_id for change_id in parts if verdicts.get(change_id) not in RULED_OUT}
    none = 0.0 if caused else rates.organisation_rate * NONE_HALF
    whole = fsum([none, *(parts[change_id] for change_id in sorted(standing))])
    ranked = [
        CandidateCause(
            change_id=found.change_id,
            hops=found.hops,
            hours=found.hours,
            rate=found.rate,
            weight=found.weight,
            share=found.weight / whole if found.change_id in standing else 0.0,
            verdict=verdicts.get(found.change_id),
        )
        for found in measured
    ]
    return CauseLedger(tuple(sorted(ranked, key=lambda one: (-one.share, -one.weight, one.change_id))), none / whole)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A candidate before the others are known."""

    change_id: str
    hops: int
    hours: float
    rate: float

    @property
    def weight(self) -> float:
        return float(2.0**-self.hops * 2.0 ** (-self.hours / HALVING_HOURS) * self.rate)


def _measured(change: StartedChange, opened_at: int, hops: int, rates: RateTable) -> _Measured:
    of_type = rates.of_type(change.type)
    rate = of_type if change.model is None else rates.of_model(change.model, change.type)
    return _Measured(change.id, hops, (opened_at - change.started_at) / 3600, rate.value)
