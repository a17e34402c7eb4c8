"""The port `ImpactGraph` over the tables of relations and redundancy groups: one round of statements per level."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.ci.model import RedundancyGroup, RedundancyMember, RedundancyProtected, Relation
from domain.ci.relations import RelationType
from domain.ci.topology import Closure, ImpactLimits
from domain.store.tables.configuration import redundancy_group, redundancy_member, redundancy_protected, relation
from domain.store.tables.log import outbox
from graph import traversal
from graph.traversal import NO_TYPE, StatedRelation

IDS_PER_STATEMENT = 2_000
ROWS_PER_PART = 2_000
MOST_LOOKED_THROUGH = 5_000

_STATED = tuple(relation.c[name] for name in StatedRelation.__slots__)


@dataclass(frozen=True, slots=True)
class Edits:
    """Relations and groups, whole, that were touched up to a position of the log, or are touched but not yet in it."""

    position: int
    relations: Sequence[StatedRelation] = ()
    groups: Sequence[RedundancyGroup] = ()


class RelayBehind(Exception):  # noqa: N818 - a state of the log, not a fault
    """So much of the log waits for its positions that a copy of the record cannot be kept current from it."""


class SqlGraph:
    """The port `ImpactGraph`; every question is answered from one snapshot of the record."""

    name = "sql"

    def __init__(self, reader: AsyncEngine, limits: ImpactLimits | None = None) -> None:
        self._reader = reader
        self._limits = limits or ImpactLimits()

    async def closure(self, seeds: Collection[str], *, as_of: datetime, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
        async with self._reader.connect() as connection:
            return await traversal.closure(SqlRows(connection, as_of), seeds, self._limits, hard_only=hard_only)

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        async with self._reader.connect() as connection:
            return await traversal.upstream(SqlRows(connection, as_of), ci_ids)

    async def edits(self, since: int | None = None) -> Edits | None:
        """Return what was touched after a position of the log, None for nothing new; without one, everything.

        `RelayBehind` where too much of it has no position yet.
        """
        async with self._reader.connect() as connection:
            if since is None:
                position = await connection.scalar(sa.select(sa.func.max(outbox.c.position))) or 0
                return Edits(position, await _stated(connection), await _whole_groups(connection))
            position, touched = await _touched(connection, since)
            if not touched and position == since:
                return None
            rows: list[StatedRelation] = []
            for some in _chunks(id_ for type_, id_ in touched if type_ == relation.name):
                rows += await _stated(connection, some)
            groups: list[RedundancyGroup] = []
            for some in _chunks(id_ for type_, id_ in touched if type_ == redundancy_group.name):
                groups += await _whole_groups(connection, some)
            return Edits(position, rows, groups)

    async def edited_after(self, position: int) -> datetime | None:
        """Return when the first edit of relations or groups after a position of the log was made; None for none.

        Where too many events are later to look through, it is the first of them all. A position beyond the log is that
        of another log, before a backup was restored: then every edit is later.
        """
        # As for the edits themselves: asked for the two types, SQLite would look through all their events.
        later = sa.or_(outbox.c.position > position, outbox.c.position.is_(None))
        wanted = sa.select(outbox.c.subject_type, outbox.c.occurred_at).where(later).limit(MOST_LOOKED_THROUGH)
        async with self._reader.connect() as connection:
            rows = (await connection.execute(wanted)).all()
            head = await connection.scalar(sa.select(sa.func.max(outbox.c.position))) or 0
        if head < position:
            return datetime.min.replace(tzinfo=UTC)
        is_all = len(rows) < MOST_LOOKED_THROUGH
        types = (relation.name, redundancy_group.name)
        return min((row.occurred_at for row in rows if not is_all or row.subject_type in types), default=None)


@dataclass(frozen=True, slots=True)
class SqlRows:
    """The statements of the walk, over one snapshot and at one instant."""

    connection: AsyncConnection
    as_of: datetime

    async def relations(
        self,
        ci_ids: Collection[str],
        *,
        at_source: Collection[RelationType] = NO_TYPE,
        at_target: Collection[RelationType] = NO_TYPE,
    ) -> list[Relation]:
        """Return the relations that hold and have one of the CIs at an end, of the types given for that end.

        Rows stand in for relations: they have the same attributes, and a level may hold a hundred thousand.
        """
        found: dict[str, Any] = {}
        for some in _chunks(ci_ids):
            ends = sa.or_(
                sa.and_(relation.c.source_id.in_(some), relation.c.type.in_(sorted(at_source))),
                sa.and_(relation.c.target_id.in_(some), relation.c.type.in_(sorted(at_target))),
            )
            touching = sa.select(*_STATED).where(self._holds(relation), ends)
            found |= {row.id: row for row in await self.connection.execute(touching)}
        return cast(list[Relation], list(found.values()))

    async def groups_of_members(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that name any of the CIs as a member."""
        return await self._groups_with(redundancy_member, ci_ids)

    async def groups_protecting(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that protect any of the CIs."""
        return await self._groups_with(redundancy_protected, ci_ids)

    async def groups(self, group_ids: Collection[str]) -> Sequence[RedundancyGroup]:
        """Return these groups with the memberships that hold."""
        protected = await self._memberships(redundancy_protected, group_ids)
        members = await self._memberships(redundancy_member, group_ids)
        stored = await self._rows(sa.select(redundancy_group), redundancy_group.c.id, group_ids)
        return _assembled(stored, members, protected)

    async def _groups_with(self, membership: sa.Table, ci_ids: Collection[str]) -> set[str]:
        naming = sa.select(membership.c.group_id).where(self._holds(membership)).distinct()
        return {row.group_id for row in await self._rows(naming, membership.c.ci_id, ci_ids)}

    async def _memberships(self, table: sa.Table, group_ids: Collection[str]) -> list[Any]:
        held = sa.select(table).where(self._holds(table))
        return await self._rows(held, table.c.group_id, group_ids)

    async def _rows(self, statement: sa.Select[Any], column: sa.Column[Any], ids: Collection[str]) -> list[Any]:
        """Return the rows whose column is any of the ids, in as many statements as that takes."""
        found: list[Any] = []
        for some in _chunks(ids):
            found += await self.connection.execute(statement.where(column.in_(some)))
        return found

    def _holds(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(
            table.c.valid_from <= self.as_of, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > self.as_of)
        )


async def _touched(connection: AsyncConnection, since: int) -> tuple[int, set[tuple[str, str]]]:
    """Return the last position, and type and id of the relations and groups touched after one or not numbered yet."""
    # Asked for the two types, SQLite would look through all their events: there are as many as relations.
    later = sa.or_(outbox.c.position > since, outbox.c.position.is_(None))
    asked = sa.select(outbox.c.position, outbox.c.subject_type, outbox.c.subject_id).where(later)
    rows = (await connection.execute(asked.limit(MOST_LOOKED_THROUGH + 1))).all()
    if len(rows) > MOST_LOOKED_THROUGH:
        await _check_relayed(connection)
        rows = (await connection.execute(asked)).all()
    types = (relation.name, redundancy_group.name)
    touched = {(type_, id_) for _, type_, id_ in rows if type_ in types}
    return max((position for position, _, _ in rows if position is not None), default=since), touched


async def _check_relayed(connection: AsyncConnection) -> None:
    """Raise `RelayBehind` where more events wait for their position than each question can look through again."""
    waiting = sa.select(outbox.c.id).where(outbox.c.position.is_(None)).limit(MOST_LOOKED_THROUGH + 1)
    if (await connection.scalar(sa.select(sa.func.count()).select_from(waiting.subquery())) or 0) > MOST_LOOKED_THROUGH:
        raise RelayBehind


async def _stated(connection: AsyncConnection, ids: Sequence[str] | None = None) -> list[StatedRelation]:
    """Return the relations of these ids, None for all; ids and instants that many have in common are kept once."""
    wanted = sa.select(*_STATED)
    result = await connection.stream(wanted if ids is None else wanted.where(relation.c.id.in_(ids)))
    texts: dict[str, str] = {}
    instants: dict[Any, Any] = {}
    found: list[StatedRelation] = []
    async for part in result.partitions(ROWS_PER_PART):
        for row in part:
            id_, source_id, target_id, type_, alpha, side, source, stated, *span = row
            ends = texts.setdefault(source_id, source_id), texts.setdefault(target_id, target_id)
            origin = texts.setdefault(source, source) if source else None
            confirmed, start, end = (instants.setdefault(instant, instant) for instant in span)
            found.append(StatedRelation(id_, *ends, type_, alpha, side, origin, stated, confirmed, start, end))
    return found


async def _whole_groups(connection: AsyncConnection, ids: Sequence[str] | None = None) -> list[RedundancyGroup]:
    """Return the groups of these ids, None for all, with all their memberships."""

    async def rows(table: sa.Table, key: sa.Column[str]) -> list[Any]:
        wanted = sa.select(table) if ids is None else sa.select(table).where(key.in_(ids))
        return list(await connection.execute(wanted))

    members = await rows(redundancy_member, redundancy_member.c.group_id)
    protected = await rows(redundancy_protected, redundancy_protected.c.group_id)
    return _assembled(await rows(redundancy_group, redundancy_group.c.id), members, protected)


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_PER_STATEMENT):
        yield ordered[start : start + IDS_PER_STATEMENT]


def _assembled(stored: Iterable[Any], members: Iterable[Any], protected: Iterable[Any]) -> list[RedundancyGroup]:
    """Return groups put together from their rows."""
    groups = {row.id: RedundancyGroup(**row._mapping) for row in stored}
    for row in members:
        groups[row.group_id].members.append(RedundancyMember(**row._mapping))
    for row in protected:
        groups[row.group_id].protected.append(RedundancyProtected(**row._mapping))
    return list(groups.values())
