"""Impact edges and groups, derived from the copy once and kept by CI, so that a closure is a breadth-first search.

What is derived holds for a span of time in which no relation or membership begins or ends and the UTC day stays the
same (confidences count whole days, ADR 0029). An edit and the end of a span move few CIs; only these are derived again.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from domain.ci.model import RedundancyGroup, RedundancyMember, RedundancyProtected
from domain.ci.topology import Closure, EdgesByProvider, ImpactEdge, ImpactGroup, ImpactLimits
from domain.kernel.time import utc_date
from graph import traversal
from graph.copied_rows import CopiedRows, Copy
from graph.traversal import StatedRelation

Answer = TypeVar("Answer")

CIS_PER_PART = 500
OFF_LOOP_ABOVE = 2_000
"""Levels of more CIs are walked in a thread, so that nobody else waits."""

RECALL = timedelta(minutes=10)
"""How far back questions are answered from what is derived for the present: batches speak of the instant they began."""

Moments = tuple[tuple[datetime, str], ...]
"""Instants at which something begins or ends, soonest first, each with the id of the relation or group."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves one CI: its edges by dependent and relation, the groups it is a member of, and whom both lead to.

    `hard` are the dependents of its hard edges, in their order.
    """

    edges: tuple[ImpactEdge, ...]
    groups: tuple[ImpactGroup, ...]
    near: tuple[str, ...]
    hard: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DerivedImpacts:
    """What one copy means for every instant from `since` on and before `until`.

    `leaving` grows as CIs are met; what is in it never changes. `moments` are all those after `horizon`.
    """

    copy: Copy
    horizon: datetime
    since: datetime
    until: datetime
    moments: Moments
    leaving: dict[str, Leaving] = field(default_factory=dict)

    @classmethod
    def of(cls, copy: Copy, as_of: datetime) -> "DerivedImpacts":
        """Return the span of an instant, in which nothing is derived yet."""
        every = _moments(copy.relations.values(), copy.groups.values())
        return _spanning(copy, as_of, as_of - RECALL, every, {})

    def holds_at(self, as_of: datetime) -> bool:
        """Whether the answer at this instant is derived from here."""
        return self.since <= as_of < self.until

    def edited(
        self, as_of: datetime, copy: Copy, relations: Collection[StatedRelation], groups: Collection[RedundancyGroup]
    ) -> "DerivedImpacts":
        """Return the span of an instant from `since` on, once these relations and groups are as the copy has them."""
        former_relations = [self.copy.relations[row.id] for row in relations if row.id in self.copy.relations]
        former_groups = [self.copy.groups[group.id] for group in groups if group.id in self.copy.groups]
        moved = self.copy.moved_by(former_relations, former_groups) | copy.moved_by(relations, groups)
        ids = {row.id for row in relations} | {group.id for group in groups}
        moments = [moment for moment in self.moments if moment[1] not in ids] if ids else self.moments
        present = _spanning(
            copy, self.since, self.horizon, [*moments, *_moments(relations, groups)], _without(self.leaving, moved)
        )
        return present if present.holds_at(as_of) else present.at(as_of)

    def at(self, as_of: datetime) -> "DerivedImpacts":
        """Return the span of another instant; on another day, or before the horizon, nothing derived is kept."""
        if utc_date(as_of) != utc_date(self.since):
            return DerivedImpacts.of(self.copy, as_of)
        if as_of < self.horizon:
            return DerivedImpacts(self.copy, as_of, as_of, as_of, ())
        earlier, later = min(as_of, self.since), max(as_of, self.since)
        passed = {subject_id for instant, subject_id in self.moments if earlier < instant <= later}
        relations, groups = self.copy.relations, self.copy.groups
        moved = self.copy.moved_by(
            [relations[subject_id] for subject_id in passed & relations.keys()],
            [groups[subject_id] for subject_id in passed & groups.keys()],
        )
        horizon = max(self.horizon, as_of - RECALL)
        return _spanning(self.copy, as_of, horizon, self.moments, _without(self.leaving, moved))

    async def fill(self) -> None:
        """Derive what leaves every CI, a part at a time, so that nobody else waits."""
        ordered = sorted(self.copy.ci_ids)
        for start in range(0, len(ordered), CIS_PER_PART):
            await self._derive(ordered[start : start + CIS_PER_PART])
            await asyncio.sleep(0)

    async def closure(self, seeds: Collection[str], limits: ImpactLimits, *, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
        search = _Search(self.leaving, seeds, limits, hard_only=hard_only)
        while search.frontier:
            await self._derive(search.frontier)
            if not await _off_loop_if_large(len(search.frontier), search.walk_level):
                break
        return await _off_loop_if_large(len(search.reached), search.closure)

    async def _derive(self, ci_ids: Collection[str]) -> None:
        missing = {ci_id for ci_id in ci_ids if ci_id not in self.leaving and self.copy.names(ci_id)}
        if missing:
            level = await traversal.leaving(CopiedRows(self.copy, self.since), missing)
            self.leaving.update(_by_ci(missing, level.edges, level.groups))


class _Search:
    """A breadth-first search over what leaves each CI, level by level."""

    def __init__(
        self, leaving: dict[str, Leaving], seeds: Collection[str], limits: ImpactLimits, *, hard_only: bool
    ) -> None:
        self._leaving, self._limits, self._hard_only = leaving, limits, hard_only
        self.reached = set(seeds)
        self.frontier = set(seeds)
        self._edges_from: dict[str, tuple[ImpactEdge, ...]] = {}
        self._hard_dependents: dict[str, tuple[str, ...]] = {}
        self._edge_count = 0
        self._groups: dict[str, ImpactGroup] = {}

    def walk_level(self) -> bool:
        """Go on to the next frontier, or return False where this level passed a limit."""
        near: set[str] = set()
        for ci_id in self.frontier:
            leaving = self._leaving.get(ci_id)
            if leaving is None:
                continue
            near.update(leaving.hard if self._hard_only else leaving.near)
            if leaving.edges:
                self._edges_from[ci_id] = leaving.edges
                self._edge_count += len(leaving.edges)
                self._hard_dependents[ci_id] = leaving.hard
            for group in leaving.groups:
                self._groups[group.id] = group
                near.update(group.protected)
        if len(self.reached) > self._limits.nodes or self._edge_count > self._limits.edges:
            return False
        self.frontier = near - self.reached
        self.reached |= self.frontier
        return True

    def closure(self) -> Closure:
        """Return what was found."""
        return Closure(
            ids=tuple(sorted(self.reached)),
            edges=EdgesByProvider(self._edges_from, self._edge_count, self._hard_dependents),
            groups=tuple(self._groups[group_id] for group_id in sorted(self._groups)),
            is_truncated=bool(self.frontier),
        )


def _moments(relations: Iterable[StatedRelation], groups: Iterable[RedundancyGroup]) -> Iterator[tuple[datetime, str]]:
    for row in relations:
        for instant in _ends_of(row):
            yield instant, row.id
    for group in groups:
        for member in group.members:
            for instant in _ends_of(member):
                yield instant, group.id
        for protected in group.protected:
            for instant in _ends_of(protected):
                yield instant, group.id


def _ends_of(spanned: StatedRelation | RedundancyMember | RedundancyProtected) -> tuple[datetime, ...]:
    return (spanned.valid_from,) if spanned.valid_to is None else (spanned.valid_from, spanned.valid_to)


def _spanning(
    copy: Copy,
    as_of: datetime,
    horizon: datetime,
    moments: Iterable[tuple[datetime, str]],
    leaving: dict[str, Leaving],
) -> DerivedImpacts:
    """Return the span around an instant: from the last moment up to it to the next one, within its day."""
    midnight = datetime.combine(utc_date(as_of), time(), UTC)
    horizon = max(midnight, horizon)
    known = tuple(sorted(moment for moment in moments if moment[0] > horizon))
    place = bisect_right(known, as_of, key=lambda moment: moment[0])
    since = known[place - 1][0] if place else horizon
    until = known[place][0] if place < len(known) else midnight + timedelta(days=1)
    return DerivedImpacts(copy, horizon, since, min(until, midnight + timedelta(days=1)), known, leaving)


def _without(leaving: dict[str, Leaving], moved: Collection[str]) -> dict[str, Leaving]:
    if moved:
        leaving = {**leaving}
        for ci_id in moved:
            leaving.pop(ci_id, None)
    return leaving


def _by_ci(
    ci_ids: Collection[str], edges: Iterable[ImpactEdge], groups: Iterable[ImpactGroup]
) -> Iterator[tuple[str, Leaving]]:
    edges_from: dict[str, list[ImpactEdge]] = {ci_id: [] for ci_id in ci_ids}
    groups_of: dict[str, list[ImpactGroup]] = {ci_id: [] for ci_id in ci_ids}
    for edge in sorted(edges, key=lambda edge: (edge.dependent, edge.relation_id)):
        edges_from[edge.provider].append(edge)
    for group in groups:
        for member in group.members:
            if member in groups_of:
                groups_of[member].append(group)
    for ci_id in ci_ids:
        near = {edge.dependent for edge in edges_from[ci_id]}
        near.update(*(group.protected for group in groups_of[ci_id]))
        hard = tuple(edge.dependent for edge in edges_from[ci_id] if edge.is_hard)
        yield ci_id, Leaving(tuple(edges_from[ci_id]), tuple(groups_of[ci_id]), tuple(near), hard)


async def _off_loop_if_large(cis: int, act: Callable[[], Answer]) -> Answer:
    return act() if cis <= OFF_LOOP_ABOVE else await asyncio.to_thread(act)
