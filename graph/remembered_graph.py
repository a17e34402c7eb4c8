"""The port `ImpactGraph` over a copy of relations and redundancy groups in memory, kept current from the log.

A walk over tables costs a round of statements per level; a walk over the copy costs one statement, which asks what
the log has seen since. A question never meets a copy that is half changed: it is replaced, never written to.
"""

import asyncio
import gc
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from domain.ci.model import RedundancyGroup, Relation
from domain.ci.relations import RelationType
from domain.ci.topology import Closure, ImpactLimits
from graph import traversal
from graph.sql_graph import Edits, SqlGraph
from graph.traversal import NO_TYPE, StatedRelation


@dataclass(frozen=True, slots=True)
class Copy:
    """The relations and groups of the record at one position of the log, found by the CIs they are about."""

    position: int = 0
    relations: dict[str, StatedRelation] = field(default_factory=dict)
    from_source: dict[str, tuple[StatedRelation, ...]] = field(default_factory=dict)
    to_target: dict[str, tuple[StatedRelation, ...]] = field(default_factory=dict)
    groups: dict[str, RedundancyGroup] = field(default_factory=dict)
    by_member: dict[str, frozenset[str]] = field(default_factory=dict)
    by_protected: dict[str, frozenset[str]] = field(default_factory=dict)

    def edited(self, edits: Edits) -> "Copy":
        """Return the copy at the later position of the edits, with these relations and groups as they are by then."""
        relations, groups = edits.relations, edits.groups
        if not relations and not groups:
            return replace(self, position=edits.position)
        former = [self.relations[row.id] for row in relations if row.id in self.relations]
        ended = [self.groups[group.id] for group in groups if group.id in self.groups]
        return Copy(
            position=edits.position,
            relations=self.relations | {row.id: row for row in relations},
            from_source=_reindexed(self.from_source, former, relations, "source_id"),
            to_target=_reindexed(self.to_target, former, relations, "target_id"),
            groups=self.groups | {group.id: group for group in groups},
            by_member=_renamed(self.by_member, ended, groups, "members"),
            by_protected=_renamed(self.by_protected, ended, groups, "protected"),
        )


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """What the walk asks, answered from a copy."""

    copy: Copy
    as_of: datetime

    async def relations(
        self,
        ci_ids: Collection[str],
        *,
        at_source: Collection[RelationType] = NO_TYPE,
        at_target: Collection[RelationType] = NO_TYPE,
    ) -> list[Relation]:
        """Return the relations that hold and have one of the CIs at an end, of the types given for that end."""
        found: dict[str, StatedRelation] = {}
        for types, rows_of in ((at_source, self.copy.from_source), (at_target, self.copy.to_target)):
            if types:
                for ci_id in ci_ids:
                    for row in rows_of.get(ci_id, ()):
                        if row.type in types and self._holds(row):
                            found[row.id] = row
        return cast(list[Relation], list(found.values()))

    async def groups_of_members(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that name any of the CIs as a member, now or at another time."""
        return set[str]().union(*(self.copy.by_member.get(ci_id, ()) for ci_id in ci_ids))

    async def groups_protecting(self, ci_ids: Collection[str]) -> set[str]:
        """Return the ids of the groups that protect any of the CIs, now or at another time."""
        return set[str]().union(*(self.copy.by_protected.get(ci_id, ()) for ci_id in ci_ids))

    async def groups(self, group_ids: Collection[str]) -> Sequence[RedundancyGroup]:
        """Return these groups with all their memberships."""
        return [self.copy.groups[group_id] for group_id in group_ids]

    def _holds(self, row: StatedRelation) -> bool:
        return row.valid_from <= self.as_of and (row.valid_to is None or self.as_of < row.valid_to)


class RememberedGraph:
    """The port `ImpactGraph` over the copy once it is loaded, over the tables until then."""

    def __init__(self, tables: SqlGraph, limits: ImpactLimits | None = None) -> None:
        self._tables, self._limits = tables, limits or ImpactLimits()
        self.name = tables.name
        self._copy: Copy | None = None
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Read every relation and group, a part at a time: seconds for hundreds of thousands, and nobody else waits."""
        async with self._turn:
            self._copy = await self._edited(Copy(), None)
        self.name = "memory"
        gc.freeze()  # what stays for good need not be looked through by every collection

    async def closure(self, seeds: Collection[str], *, as_of: datetime) -> Closure:
        """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
        copy = await self._current()
        if copy is None:
            return await self._tables.closure(seeds, as_of=as_of)
        return await traversal.closure(CopiedRows(copy, as_of), seeds, self._limits)

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        copy = await self._current()
        if copy is None:
            return await self._tables.upstream(ci_ids, as_of=as_of)
        return await traversal.upstream(CopiedRows(copy, as_of), ci_ids)

    async def _current(self) -> Copy | None:
        """Return the copy with everything in it that is committed by now; None before it is loaded."""
        if self._copy is None:
            return None
        async with self._turn:
            self._copy = await self._edited(self._copy, self._copy.position)
            return self._copy

    async def _edited(self, copy: Copy, since: int | None) -> Copy:
        edits = await self._tables.edits(since)
        return copy if edits is None else await asyncio.to_thread(copy.edited, edits)


def _reindexed(
    index: dict[str, tuple[StatedRelation, ...]],
    former: Iterable[StatedRelation],
    present: Iterable[StatedRelation],
    end: str,
) -> dict[str, tuple[StatedRelation, ...]]:
    gone = {row.id for row in former}
    changed: dict[str, list[StatedRelation]] = {}

    def rows_at(ci_id: str) -> list[StatedRelation]:
        if ci_id not in changed:
            changed[ci_id] = [row for row in index.get(ci_id, ()) if row.id not in gone]
        return changed[ci_id]

    for row in former:
        rows_at(getattr(row, end))
    for row in present:
        rows_at(getattr(row, end)).append(row)
    return index | {ci_id: tuple(rows) for ci_id, rows in changed.items()}


def _renamed(
    index: dict[str, frozenset[str]],
    former: Iterable[RedundancyGroup],
    present: Iterable[RedundancyGroup],
    part: str,
) -> dict[str, frozenset[str]]:
    changed: dict[str, set[str]] = {}
    for group in former:
        for row in getattr(group, part):
            changed.setdefault(row.ci_id, set(index.get(row.ci_id, ()))).discard(group.id)
    for group in present:
        for row in getattr(group, part):
            changed.setdefault(row.ci_id, set(index.get(row.ci_id, ()))).add(group.id)
    return index | {ci_id: frozenset(group_ids) for ci_id, group_ids in changed.items()}
