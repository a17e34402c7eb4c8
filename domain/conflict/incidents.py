"""ACTIVE_INCIDENT: work about to start where something is broken right now (ENGINES 3.3)."""

from collections.abc import Iterator

from domain.conflict.context import ConflictContext
from domain.conflict.footprint import ScheduledChange
from domain.conflict.meeting import listed
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictSeverity, Rating, conflict


def active_incidents(change: ScheduledChange, context: ConflictContext) -> Iterator[Conflict]:
    """Yield one conflict per open P1 or P2 incident on the footprint of a change that starts within the horizon."""
    policy = context.policy
    if change.planned[0] >= context.now + policy.incident_horizon_seconds:
        return
    effects = change.change.effects
    for incident in context.incidents:
        cis = [
            AffectedCi(ci_id, effects[ci_id].q, effects[ci_id].witness)
            for ci_id in sorted(incident.ci_ids)
            if ci_id in effects
        ]
        if not cis:
            continue
        if incident.priority == 1:
            rating = Rating(ConflictSeverity.BLOCKER, policy.incident_first_priority)
        else:
            rating = Rating(ConflictSeverity.MAJOR, policy.incident)
        yield conflict(
            (change.id,),
            ConflictCode.ACTIVE_INCIDENT,
            rating,
            f"Incident {incident.number} (priority {incident.priority}) is open on {listed(cis, context)}, "
            f"which {change.change.number} affects.",
            policy.version,
            window=change.planned,
            cis=cis,
            subject=incident.id,
        )
