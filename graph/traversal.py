"""The walk behind the port `ImpactGraph`: a level at a time, derived as it is met, whoever hands out the rows.

Which way a relation points and what a group covers is decided in one place only, `domain.ci.derivation`, so the walk
fetches what lies next to a frontier, derives it there, and goes on from what it reaches.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from domain.ci.derivation import coverage_of, derive_groups, impact_edges
from domain.ci.model import ProviderSide, RedundancyGroup, Relation
from domain.ci.relations import RELATION_RULES, ImpactFlow, RelationKind, RelationType
from domain.ci.topology import Closure, ImpactEdge, ImpactGroup, ImpactLimits

Answer = TypeVar("Answer")

OFF_LOOP_ABOVE = 2_000
"""Levels of more relations are derived in a thread, so that nobody else waits."""


def _types(*flows: ImpactFlow) -> frozenset[RelationType]:
    kinds = RELATION_RULES.items()
    return frozenset(type_ for type_, rule in kinds if rule.flow in flows and rule.kind is not RelationKind.GROUP)


TO_TARGET = _types(ImpactFlow.TO_TARGET, ImpactFlow.BOTH)
TO_SOURCE = _types(ImpactFlow.TO_SOURCE, ImpactFlow.BOTH)
MEMBERSHIP = frozenset(type_ for type_, rule in RELATION_RULES.items() if rule.kind is RelationKind.GROUP)
NO_TYPE: frozenset[RelationType] = frozenset()


@dataclass(frozen=True, slots=True)
class StatedRelation:
    """A stored relation with what the walk reads of it: the same attributes in a third of the memory."""

    id: str
    source_id: str
    target_id: str
    type: RelationType
    alpha: float | None
    provider_side: ProviderSide | None
    source: str | None
    stated_confidence: float | None
    confirmed_at: datetime | None
    valid_from: datetime
    valid_to: datetime | None


class Rows(Protocol):
    """What is stored around configuration items, from one state of the record and as it holds at one instant."""

    @property
    def as_of(self) -> datetime:
        """The instant at which what is handed out holds."""
        ...

    async def relations(
        self,
        ci_ids: Collection[str],
        *,
        at_source: Collection[RelationType] = NO_TYPE,
        at_target: Collection[RelationType] = NO_TYPE,
    ) -> Sequence[Relation]:
        """Return the relations that hold and have one of the CIs at an end, of the types given for that end."""
        ...

    async def groups_of_members(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that name any of the CIs as a member."""
        ...

    async def groups_protecting(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that protect any of the CIs."""
        ...

    async def groups(self, group_ids: Collection[str]) -> Sequence[RedundancyGroup]:
        """Return these groups with their memberships; those that do not hold may be among them."""
        ...


@dataclass(frozen=True, slots=True)
class Level:
    """What lies next to a frontier: the edges and the groups, whole, on its far side."""

    edges: list[ImpactEdge]
    groups: tuple[ImpactGroup, ...]


async def closure(rows: Rows, seeds: Collection[str], limits: ImpactLimits, *, hard_only: bool = False) -> Closure:
    """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
    reached, frontier = set(seeds), set(seeds)
    edges: list[ImpactEdge] = []
    groups: dict[str, ImpactGroup] = {}
    while frontier:
        level = await leaving(rows, frontier)
        edges += level.edges
        groups |= {group.id: group for group in level.groups}
        if len(reached) > limits.nodes or len(edges) > limits.edges:
            break
        near = {edge.dependent for edge in level.edges if edge.is_hard or not hard_only}
        near.update(*(group.protected for group in level.groups))
        frontier = near - reached
        reached |= frontier

    def sorted_out() -> Closure:
        return Closure(
            ids=tuple(sorted(reached)),
            edges=tuple(sorted(edges, key=lambda edge: (edge.provider, edge.dependent, edge.relation_id))),
            groups=tuple(groups[group_id] for group_id in sorted(groups)),
            is_truncated=bool(frontier),
        )

    return await _off_loop_if_large(len(edges), sorted_out)


async def upstream(rows: Rows, ci_ids: Collection[str]) -> frozenset[str]:
    """Return every CI from which one of these can be reached, themselves included."""
    reached, frontier = set(ci_ids), set(ci_ids)
    while frontier:
        level = await _arriving(rows, frontier)
        near = {edge.provider for edge in level.edges}
        near.update(*(group.members for group in level.groups))
        frontier = near - reached
        reached |= frontier
    return frozenset(reached)


async def leaving(rows: Rows, frontier: set[str]) -> Level:
    """Return the edges that leave the frontier and the groups with a member in it."""
    stated = await rows.relations(frontier, at_source=TO_TARGET | MEMBERSHIP, at_target=TO_SOURCE)
    clusters = {row.target_id for row in stated if row.type in MEMBERSHIP}
    groups = await _groups_around(rows, await rows.groups_of_members(frontier), clusters)
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.members))
    edges = await _edges(stated, coverage_of(touched), rows.as_of)
    return Level([edge for edge in edges if edge.provider in frontier], touched)


async def _arriving(rows: Rows, frontier: set[str]) -> Level:
    """Return the edges that arrive at the frontier, covered ones too, and the groups that protect some of it.

    A covered edge leads from a member of a group to what the group protects: it adds nothing to who can reach whom.
    """
    stated = await rows.relations(frontier, at_source=TO_SOURCE, at_target=TO_TARGET)
    groups = await _groups_around(rows, await rows.groups_protecting(frontier), frontier)
    touched = tuple(group for group in groups if not frontier.isdisjoint(group.protected))
    edges = await _edges(stated, {}, rows.as_of)
    return Level([edge for edge in edges if edge.dependent in frontier], touched)


async def _groups_around(rows: Rows, group_ids: Collection[str], clusters: Collection[str]) -> tuple[ImpactGroup, ...]:
    """Return the groups whole and those of the clusters: who speaks for a cluster decides whom its members join."""
    named = set(group_ids) | await rows.groups_protecting(clusters)
    stored = list(await rows.groups(named))
    spoken_for = {row.ci_id for group in stored for row in group.protected} | set(clusters)
    memberships = await rows.relations(spoken_for, at_target=MEMBERSHIP)
    speakers = await rows.groups_protecting({row.target_id for row in memberships}) - named
    stored += await rows.groups(speakers)
    return derive_groups(memberships, stored, rows.as_of)


async def _edges(
    stated: Sequence[Relation], coverage: Mapping[tuple[str, str], str], as_of: datetime
) -> list[ImpactEdge]:
    def derive() -> list[ImpactEdge]:
        return [edge for row in stated for edge in impact_edges(row, coverage, as_of)]

    return await _off_loop_if_large(len(stated), derive)


async def _off_loop_if_large(rows: int, act: Callable[[], Answer]) -> Answer:
    return act() if rows <= OFF_LOOP_ABOVE else await asyncio.to_thread(act)
