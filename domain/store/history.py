"""The history that replays read: stored assessments, and the record and the conflicts they were made from."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from domain.conflict.acceptance import ConflictRecord
from domain.kernel.time import to_seconds
from domain.ports import Ports, RiskRow, StoredAssessment
from domain.store.as_known import KnownRecord, known_record, standing_conflicts
from domain.store.engine import Database
from domain.store.finding_rows import logged_conflict
from domain.store.loading import chunks
from domain.store.tables.assessments import risk_assessment
from domain.store.tables.log import outbox

PortsOver = Callable[[Database, datetime], Ports]
"""Puts ports together over a database, with a clock that stands still."""


class SqlHistory:
    """Reads the log of one database and moves a throw-away record along it."""

    def __init__(self, source: Database, known: KnownRecord, ports_over: PortsOver) -> None:
        self._source, self._known, self._ports_over = source, known, ports_over

    async def at(self, position: int, instant: datetime) -> Ports:
        """Return the ports over the record at a position; moving on costs little, moving back starts anew."""
        await self._known.move_to(position)
        return self._ports_over(self._known.database, instant)

    async def assessments(self, change_ids: Collection[str] | None) -> list[list[str]]:
        """Return the ids of stored assessments, those made in one look together, by position."""
        risk = risk_assessment.c
        wanted = sa.select(risk.id, risk.position, risk.as_of)
        statements = [wanted]
        if change_ids is not None:
            statements = [wanted.where(risk.change_id.in_(some)) for some in chunks(change_ids)]
        found: list[Any] = []
        async with self._source.reader.connect() as connection:
            for statement in statements:
                found += await connection.execute(statement)
        found.sort(key=lambda row: (row.position, row.as_of, row.id))
        looks = groupby(found, key=lambda row: (row.position, row.as_of))
        return [[row.id for row in look] for _, look in looks]

    async def load(self, assessment_ids: Collection[str]) -> list[StoredAssessment]:
        """Return stored assessments by id, each with the position of its event."""
        logged = sa.select(outbox.c.subject_id, outbox.c.position).where(outbox.c.subject_type == "risk_assessment")
        found: list[StoredAssessment] = []
        async with self._source.reader.connect() as connection:
            for some in chunks(assessment_ids):
                told = await connection.execute(logged.where(outbox.c.subject_id.in_(some)))
                positions = {row.subject_id: row.position for row in told}
                rows = await connection.execute(sa.select(risk_assessment).where(risk_assessment.c.id.in_(some)))
                found += [StoredAssessment(row.id, _risk_row(row), positions.get(row.id)) for row in rows]
        return sorted(found, key=lambda assessment: assessment.id)

    async def standing_conflicts(self, position: int) -> dict[str, ConflictRecord]:
        """Return the conflicts that were stored and not resolved at a position, by key."""
        return await standing_conflicts(self._source, position)

    async def decided_conflicts(self, looked_at: int, before: int) -> list[tuple[int, ConflictRecord]]:
        """Return the conflicts that looks at position `looked_at` stored before another, each with its own."""
        within = sa.and_(outbox.c.position > looked_at, outbox.c.position < before, outbox.c.subject_type == "conflict")
        told = sa.select(outbox.c.position, outbox.c.body).where(within).order_by(outbox.c.position)
        async with self._source.reader.connect() as connection:
            found = [(row.position, logged_conflict(row.body)) for row in await connection.execute(told)]
        return [(position, record) for position, record in found if record.position == looked_at]

    async def ends_of_acts(self, after: int, before: int, until: datetime) -> list[int]:
        """Return the last positions of the acts between two positions that began before an instant, in order."""
        within = sa.and_(outbox.c.position > after, outbox.c.position < before, outbox.c.occurred_at < until)
        ends = sa.select(sa.func.max(outbox.c.position)).where(within, outbox.c.subject_type != "risk_assessment")
        async with self._source.reader.connect() as connection:
            return sorted(await connection.scalars(ends.group_by(outbox.c.actor_id, outbox.c.occurred_at)))


@asynccontextmanager
async def history(source: Database, ports_over: PortsOver) -> AsyncIterator[SqlHistory]:
    """Yield the history of a database; what it rebuilds on the way is thrown away at the end."""
    async with known_record(source) as known:
        yield SqlHistory(source, known, ports_over)


def _risk_row(row: Any) -> RiskRow:
    values = {name: getattr(row, name) for name in RiskRow.__slots__}
    return RiskRow(**values | {"as_of": to_seconds(row.as_of)})
