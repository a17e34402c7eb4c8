"""What snapshots read of past incidents: those on some items, and whose items an edit touched."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.risk.facts import IncidentFacts
from domain.risk.past_incidents import EditedCis
from domain.store import tables as t
from domain.store.json_rows import any_of, epoch_seconds, rows_as_json
from domain.store.loading import IDS_PER_STATEMENT

MOST_LOOKED_THROUGH = 5_000

_incident, _incident_ci, _outbox = t.tickets.incident, t.tickets.incident_ci, t.log.outbox.c


async def incidents_on(
    session: AsyncSession, ci_ids: Collection[str], since: datetime
) -> dict[str, tuple[IncidentFacts, ...]]:
    """Return the incidents opened since then on the CIs, by CI; each names the one CI it is listed under."""
    on_them = (
        sa.select(
            rows_as_json(
                _incident.c.id,
                _incident.c.priority,
                epoch_seconds(_incident.c.opened_at),
                epoch_seconds(_incident.c.recorded_at),
                _incident_ci.c.ci_id,
            )
        )
        .join_from(_incident, _incident_ci, _incident_ci.c.incident_id == _incident.c.id)
        .where(
            _incident_ci.c.ci_id.in_(any_of(ci_ids)),
            _incident.c.opened_at >= since,
            _incident_ci.c.ended_at.is_(None),
        )
    )
    named: dict[str, tuple[str]] = {ci_id: (ci_id,) for ci_id in ci_ids}
    found: dict[str, dict[str, IncidentFacts]] = {}
    for id_, priority, opened_at, recorded_at, ci_id in (await session.execute(on_them)).scalar_one():
        facts = IncidentFacts(id_, named[ci_id], priority, opened_at, recorded_at)
        found.setdefault(ci_id, {})[id_] = facts  # linked, unlinked and linked again, it is still one
    return {ci_id: tuple(rows.values()) for ci_id, rows in found.items()}


async def edited_since(session: AsyncSession, position: int) -> EditedCis | None:
    """Return the CIs of incidents edited after a position of the log; None where too much is later to look through.

    Also those that an incident is no longer on: its links are ended, never removed.
    """
    # Asked for incidents alone, SQLite would look through all their events.
    later = sa.or_(_outbox.position > position, _outbox.position.is_(None))
    wanted = sa.select(_outbox.id, _outbox.position, _outbox.subject_type).where(later)
    rows = (await session.execute(wanted.limit(MOST_LOOKED_THROUGH + 1))).all()
    if len(rows) > MOST_LOOKED_THROUGH:
        return None
    position_of = {row.id: row.position for row in rows if row.subject_type == _incident.name}
    numbered: set[str] = set()
    waiting: set[str] = set()
    ordered = sorted(position_of)
    for start in range(0, len(ordered), IDS_PER_STATEMENT):
        some = ordered[start : start + IDS_PER_STATEMENT]
        for event_id, image in await session.execute(sa.select(_outbox.id, _outbox.body).where(_outbox.id.in_(some))):
            touched = waiting if position_of[event_id] is None else numbered
            touched.update(link["ci_id"] for link in image["cis"])
    return EditedCis(frozenset(numbered), frozenset(waiting))
