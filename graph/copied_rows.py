"""A copy of relations and redundancy groups in memory, and what the walk asks of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from domain.ci.model import RedundancyGroup, Relation
from domain.ci.relations import RelationType
from graph.sql_graph import Edits
from graph.traversal import MEMBERSHIP, NO_TYPE, StatedRelation


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

    def names(self, ci_id: str) -> bool:
        """Whether any relation or group is about the CI."""
        return ci_id in self.from_source or ci_id in self.to_target or ci_id in self.by_member

    @property
    def ci_ids(self) -> set[str]:
        """Every CI that a relation or a group names."""
        return {*self.from_source, *self.to_target, *self.by_member, *self.by_protected}

    def moved_by(self, relations: Iterable[StatedRelation], groups: Iterable[RedundancyGroup]) -> set[str]:
        """Return the CIs that other edges or groups may leave than before, now that these are as they are here.

        Those are the ends of a relation; and where a cluster gains or loses a member or somebody to speak for it, the
        members of the cluster and of whatever protects it. Memberships of all times count: too many CIs do no harm.
        """
        moved: set[str] = set()
        clusters: set[str] = set()
        for row in relations:
            moved.update((row.source_id, row.target_id))
            if row.type in MEMBERSHIP:
                clusters.add(row.target_id)
        for group in groups:
            moved.update(member.ci_id for member in group.members)
            clusters.update(protected.ci_id for protected in group.protected)
        speakers = {group_id for cluster in clusters for group_id in self.by_protected.get(cluster, ())}
        for group_id in speakers:
            moved.update(member.ci_id for member in self.groups[group_id].members)
            clusters.update(protected.ci_id for protected in self.groups[group_id].protected)
        for cluster in clusters:
            moved.update(row.source_id for row in self.to_target.get(cluster, ()) if row.type in MEMBERSHIP)
        return moved


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
