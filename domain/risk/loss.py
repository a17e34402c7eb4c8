"""What a failure would cost: minutes to restore and the weight of every service (ENGINES 1.3, impact)."""

from collections.abc import Sequence
from math import exp, fsum, log
from statistics import median

from domain.risk.facts import RiskFacts
from domain.risk.inputs import ServiceInput
from domain.risk.params import LossParams
from domain.risk.situation import ReachedService, Situation

RESTORE_PSEUDO_COUNT = 20.0
"""How many incidents the default restore time is worth when a class's median is shrunk to it."""

LONGEST_RESTORE = 3.0
"""No failure is counted longer than this many times the class's restore time."""


def restore_minutes(facts: RiskFacts, params: LossParams) -> float:
    """Return T = min(3 · MTTR, (rollback minutes or MTTR) · k_rb), with the largest MTTR of the target classes."""
    known = [facts.class_of(target).restore_minutes for target in facts.targets]
    default = params.default_restore_minutes
    mttr = max((default if minutes is None else minutes for minutes in known), default=default)
    change = facts.change
    # Zero says that no time is reserved for the way back, not that a failure lasts none: it must not look safe.
    back = change.rollback_minutes or mttr
    return min(LONGEST_RESTORE * mttr, back * params.rollback_factors[change.shown_rollback])


def shrunk_restore_minutes(observed: Sequence[float], default: float) -> float:
    """Return a class's median minutes to restore, shrunk on the log scale to the default; all inputs above 0."""
    if not observed:
        return default
    count = len(observed)
    pull = count * log(median(observed)) + RESTORE_PSEUDO_COUNT * log(default)
    return exp(pull / (count + RESTORE_PSEUDO_COUNT))


def service_inputs(situation: Situation, restore: float) -> tuple[ServiceInput, ...]:
    """Return the factors of every service's loss, the unmapped pseudo-service included."""
    return tuple(_service_input(service, restore, situation.params.loss) for service in situation.losing)


def weighted_minutes(service: ServiceInput, restore: float) -> float:
    """Return T · criticality · demand · SLA factor · VIP factor · q of one service."""
    return restore * service.criticality * service.demand * service.sla_factor * service.vip_factor * service.q


def total_minutes(services: Sequence[ServiceInput], restore: float) -> float:
    """Return the expected loss, the sum over the services in the order given."""
    return fsum(weighted_minutes(service, restore) for service in services)


def _service_input(service: ReachedService, restore: float, params: LossParams) -> ServiceInput:
    return ServiceInput(
        id=service.id,
        name=service.name,
        tier=service.tier,
        q=service.q,
        criticality=service.criticality,
        demand=_demand(service, params),
        sla_factor=_sla_factor(service, restore),
        vip_factor=params.vip_factor if service.has_vip_consumer else 1.0,
        confidence=0.0 if service.impacted is None else service.impacted.confidence,
    )


def _demand(service: ReachedService, params: LossParams) -> float:
    """Return the share of the window in business hours, at least the floor, half as much again on peak days; else 1."""
    if service.busy_share is None:
        return 1.0
    share = max(params.demand_floor, service.busy_share)
    return share * params.peak_demand if service.is_peak else share


def _sla_factor(service: ReachedService, restore: float) -> float:
    """Return 1 to 2: how much of the downtime still allowed this period the failure would use up; 1 where unknown."""
    left = service.downtime_left_minutes
    if left is None:
        return 1.0
    return 1 + min(1.0, restore * service.q / max(1.0, left))
