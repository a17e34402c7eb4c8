"""Factors read off what the change reaches: F1 reach, F6 complexity, F8 timing (ENGINES 1.3)."""

from math import fsum, log2

from domain.risk.measurement import Measurement, heaviest, unknown
from domain.risk.model import EvidenceKind, EvidenceRow
from domain.risk.situation import ReachedService, Situation

FULL_TIMING_CRITICALITY = 40.0
"""From a whole tier 2 service on, timing counts fully."""


def reach(situation: Situation) -> Measurement:
    """F1: Σ criticality · q over the services reached, log2(1 + raw). The pseudo-service is not part of it."""
    if situation.facts.is_truncated:
        return unknown("reach", situation.params.factors["reach"].typical)
    rows = [
        EvidenceRow(EvidenceKind.SERVICE, service.id, _way_to(service), weight=service.criticality * service.q)
        for service in situation.services
    ]
    raw = fsum(service.criticality * service.q for service in situation.services)
    is_known = not situation.facts.has_unmapped
    gaps = [
        EvidenceRow(EvidenceKind.CI, target.id, "no service is mapped behind this target")
        for target in situation.facts.unmapped_targets
    ]
    return Measurement("reach", raw, log2(1 + raw), is_known, (*heaviest(rows), *heaviest(gaps)))


def complexity(situation: Situation) -> Measurement:
    """F6: distinct directly changed configuration items, log2(max(1, raw))."""
    targets = situation.facts.targets
    rows = [EvidenceRow(EvidenceKind.CI, target.id, target.class_name, weight=1.0) for target in targets]
    return Measurement("complexity", len(targets), log2(max(1, len(targets))), bool(targets), heaviest(rows))


def timing(situation: Situation) -> Measurement:
    """F8: the worst of busy share · min(1, criticality · q / 40) over services reached and unmapped.

    A service whose busy share is unknown (no window, no calendar) counts with the typical one.
    """
    typical = situation.params.factors["timing"].typical
    if situation.facts.is_truncated:
        return unknown("timing", typical)
    rows = [
        EvidenceRow(EvidenceKind.SERVICE, service.id, _busy_label(service), weight=_timing_of(service, typical))
        for service in situation.losing
    ]
    raw = max((row.weight or 0.0 for row in rows), default=0.0)
    is_known = all(service.busy_share is not None for service in situation.losing)
    return Measurement("timing", raw, raw, is_known, heaviest(rows))


def _timing_of(service: ReachedService, typical: float) -> float:
    busy = typical if service.busy_share is None else service.busy_share
    return busy * min(1.0, service.criticality * service.q / FULL_TIMING_CRITICALITY)


def _busy_label(service: ReachedService) -> str:
    if service.busy_share is None:
        return f"{service.name}: business hours in the window unknown"
    peak = ", peak day" if service.is_peak else ""
    return f"{service.name}: {service.busy_share:.0%} of the window in business hours{peak}"


def _way_to(service: ReachedService) -> str:
    tier = "" if service.tier is None else f"tier {service.tier}, "
    label = f"{service.name}: {tier}q {service.q:.2f}"
    ci = service.impacted
    if ci is None:
        return label
    label += f", hops {ci.distance}"
    if ci.redundancy_before is not None:
        label += f", redundancy {ci.redundancy_before}→{ci.redundancy_after}"
    return label
