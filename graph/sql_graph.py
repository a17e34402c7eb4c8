"""The port `ImpactGraph` over the tables of relations and redundancy groups: one round of statements per level.

A recursive statement would have to know which way a relation points and what a group covers. That is decided in one
place only, `domain.ci.derivation`, so the walk fetches a level, derives it there, and goes on from what it reaches.
"""

from collections.abc import Collection, Iterable, Iterator
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


def _types(*flows: ImpactFlow) -> list[RelationType]:
    kinds = RELATION_RULES.items()
    return [type_ for type_, rule in kinds if rule.flow in flows and rule.kind is not RelationKind.GROUP]


TO_TARGET = _types(ImpactFlow.TO_TARGET, ImpactFlow.BOTH)
TO_SOURCE = _types(ImpactFlow.TO_SOURCE, ImpactFlow.BOTH)
MEMBERSHIP = [type_ for type_, rule in RELATION_RULES.items() if rule.kind is RelationKind.GROUP]


@dataclass(frozen=True, slots=True)
class _Level:
    """What lies next to a frontier: the edges and the groups, whole, on its far side."""

    edges: tuple[ImpactEdge, ...]
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
    groups = await question.groups_around(
        await question.groups_with(redundancy_member, frontier), await question.clusters_of(frontier)
    )
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.members))
    stated = await question.relations(frontier, {"target_id": TO_SOURCE, "source_id": TO_TARGET})
    coverage = coverage_of(touched)
    edges = (edge for row in stated for edge in impact_edges(row, coverage, question.as_of))
    return _Level(tuple(edge for edge in edges if edge.provider in frontier), touched)


async def _arriving(question: "_Question", frontier: set[str]) -> _Level:
    """Return the edges that arrive at the frontier, covered ones too, and the groups that protect some of it.

    A covered edge leads from a member of a group to what the group protects: it adds nothing to who can reach whom.
    """
    groups = await question.groups_around(await question.groups_with(redundancy_protected, frontier), frontier)
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.protected))
    stated = await question.relations(frontier, {"source_id": TO_SOURCE, "target_id": TO_TARGET})
    edges = (edge for row in stated for edge in impact_edges(row, {}, question.as_of))
    return _Level(tuple(edge for edge in edges if edge.dependent in frontier), touched)


@dataclass(frozen=True, slots=True)
class _Question:
    """The statements of one level, over one snapshot and at one instant."""

    connection: AsyncConnection
    as_of: datetime

    async def relations(self, ci_ids: Collection[str], ends: dict[str, list[RelationType]]) -> list[Relation]:
        """Return the relations that hold and have one of the CIs at the given end, of the types given for that end.

        Rows stand in for relations: they have the same attributes, and a level may hold a hundred thousand.
        """
        found: dict[str, Any] = {}
        for end, types in ends.items():
            by_end = sa.select(relation).where(self._holds(relation), relation.c.type.in_(types))
            found |= {row.id: row for row in await self._rows(by_end, relation.c[end], ci_ids)}
        return cast(list[Relation], list(found.values()))

    async def clusters_of(self, ci_ids: Collection[str]) -> set[str]:
        """Return the clusters that any of the CIs is a member of by relation."""
        return {row.target_id for row in await self.relations(ci_ids, {"source_id": MEMBERSHIP})}

    async def groups_with(self, membership: sa.Table, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that name any of the CIs, as members or as protected."""
        naming = sa.select(membership.c.group_id).where(self._holds(membership)).distinct()
        return {row.group_id for row in await self._rows(naming, membership.c.ci_id, ci_ids)}

    async def groups_around(self, group_ids: Collection[str], clusters: Collection[str]) -> tuple[ImpactGroup, ...]:
        """Return the groups whole and those of the clusters: who speaks for a cluster decides whom its members join."""
        named = set(group_ids) | await self.groups_with(redundancy_protected, clusters)
        protected = await self._memberships(redundancy_protected, named)
        spoken_for = {row.ci_id for row in protected} | set(clusters)
        memberships = await self.relations(spoken_for, {"target_id": MEMBERSHIP})
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
