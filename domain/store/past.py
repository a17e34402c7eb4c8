"""Changes that were carried out, with what became of them, and changes that were begun."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.change.model import ChangeState
from domain.incident.model import ChangeLinkType
from domain.kernel.time import to_seconds
from domain.risk.causes import StartedChange
from domain.risk.rates import PastChange
from domain.store import tables as t
from domain.store.finding_rows import past_change

_change, _target, _ci = t.changes.change, t.changes.change_target, t.configuration.ci
_incident, _link = t.tickets.incident, t.tickets.incident_change_link


async def past_changes(session: AsyncSession) -> list[PastChange]:
    """Return every change that was carried out, with its label as known now."""
    changes = await session.execute(
        sa.select(
            _change.c.id,
            _change.c.type,
            _change.c.title,
            _change.c.model,
            _change.c.team_id,
            _change.c.actual_start,
            _change.c.closed_at,
            _change.c.outcome,
            _change.c.has_service_effect,
        ).where(_change.c.state == ChangeState.CLOSED, _change.c.actual_start.is_not(None))
    )
    links = await session.execute(
        sa.select(_link.c.change_id, _incident.c.opened_at, _link.c.recorded_at)
        .join(_incident, _incident.c.id == _link.c.incident_id)
        .where(_link.c.type == ChangeLinkType.CAUSED_BY, _link.c.ended_at.is_(None))
    )
    caused: dict[str, list[tuple[int, int]]] = {}
    for link in links:
        caused.setdefault(link.change_id, []).append((to_seconds(link.opened_at), to_seconds(link.recorded_at)))
    targets = await session.execute(
        sa.select(_target.c.change_id, _target.c.ci_id, _ci.c.class_name)
        .join(_ci, _ci.c.id == _target.c.ci_id)
        .join(_change, _change.c.id == _target.c.change_id)
        .where(_change.c.state == ChangeState.CLOSED)
    )
    touched: dict[str, list[tuple[str, str]]] = {}
    for target in targets:
        touched.setdefault(target.change_id, []).append((target.ci_id, target.class_name))
    return [past_change(row, caused.get(row.id, []), touched.get(row.id, [])) for row in changes]


async def started_changes(session: AsyncSession, since: datetime, until: datetime) -> list[StartedChange]:
    """Return the changes begun between two instants, both included, by id."""
    rows = await session.execute(
        sa.select(_change.c.id, _change.c.type, _change.c.model, _change.c.actual_start, _target.c.ci_id)
        .join(_target, _target.c.change_id == _change.c.id)
        .where(_change.c.actual_start.between(since, until))
        .order_by(_change.c.id, _target.c.ci_id)
    )
    found: dict[str, StartedChange] = {}
    for row in rows:
        known = found.get(row.id)
        targets = {row.ci_id} if known is None else known.ci_ids | {row.ci_id}
        found[row.id] = StartedChange(
            row.id, row.type.value, row.model, to_seconds(row.actual_start), frozenset(targets)
        )
    return list(found.values())
