"""What snapshots read of stored footprints: conflict facts, effects on single CIs, and who can meet whom."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.conflict.footprint import Effect
from domain.kernel.intervals import Interval
from domain.kernel.time import from_seconds
from domain.store import tables as t
from domain.store.loading import chunks

_footprint, _on, _group = t.assessments.footprint, t.assessments.footprint_ci, t.assessments.footprint_group
_target, _task = t.changes.change_target, t.changes.change_task


async def facts_of(session: AsyncSession, reach: Interval | None, change_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the conflict facts of the changes whose reach meets `reach`, and of those named, by change id."""
    found: dict[str, dict[str, Any]] = {}
    stored = sa.select(_footprint.c.change_id, _footprint.c.facts)
    if reach is not None:
        meeting = stored.where(_footprint.c.start <= from_seconds(reach[1]), _footprint.c.end >= from_seconds(reach[0]))
        found |= {row.change_id: row.facts for row in await session.execute(meeting)}
    for chunk in chunks([change_id for change_id in change_ids if change_id not in found]):
        rows = await session.execute(stored.where(_footprint.c.change_id.in_(chunk)))
        found |= {row.change_id: row.facts for row in rows}
    return [found[change_id] for change_id in sorted(found)]


async def effects_on(
    session: AsyncSession, ci_ids: Collection[str], change_ids: Collection[str]
) -> dict[str, dict[str, Effect]]:
    """Return what the changes do to the CIs, by change id and CI id, as far as it is in their footprints."""
    wanted = frozenset(change_ids)
    found: dict[str, dict[str, Effect]] = {}
    stored = sa.select(_on.c.change_id, _on.c.ci_id, _on.c.q, _on.c.is_down, _on.c.witness)
    for chunk in chunks(ci_ids):
        for change_id, ci_id, q, is_down, witness in await session.execute(stored.where(_on.c.ci_id.in_(chunk))):
            if change_id in wanted:
                found.setdefault(change_id, {})[ci_id] = Effect(q, is_down, tuple(witness))
    return found


async def rivals(
    session: AsyncSession,
    *,
    direct: Collection[str],
    effects: Collection[str],
    group_ids: Collection[str],
    person_ids: Collection[str],
) -> set[str]:
    """Return the open changes that can stand in another's way whenever both run: by CIs, redundancy or people."""
    found: set[str] = set()
    for asked, column, values in (
        (sa.select(_on.c.change_id), _on.c.ci_id, direct),
        (_of_open_changes(_target), _target.c.ci_id, effects),
        (sa.select(_group.c.change_id), _group.c.group_id, group_ids),
        (_of_open_changes(_task), _task.c.implementer_id, person_ids),
    ):
        for chunk in chunks(values):
            found.update(await session.scalars(asked.where(column.in_(chunk)).distinct()))
    return found


async def crowded(session: AsyncSession, ci_ids: Collection[str], more_than: int) -> set[str]:
    """Return those of the CIs that lie in the footprints of more changes than that."""
    found: set[str] = set()
    for chunk in chunks(ci_ids):
        held = sa.select(_on.c.ci_id).where(_on.c.ci_id.in_(chunk)).group_by(_on.c.ci_id)
        found.update(await session.scalars(held.having(sa.func.count() > more_than)))
    return found


async def reaching(session: AsyncSession, ci_ids: Collection[str]) -> set[str]:
    """Return the changes whose footprints hold any of the CIs."""
    found: set[str] = set()
    for chunk in chunks(ci_ids):
        found.update(await session.scalars(sa.select(_on.c.change_id).where(_on.c.ci_id.in_(chunk)).distinct()))
    return found


def _of_open_changes(part: sa.Table) -> sa.Select[Any]:
    return sa.select(part.c.change_id).join(_footprint, _footprint.c.change_id == part.c.change_id)
