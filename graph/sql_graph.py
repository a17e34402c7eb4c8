"""The port `ImpactGraph` over the tables of relations and redundancy groups: one round of statements per level.

A recursive statement would have to know which way a relation points and what a group covers. That is decided in one
place only, `domain.ci.derivation`, so the walk fetches a level, derives it there, and goes on from what it reaches.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.ci.derivation import coverage_of, derive_groups, impact_edges
from domain.ci.model import RedundancyGroup, RedundancyMember, RedundancyProtected, Relation
from domain.ci.relations import RELATION_RULES, ImpactFlow, RelationKind, RelationType
from domain.ci.topology import Closure, ImpactEdge, ImpactGroup, ImpactLimits
from domain.store.tables.configuration import redundancy_group, redundancy_member, redundancy_protected, relation

IDS_PER_STATEMENT = 2_000
OFF_LOOP_ABOVE = 2_000
"""Levels of more relations are derived in a thread, so that nobody else waits."""

_STATED = tuple(column for column in relation.c if column.name not in {"external_id", "version"})


def _types(*flows: ImpactFlow) -> list[RelationType]:
    kinds = RELATION_RULES.items()
    return [type_ for type_, rule in kinds if rule.flow in flows and rule.kind is not RelationKind.GROUP]


TO_TARGET = _types(ImpactFlow.TO_TARGET, ImpactFlow.BOTH)
TO_SOURCE = _types(ImpactFlow.TO_SOURCE, ImpactFlow.BOTH)
MEMBERSHIP = [type_ for type_, rule in RELATION_RULES.items() if rule.kind is RelationKind.GROUP]


@dataclass(frozen=True, slots=True)
class _Level:
    """What lies next to a frontier: the edges and the groups, whole, on its far side."""

    edges: list[ImpactEdge]
    groups: tuple[ImpactGroup, ...]


class SqlGraph:
    """The port `ImpactGraph`; every question is answered from one snapshot of the record."""

    name = "sql"

    def __init__(self, reader: AsyncEngine, limits: ImpactLimits | None = None) -> None:
        self._reader = reader
        self._limits = limits or ImpactLimits()

    async def closure(self, seeds: Collection[str], *, as_of: datetime) -> Closure:
        """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
        reached, frontier = set(seeds), set(seeds)
        edges: list[ImpactEdge] = []
        groups: dict[str, ImpactGroup] = {}
        async with self._reader.connect() as connection:
            while frontier:
                level = await _leaving(_Question(connection, as_of), frontier)
                edges += level.edges
                groups |= {group.id: group for group in level.groups}
                if len(reached) > self._limits.nodes or len(edges) > self._limits.edges:
                    break
                near = {edge.dependent for edge in level.edges}
                near.update(*(group.protected for group in level.groups))
                frontier = near - reached
                reached |= frontier
        return Closure(
            ids=tuple(sorted(reached)),
            edges=tuple(sorted(edges, key=lambda edge: (edge.provider, edge.dependent, edge.relation_id))),
            groups=tuple(groups[group_id] for group_id in sorted(groups)),
            is_truncated=bool(frontier),
        )

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        reached, frontier = set(ci_ids), set(ci_ids)
        async with self._reader.connect() as connection:
            while frontier:
                level = await _arriving(_Question(connection, as_of), frontier)
                near = {edge.provider for edge in level.edges}
                near.update(*(group.members for group in level.groups))
                frontier = near - reached
                reached |= frontier
        return frozenset(reached)


async def _leaving(question: "_Question", frontier: set[str]) -> _Level:
    """Return the edges that leave the frontier and the groups with a member in it."""
    stated = await question.relations(frontier, at_source=[*TO_TARGET, *MEMBERSHIP], at_target=TO_SOURCE)
    clusters = {row.target_id for row in stated if row.type in MEMBERSHIP}
    groups = await question.groups_around(await question.groups_with(redundancy_member, frontier), clusters)
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.members))
    edges = await _edges(stated, coverage_of(touched), question.as_of)
    return _Level([edge for edge in edges if edge.provider in frontier], touched)


async def _arriving(question: "_Question", frontier: set[str]) -> _Level:
    """Return the edges that arrive at the frontier, covered ones too, and the groups that protect some of it.

    A covered edge leads from a member of a group to what the group protects: it adds nothing to who can reach whom.
    """
    stated = await question.relations(frontier, at_source=TO_SOURCE, at_target=TO_TARGET)
    groups = await question.groups_around(await question.groups_with(redundancy_protected, frontier), frontier)
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.protected))
    edges = await _edges(stated, {}, question.as_of)
    return _Level([edge for edge in edges if edge.dependent in frontier], touched)


async def _edges(
    stated: Sequence[Relation], coverage: Mapping[tuple[str, str], str], as_of: datetime
) -> list[ImpactEdge]:
    def derive() -> list[ImpactEdge]:
        return [edge for row in stated for edge in impact_edges(row, coverage, as_of)]

    return derive() if len(stated) <= OFF_LOOP_ABOVE else await asyncio.to_thread(derive)


@dataclass(frozen=True, slots=True)
class _Question:
    """The statements of one level, over one snapshot and at one instant."""

    connection: AsyncConnection
    as_of: datetime

    async def relations(
        self, ci_ids: Collection[str], *, at_source: Sequence[RelationType] = (), at_target: Sequence[RelationType] = ()
    ) -> list[Relation]:
        """Return the relations that hold and have one of the CIs at an end, of the types given for that end.

        Rows stand in for relations: they have the same attributes, and a level may hold a hundred thousand.
        """
        found: dict[str, Any] = {}
        for some in _chunks(ci_ids):
            ends = sa.or_(
                sa.and_(relation.c.source_id.in_(some), relation.c.type.in_(at_source)),
                sa.and_(relation.c.target_id.in_(some), relation.c.type.in_(at_target)),
            )
            touching = sa.select(*_STATED).where(self._holds(relation), ends)
            found |= {row.id: row for row in await self.connection.execute(touching)}
        return cast(list[Relation], list(found.values()))

    async def groups_with(self, membership: sa.Table, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that name any of the CIs, as members or as protected."""
        naming = sa.select(membership.c.group_id).where(self._holds(membership)).distinct()
        return {row.group_id for row in await self._rows(naming, membership.c.ci_id, ci_ids)}

    async def groups_around(self, group_ids: Collection[str], clusters: Collection[str]) -> tuple[ImpactGroup, ...]:
        """Return the groups whole and those of the clusters: who speaks for a cluster decides whom its members join."""
        named = set(group_ids) | await self.groups_with(redundancy_protected, clusters)
        protected = await self._memberships(redundancy_protected, named)
        spoken_for = {row.ci_id for row in protected} | set(clusters)
        memberships = await self.relations(spoken_for, at_target=MEMBERSHIP)
        speakers = await self.groups_with(redundancy_protected, {row.target_id for row in memberships}) - named
        protected += await self._memberships(redundancy_protected, speakers)
        members = await self._memberships(redundancy_member, named | speakers)
        stored = await self._rows(sa.select(redundancy_group), redundancy_group.c.id, named | speakers)
        return derive_groups(memberships, _groups(stored, members, protected), self.as_of)

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


def _chunks(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_PER_STATEMENT):
        yield ordered[start : start + IDS_PER_STATEMENT]


def _groups(stored: Iterable[Any], members: Iterable[Any], protected: Iterable[Any]) -> list[RedundancyGroup]:
    """Return the groups with the memberships that hold, put together from their rows."""
    groups = {row.id: RedundancyGroup(**row._mapping) for row in stored}
    for row in members:
        groups[row.group_id].members.append(RedundancyMember(**row._mapping))
    for row in protected:
        groups[row.group_id].protected.append(RedundancyProtected(**row._mapping))
    return list(groups.values())
