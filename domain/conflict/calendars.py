"""Rules on the calendar: freezes, and maintenance windows of CIs and of impacted services (ENGINES 3.3)."""

from collections.abc import Iterator, Mapping

from domain.conflict.context import Blackout, ConflictContext
from domain.conflict.footprint import ScheduledChange
from domain.conflict.meeting import listed
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.kernel.intervals import Intervals, clip, normalise, subtract, total


def blackouts(change: ScheduledChange, context: ConflictContext) -> Iterator[Conflict]:
    """Yield one BLACKOUT per freeze that X meets and whose scope matches; under an exemption it is information only."""
    for blackout in context.blackouts:
        met = clip(normalise(blackout.intervals), change.exclusive)
        if met and blackout.scope.matches(change.change, context.policy.critical_tier):
            yield _blackout(change, blackout, met, context)


def outside_maintenance(change: ScheduledChange, context: ConflictContext) -> Conflict | None:
    """OUTSIDE_MAINT: V leaves the maintenance windows of a direct CI; weighs as much as the worst uncovered share."""
    cis = [AffectedCi(ci_id, 1.0, (ci_id,)) for ci_id in sorted(change.change.direct)]
    uncovered = _uncovered(change, cis, context.ci_maintenance)
    if not uncovered:
        return None
    share = max(uncovered.values())
    outside = [ci for ci in cis if ci.id in uncovered]
    verb = "has its" if len(outside) == 1 else "have their"
    return conflict(
        (change.id,),
        ConflictCode.OUTSIDE_MAINT,
        Rating(ConflictSeverity.MAJOR, context.policy.outside_maintenance * share),
        f"{change.change.number} works on {listed(outside, context)} outside maintenance: up to {share:.0%} of it lies "
        f"outside the windows that {listed(outside, context)} {verb} work in.",
        context.policy.version,
        window=change.effective,
        cis=outside,
    )


def impacted_outside_maintenance(change: ScheduledChange, context: ConflictContext) -> Conflict | None:
    """IMPACTED_OUTSIDE_MAINT: V leaves the maintenance windows of a service that goes down or is badly degraded."""
    cis = [
        AffectedCi(service.id, service.q, service.witness)
        for service in change.change.services
        if service.is_down or service.q >= context.policy.maintenance_degree
    ]
    uncovered = _uncovered(change, cis, context.service_maintenance)
    if not uncovered:
        return None
    outside = [ci for ci in cis if ci.id in uncovered]
    return conflict(
        (change.id,),
        ConflictCode.IMPACTED_OUTSIDE_MAINT,
        Rating(ConflictSeverity.MINOR, context.policy.impacted_outside_maintenance),
        f"{change.change.number} affects {listed(outside, context)} outside agreed maintenance windows.",
        context.policy.version,
        window=change.effective,
        cis=outside,
    )


def _blackout(change: ScheduledChange, blackout: Blackout, met: Intervals, context: ConflictContext) -> Conflict:
    is_exempt = blackout.id in change.change.exemptions
    if is_exempt:
        rating = Rating(ConflictSeverity.INFO, 0.0)
    else:
        rating = Rating(ConflictSeverity.BLOCKER, context.policy.blackout)
    ending = " under an exemption" if is_exempt else ""
    return conflict(
        (change.id,),
        ConflictCode.BLACKOUT,
        rating,
        f"{change.change.number} runs into the freeze '{blackout.name}'{ending}.",
        context.policy.version,
        kind=ConflictKind.EXEMPTED if is_exempt else ConflictKind.PLANNED,
        window=(met[0][0], met[-1][1]),
        subject=blackout.id,
    )


def _uncovered(change: ScheduledChange, cis: list[AffectedCi], schedules: Mapping[str, Intervals]) -> dict[str, float]:
    """Return the share of V outside the schedule, by CI that has a schedule and is not covered by it."""
    start, end = change.effective
    shares = {}
    for ci in cis:
        if ci.id in schedules:
            left = total(subtract((change.effective,), normalise(schedules[ci.id])))
            if left:
                shares[ci.id] = left / (end - start)
    return shares
