"""What befell some items so far: from what is kept of it, the rest read from the snapshot.

An item is asked about by every change that reaches it, and thousands of incidents count in one score.
"""

from collections.abc import Collection
from datetime import datetime

from domain.kernel.time import from_seconds, to_seconds
from domain.ports import Snapshot
from domain.risk.facts import IncidentFacts
from domain.risk.past_incidents import PastIncidents, by_id


async def incidents_on(
    past: PastIncidents, snapshot: Snapshot, ci_ids: Collection[str], since: datetime
) -> list[IncidentFacts]:
    """Return the incidents opened since then on any of the CIs, by id; each names those of the CIs it is on."""
    earliest = to_seconds(since)
    past.reach_back(snapshot.position, earliest)
    asked_from = past.position
    edited = await snapshot.incident_cis_since(asked_from)
    if edited is None or past.since > earliest or not asked_from <= past.position <= snapshot.position:
        # Too much to look through, or others have moved what is kept past this snapshot.
        return by_id([await snapshot.incidents_on(ci_ids, since)], earliest)
    past.move_to(snapshot.position, edited.numbered)
    as_far_back = past.since
    # An act without a position may be in this snapshot and not in another at the same position.
    kept = past.kept(ci_id for ci_id in ci_ids if ci_id not in edited.waiting)
    missing = [ci_id for ci_id in ci_ids if ci_id not in kept]
    read = await snapshot.incidents_on(missing, from_seconds(as_far_back)) if missing else {}
    if past.position == snapshot.position and past.since == as_far_back:
        past.keep({ci_id: read.get(ci_id, ()) for ci_id in missing if ci_id not in edited.waiting})
    return by_id([kept, read], earliest)
