"""Factors read off how such changes ended: F4a–d failure rates, F14 similar changes (ENGINES 1.3)."""

from domain.risk.measurement import Measurement, unknown
from domain.risk.model import EvidenceKind, EvidenceRow
from domain.risk.rates import FailureRate, logit
from domain.risk.similarity import SHOWN, Alike, outcome_of
from domain.risk.situation import Situation


def cfr_type(situation: Situation) -> Measurement:
    """F4a: failure rate of the change type against the organisation's."""
    change_type = situation.facts.change.type.value
    return _against_organisation("cfr_type", change_type, situation.rates.of_type(change_type), situation)


def cfr_model(situation: Situation) -> Measurement:
    """F4b: failure rate of the change model, shrunk to that of its type."""
    change = situation.facts.change
    if change.model is None:
        return unknown("cfr_model", situation.params.factors["cfr_model"].typical)
    rate = situation.rates.of_model(change.model, change.type.value)
    return _against_organisation("cfr_model", change.model, rate, situation)


def cfr_team(situation: Situation) -> Measurement:
    """F4c: failure rate of the team; nobody's personal rate is used."""
    team = situation.facts.change.team
    if team is None:
        return unknown("cfr_team", situation.params.factors["cfr_team"].typical)
    return _against_organisation("cfr_team", team, situation.rates.of_team(team), situation)


def cfr_ci(situation: Situation) -> Measurement:
    """F4d: the largest failure rate over the targets."""
    targets = situation.facts.targets
    if not targets:
        return unknown("cfr_ci", situation.params.factors["cfr_ci"].typical)
    rates = [(situation.rates.of_ci(target.id), target.id) for target in targets]
    rate, ci_id = min(rates, key=lambda pair: (-pair[0].value, pair[1]))
    return _against_organisation("cfr_ci", ci_id, rate, situation)


def similar(situation: Situation) -> Measurement:
    """F14: outcome of past changes like this one against the organisation's; off until enough changes are labelled."""
    peers, organisation = situation.peers, situation.rates.organisation_rate
    if peers is None:
        return unknown("similar", situation.params.factors["similar"].typical)
    evidence = tuple(
        EvidenceRow(EvidenceKind.CHANGE, one.past.id, _likeness(one), one.past.started_at, one.similarity)
        for one in peers.alike[:SHOWN]
    )
    return Measurement("similar", peers.rate, logit(peers.rate) - logit(organisation), evidence=evidence)


def _likeness(one: Alike) -> str:
    parts = ", ".join(f"{name} {part:.2f}" for name, part in one.parts if part)
    return f"{outcome_of(one.past.failure).lower()}; {one.similarity:.0%} alike ({parts})"


def _against_organisation(code: str, entity: str, rate: FailureRate, situation: Situation) -> Measurement:
    organisation = situation.rates.organisation_rate
    summary = EvidenceRow(
        EvidenceKind.RATE,
        entity,
        f"{rate.failures:g} failed of {rate.count} (decayed {rate.weighted_failures:.1f}/{rate.weighted_count:.0f}); "
        f"shrunk {rate.value:.1%}; org {organisation:.1%}",
        weight=rate.value,
    )
    failures = tuple(EvidenceRow(EvidenceKind.CHANGE, change_id, "failed") for change_id in rate.failed_ids)
    return Measurement(code, rate.value, logit(rate.value) - logit(organisation), evidence=(summary, *failures))
