"""The whole estate in memory: the port `ImpactGraph` without a database, and plain breadth-first search over it."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from domain.ci.derivation import derive_impacts
from domain.ci.model import RedundancyGroup, RedundancyMember, RedundancyProtected, Relation
from domain.ci.topology import Closure, Topology, closure_of
from domain.store.tables.configuration import redundancy_group, redundancy_member, redundancy_protected, relation


class MemoryGraph:
    """Answers from one topology; `neighbours` is the same as bare lists of ids."""

    name = "memory"

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.neighbours = {ci_id: tuple(set(topology.next_to(ci_id))) for ci_id in _providers(topology)}

    @classmethod
    def of(cls, path: Path, as_of: datetime) -> "MemoryGraph":
        """Return the graph of a database file."""
        engine = sa.create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            relations = connection.execute(sa.select(relation)).all()
            groups = {
                row.id: RedundancyGroup(**row._mapping) for row in connection.execute(sa.select(redundancy_group))
            }
            for row in connection.execute(sa.select(redundancy_member)):
                groups[row.group_id].members.append(RedundancyMember(**row._mapping))
            for row in connection.execute(sa.select(redundancy_protected)):
                groups[row.group_id].protected.append(RedundancyProtected(**row._mapping))
        engine.dispose()
        return cls(derive_impacts(cast(list[Relation], relations), groups.values(), as_of).topology())

    async def closure(
        self,
        seeds: Collection[str],
        *,
        as_of: datetime,  # noqa: ARG002 - one instant only
        hard_only: bool = False,
    ) -> Closure:
        return closure_of(self.topology, seeds, hard_only=hard_only)

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:  # noqa: ARG002 - as above
        above: dict[str, list[str]] = {}
        for ci_id, near in self.neighbours.items():
            for dependent in near:
                above.setdefault(dependent, []).append(ci_id)
        return frozenset(_reached(above, ci_ids))

    def breadth_first(self, seeds: Collection[str]) -> set[str]:
        """Return what is reachable: the least any impact analysis must walk."""
        return _reached(self.neighbours, seeds)


def _providers(topology: Topology) -> set[str]:
    return topology.edges_from.keys() | topology.groups_of_member.keys()


def _reached(neighbours: Mapping[str, Sequence[str]], seeds: Collection[str]) -> set[str]:
    reached, frontier = set(seeds), deque(seeds)
    while frontier:
        for near in neighbours.get(frontier.popleft(), ()):
            if near not in reached:
                reached.add(near)
                frontier.append(near)
    return reached
