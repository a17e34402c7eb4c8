"""The change among what it reaches: degrees and services joined once, for every factor and the loss to read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.ci.impact import ImpactedCi, ImpactState
from domain.risk.facts import RiskFacts, as_known
from domain.risk.params import RiskParams
from domain.risk.rates import RateTable
from domain.risk.similarity import Kind, Peers, peers_of

UNMAPPED = "unmapped"
"""Id of the pseudo-service that stands for the services nobody mapped."""


@dataclass(frozen=True, slots=True)
class ReachedService:
    """A service the change takes down or degrades to the degree `q`; `impacted` and `tier` are None for `unmapped`."""

    id: str
    name: str
    tier: int | None
    q: float
    criticality: float
    busy_share: float | None
    is_peak: bool
    downtime_left_minutes: float | None
    has_vip_consumer: bool
    impacted: ImpactedCi | None


@dataclass(frozen=True, slots=True)
class Situation:
    """Facts as known, with the degree of every reached CI (targets 1) and the reached services in id order.

    `services` excludes the pseudo-service, which is `unmapped` (None when every target is mapped).
    `peers` are the past changes like it; None while their factor is off.
    `quiet_map_confidence` is that of the map when no service is lost: the least on the way to anything at risk, else 1.
    """

    facts: RiskFacts
    rates: RateTable
    params: RiskParams
    degrees: Mapping[str, float]
    target_ids: frozenset[str]
    services: tuple[ReachedService, ...]
    unmapped: ReachedService | None
    quiet_map_confidence: float
    peers: Peers | None

    @classmethod
    def of(cls, facts: RiskFacts, rates: RateTable, params: RiskParams) -> "Situation":
        """Return the situation of a change; facts from after `as_of` are dropped here (no look-ahead)."""
        known = as_known(facts)
        degrees = {ci.id: degree_of(ci) for ci in known.impacted if ci.state is not ImpactState.AT_RISK}
        targets = frozenset(target.id for target in known.targets)
        return cls(
            facts=known,
            rates=rates,
            params=params,
            degrees=degrees | dict.fromkeys(targets, 1.0),
            target_ids=targets,
            services=_reached_services(known, params),
            unmapped=_unmapped_service(known, params),
            quiet_map_confidence=min(
                (ci.confidence for ci in known.impacted if ci.state is ImpactState.AT_RISK), default=1.0
            ),
            peers=_peers(known, rates, params),
        )

    def told_otherwise(self, facts: RiskFacts) -> "Situation":
        """Return the situation of facts, known as of the same instant, that reach the same in the same way."""
        is_same_kind = Kind.of(facts.change, facts.targets) == Kind.of(self.facts.change, self.facts.targets)
        peers = self.peers if is_same_kind else _peers(facts, self.rates, self.params)
        return replace(self, facts=facts, peers=peers)

    @property
    def losing(self) -> tuple[ReachedService, ...]:
        """Everything that enters the expected loss: the reached services and, last, the unmapped ones."""
        return self.services if self.unmapped is None else (*self.services, self.unmapped)


def _peers(facts: RiskFacts, rates: RateTable, params: RiskParams) -> Peers | None:
    is_off = params.factors["similar"].muted_reason is not None
    return None if is_off else peers_of(Kind.of(facts.change, facts.targets), rates)


def degree_of(ci: ImpactedCi) -> float:
    """Return the degree that is scored: with what is already down counted as failed, since redundancy may be used up.

    A CI that only lost its spare has none.
    """
    return 0.0 if ci.state is ImpactState.AT_RISK else max(ci.q, ci.q_in_context)


def _reached_services(facts: RiskFacts, params: RiskParams) -> tuple[ReachedService, ...]:
    impacted = {ci.id: ci for ci in facts.impacted if ci.state is not ImpactState.AT_RISK}
    return tuple(
        ReachedService(
            id=service.id,
            name=service.name,
            tier=service.tier,
            q=degree_of(impacted[service.id]),
            criticality=params.loss.criticality_of(service.tier),
            busy_share=service.busy_share,
            is_peak=service.is_peak,
            downtime_left_minutes=service.downtime_left_minutes,
            has_vip_consumer=service.has_vip_consumer,
            impacted=impacted[service.id],
        )
        for service in facts.services
        if service.id in impacted
    )


def _unmapped_service(facts: RiskFacts, params: RiskParams) -> ReachedService | None:
    """Return the pseudo-service: as critical as the worst of the unmapped targets' classes usually is."""
    if not facts.has_unmapped:
        return None
    return ReachedService(
        id=UNMAPPED,
        name="services nobody mapped",
        tier=None,
        q=1.0,
        criticality=params.loss.usual_criticality(target.class_name for target in facts.unmapped_targets),
        busy_share=facts.organisation_busy_share,
        is_peak=False,
        downtime_left_minutes=None,
        has_vip_consumer=False,
        impacted=None,
    )
