"""The graph that impact is computed on: edges from provider to dependent, and k-of-n groups (ENGINES 2.1, 2.2)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload


@dataclass(frozen=True, slots=True)
class ImpactEdge:
    """If `provider` fails, users of `dependent` notice to the degree `alpha`.

    `alpha` and `confidence` lie in [0, 1]. A hard edge alone takes the dependent down, whatever its alpha.
    """

    provider: str
    dependent: str
    alpha: float
    is_hard: bool
    confidence: float
    relation_id: str


@dataclass(frozen=True, slots=True)
class ImpactGroup:
    """`min_up` of `members` keep every CI in `protected` up.

    `members` is the full membership, also outside a fetched closure: a member that is not reached counts as up.
    `min_up` is the resolved count. `confidence` is the least over the memberships and the min_up; `is_assumed` says
    that nobody stated the min_up, `is_short` that it asks for more members than are left, so that it counts as "all".
    """

    id: str
    members: tuple[str, ...]
    protected: tuple[str, ...]
    alpha: float
    min_up: int
    confidence: float
    is_assumed: bool = False
    is_short: bool = False

    @property
    def losses_to_break(self) -> int:
        """How many members must fail before the protected CIs notice: `max(1, n - k + 1)`."""
        return max(1, len(self.members) - self.min_up + 1)


def resolved_min_up(stated: int, is_percent: bool, member_count: int) -> int:
    """Return how many of the members must stay up: the count, or `ceil(percent * n / 100)`; never more than there are.

    A stated count above the number of members left counts as "all" (ENGINES 2.1); `ImpactGroup.is_short` flags it.
    """
    wanted = -(-stated * member_count // 100) if is_percent else stated
    return min(wanted, member_count)


@dataclass(frozen=True, slots=True)
class ImpactLimits:
    """How far an assessment walks (ENGINES 2.2, limits): counts, never time, so that a busy machine changes nothing.

    `path_ids` bounds the ids on all witnesses together: a chain of tens of thousands of hops would fill the memory.
    """

    nodes: int = 50_000
    edges: int = 500_000
    path_ids: int = 10_000_000


class EdgesByProvider(Sequence[ImpactEdge]):
    """The edges that leave some CIs, kept by provider and read as one sequence.

    Ordered by provider, dependent and relation, given that the edges of one provider are. A graph that keeps its edges
    by provider answers with them as they are: nobody lists the hundred thousand of a large closure. `hard_dependents`
    are the dependents of hard edges, by provider, as far as they are known.
    """

    __slots__ = ("_count", "by_provider", "hard_dependents")

    def __init__(
        self,
        by_provider: Mapping[str, Sequence[ImpactEdge]],
        count: int,
        hard_dependents: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.by_provider = by_provider
        self.hard_dependents = hard_dependents
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ImpactEdge]:
        for provider in sorted(self.by_provider):
            yield from self.by_provider[provider]

    @overload
    def __getitem__(self, place: int) -> ImpactEdge: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[ImpactEdge]: ...

    def __getitem__(self, place: int | slice) -> ImpactEdge | Sequence[ImpactEdge]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """Which engine walked.

    `lacks_after` is the position of the log after which it lacks edits of the estate; None when it lacks none.
    """

    engine: str
    lacks_after: int | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """What the port `ImpactGraph.closure(seeds)` answers: all that a failure of the seeds might reach.

    `ids` are the seeds and every CI reachable over edges and group protection, whatever the min_up (over hard edges
    alone where no more was asked for); `edges` are the edges leaving these CIs; `groups` are those with a member among
    them, with their full membership. All come sorted. When `is_truncated`, the bounds were passed, the rest is
    incomplete and must not be scored. `answered_by` is said where there is a choice of engines; it is no part of the
    answer.
    """

    ids: tuple[str, ...]
    edges: Sequence[ImpactEdge]
    groups: tuple[ImpactGroup, ...]
    is_truncated: bool = False
    answered_by: AnsweredBy | None = field(default=None, compare=False)


class Topology:
    """Edges and groups indexed for the sweeps; built once, never changed. The order they come in changes no answer."""

    __slots__ = ("_hard_dependents", "edges_from", "groups", "groups_of_member", "is_truncated")

    def __init__(self, edges: Iterable[ImpactEdge], groups: Iterable[ImpactGroup], is_truncated: bool = False) -> None:
        self._hard_dependents: dict[str, tuple[str, ...]] = {}
        if isinstance(edges, EdgesByProvider):
            self.edges_from = edges.by_provider
            self._hard_dependents.update(edges.hard_dependents)
        else:
            self.edges_from = _by_provider(edges)
        self.groups: Mapping[str, ImpactGroup] = {group.id: group for group in groups}
        self.groups_of_member: dict[str, list[ImpactGroup]] = {}
        for group in self.groups.values():
            for member in group.members:
                self.groups_of_member.setdefault(member, []).append(group)
        self.is_truncated = is_truncated

    @classmethod
    def of(cls, closure: Closure) -> "Topology":
        """Return the indexed form of a fetched closure."""
        return cls(closure.edges, closure.groups, closure.is_truncated)

    def joined(self, other: "Topology") -> "Topology":
        """Return both in one; each must hold all the edges that leave a CI of which it holds any, as closures do."""
        edges_from = {**self.edges_from, **other.edges_from}
        hard_dependents = self._hard_dependents | other._hard_dependents
        edges = EdgesByProvider(edges_from, sum(map(len, edges_from.values())), hard_dependents)
        groups = {**self.groups, **other.groups}
        return Topology(edges, groups.values(), self.is_truncated or other.is_truncated)

    def hard_dependents(self, ci_id: str) -> tuple[str, ...]:
        """Return the CIs that a failure of this one alone takes down, repeated where several edges lead there."""
        known = self._hard_dependents.get(ci_id)
        if known is None:
            known = tuple(edge.dependent for edge in self.edges_from.get(ci_id, ()) if edge.is_hard)
            self._hard_dependents[ci_id] = known
        return known

    def groups_touched(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the ids of the groups that have a member among `ids`."""
        return frozenset(group.id for ci_id in ids for group in self.groups_of_member.get(ci_id, ()))

    def next_to(self, ci_id: str, *, hard_only: bool = False) -> Iterable[str]:
        """Yield the CIs one edge or one group protection away from `ci_id`, repeated where several lead there."""
        for edge in self.edges_from.get(ci_id, ()):
            if edge.is_hard or not hard_only:
                yield edge.dependent
        for group in self.groups_of_member.get(ci_id, ()):
            yield from group.protected


def _by_provider(edges: Iterable[ImpactEdge]) -> Mapping[str, Sequence[ImpactEdge]]:
    edges_from: dict[str, list[ImpactEdge]] = {}
    for edge in edges:
        edges_from.setdefault(edge.provider, []).append(edge)
    return edges_from


@dataclass(frozen=True, slots=True)
class Reach:
    """The CIs a walk met, how many edges leave them, and whether it stopped because a limit was passed."""

    ids: frozenset[str]
    edge_count: int
    is_truncated: bool


def reach_of(
    topology: Topology, seeds: Collection[str], limits: ImpactLimits | None = None, *, hard_only: bool = False
) -> Reach:
    """Walk level by level from the seeds, over hard edges alone if asked; past a limit stop after that level.

    Whole levels make the counts of a truncated walk the same in every order of evaluation.
    """
    bounds = limits or ImpactLimits()
    reached = set(seeds)
    level: Sequence[str] = tuple(reached)
    edge_count = 0
    while level:
        edge_count += sum(len(topology.edges_from.get(ci_id, ())) for ci_id in level)
        if len(reached) > bounds.nodes or edge_count > bounds.edges:
            return Reach(frozenset(reached), edge_count, is_truncated=True)
        level = tuple({near for ci_id in level for near in topology.next_to(ci_id, hard_only=hard_only)} - reached)
        reached.update(level)
    return Reach(frozenset(reached), edge_count, topology.is_truncated)


def closure_of(
    topology: Topology, seeds: Collection[str], limits: ImpactLimits | None = None, *, hard_only: bool = False
) -> Closure:
    """Return the closure of the seeds: the in-memory reference of the port `ImpactGraph` (ENGINES 2.4)."""
    reach = reach_of(topology, seeds, limits, hard_only=hard_only)
    ids = tuple(sorted(reach.ids))
    edges = (edge for ci_id in ids for edge in topology.edges_from.get(ci_id, ()))
    return Closure(
        ids=ids,
        edges=tuple(sorted(edges, key=lambda edge: (edge.provider, edge.dependent, edge.relation_id))),
        groups=tuple(topology.groups[group_id] for group_id in sorted(topology.groups_touched(ids))),
        is_truncated=reach.is_truncated,
    )
