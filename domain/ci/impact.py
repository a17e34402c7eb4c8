"""What a failure of some CIs does to everything that stands on them (ENGINES 2.2).

Three sweeps per set of CIs that fail together: down (Boolean), degree, and thin redundancy. A rolling change is the
worst of its steps, never their sum; what is already down fails with every step, and is compared with failing alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from domain.ci.down import down_set, joint_down_set, rolling_down_set
from domain.ci.failure import NOTHING_FAILS, Failure, failure_of, worst_of
from domain.ci.topology import ImpactEdge, ImpactGroup, ImpactLimits, Topology, reach_of
from domain.ci.witness import Witness
from domain.kernel.errors import InvalidInput

__all__ = [
    "EPSILON",
    "Impact",
    "ImpactState",
    "ImpactedCi",
    "LinkKind",
    "assess_impact",
    "down_set",
    "joint_down_set",
    "rolling_down_set",
]

EPSILON = 0.05


class ImpactState(StrEnum):
    """What people are told about an impacted CI, gravest first."""

    DOWN = "DOWN"
    DEGRADED = "DEGRADED"
    AT_RISK = "AT_RISK"


_GRAVITY: Mapping[ImpactState | None, int] = {
    None: 0,
    ImpactState.AT_RISK: 1,
    ImpactState.DEGRADED: 2,
    ImpactState.DOWN: 3,
}


class LinkKind(StrEnum):
    """How the last hop of a witness arrives: over a relation, or through a redundancy group."""

    EDGE = "EDGE"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True)
class ImpactedCi:
    """One CI that the targets impact; a target itself is DOWN with q 1 and distance 0.

    `q` in [0, 1] is the degree from the targets alone, `q_in_context` with what is already down failing too; either
    is 0.0 below epsilon unless the CI is down. `state` is what the targets bring about given what is already down.
    `path` is the witness from a target to this CI (where the targets alone do nothing to it, it may start at a CI that
    was already down), `distance` its hops, `link_kind` how its last hop arrives (None on the first CI). `group_id` is
    the last group on the witness, with its members up before and after; where the witness passes no group, the one that
    leaves the CI without a spare. `confidence` is the least on the witness, groups passed included.
    """

    id: str
    q: float
    q_in_context: float
    state: ImpactState
    distance: int
    path: tuple[str, ...]
    link_kind: LinkKind | None
    group_id: str | None
    redundancy_before: int | None
    redundancy_after: int | None
    has_no_spare: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Impact:
    """What a set of targets impacts, by CI id in ascending order; empty when truncated, which must never look safe.

    `reached_nodes` and `reached_edges` count the CIs that are down or at epsilon and the edges leaving them; when
    truncated, those walked when a limit was passed.
    """

    targets: tuple[str, ...]
    truncated: bool
    reached_nodes: int
    reached_edges: int
    impacted: Mapping[str, ImpactedCi]


def assess_impact(
    topology: Topology,
    steps: Sequence[Collection[str]],
    already_down: Collection[str] = (),
    epsilon: float = EPSILON,
    limits: ImpactLimits | None = None,
    *,
    checkpoint: Callable[[], None] = lambda: None,
) -> Impact:
    """Return what is impacted when the targets of each step fail, one step after the other.

    The targets of one step fail together, those of different steps never do (a rolling change). The topology must hold
    the closure of the targets and of `already_down`. `checkpoint` is called often and may raise, e.g. `TooLarge` past a
    time budget: there is no partial answer. An epsilon outside (0, 1] is `InvalidInput`.
    """
    if not 0.0 < epsilon <= 1.0:
        raise InvalidInput.at("epsilon", "must be above 0 and at most 1")
    bounds = limits or ImpactLimits()
    targets = tuple(sorted({target for step in steps for target in step}))
    if topology.is_truncated:
        reach = reach_of(topology, targets, bounds)
        return Impact(targets, True, len(reach.ids), reach.edge_count, {})
    try:
        comparison = _compare(topology, steps, frozenset(already_down), _Walk(epsilon, bounds, checkpoint))
    except _PastLimitError as past:
        return Impact(targets, True, past.nodes, past.edges, {})
    walked = comparison.alone.degrees
    edge_count = sum(len(topology.edges_from.get(ci_id, ())) for ci_id in walked)
    found = sorted(comparison.found(), key=itemgetter(0))
    if sum(witness.hops + 1 for _, _, witness in found) > bounds.path_ids:
        return Impact(targets, True, len(walked), edge_count, {})
    impacted = {ci_id: comparison.impacted(ci_id, state, witness) for ci_id, state, witness in found}
    return Impact(targets, False, len(walked), edge_count, impacted)


class _PastLimitError(Exception):
    """A walk met more than may be walked: how many CIs and edges, counted by whole levels."""

    def __init__(self, nodes: int, edges: int) -> None:
        super().__init__(f"{nodes} configuration items, {edges} edges")
        self.nodes, self.edges = nodes, edges


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far to walk, and whom to ask on the way whether to go on."""

    epsilon: float
    limits: ImpactLimits
    checkpoint: Callable[[], None]

    def bounded(self, nodes: int, edges: int) -> None:
        self.checkpoint()
        if nodes > self.limits.nodes or edges > self.limits.edges:
            raise _PastLimitError(nodes, edges)

    def unbounded(self, _nodes: int, _edges: int) -> None:
        self.checkpoint()


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The targets failing alone, what is already down failing alone (`base`), and both together (`context`)."""

    alone: Failure
    base: Failure
    context: Failure
    step_downs: Sequence[frozenset[str]]

    def found(self) -> Iterator[tuple[str, ImpactState, Witness]]:
        """Yield what the targets impact alone or make worse than it already is: the state they bring about, and why.

        The witness is that of the targets alone where there is one, else that with what is already down.
        """
        for ci_id in {*self.alone.degrees, *self.alone.thin, *self.context.degrees, *self.context.thin}:
            in_alone, in_context = _state(self.alone, ci_id), _state(self.context, ci_id)
            is_graver = _GRAVITY[in_context] > _GRAVITY[_state(self.base, ci_id)]
            state = in_context if in_alone is None or is_graver else in_alone
            witness = self.alone.witness(ci_id) or self.context.witness(ci_id)
            is_touched = in_alone is not None or is_graver or self.context.q(ci_id) > self.base.q(ci_id)
            if is_touched and state is not None and witness is not None:
                yield ci_id, state, witness

    def impacted(self, ci_id: str, state: ImpactState, witness: Witness) -> ImpactedCi:
        """Return the record people read."""
        thin = None if state is ImpactState.DOWN else self.context.thin.get(ci_id) or self.alone.thin.get(ci_id)
        group = witness.group or (thin.group if thin else None)
        return ImpactedCi(
            id=ci_id,
            q=self.alone.q(ci_id),
            q_in_context=self.context.q(ci_id),
            state=state,
            distance=witness.hops,
            path=witness.path(),
            link_kind=_kind_of(witness),
            group_id=group.id if group else None,
            redundancy_before=_members_up(group, self.base.down) if group else None,
            redundancy_after=min(_members_up(group, down) for down in self.step_downs) if group else None,
            has_no_spare=thin is not None,
            confidence=witness.confidence,
        )


def _compare(
    topology: Topology, steps: Sequence[Collection[str]], already_down: frozenset[str], walk: _Walk
) -> _Comparison:
    """Sweep each step alone, and with what is already down; limits hold for the targets' own reach only."""
    seeds = sorted({frozenset(step) for step in steps if step}, key=sorted)
    if not seeds:
        return _Comparison(NOTHING_FAILS, NOTHING_FAILS, NOTHING_FAILS, ())
    alone = [failure_of(topology, step, walk.epsilon, walk.bounded) for step in seeds]
    base, context = NOTHING_FAILS, alone
    if already_down:
        base = failure_of(topology, already_down, walk.epsilon, walk.unbounded)
        context = [failure_of(topology, step | already_down, walk.epsilon, walk.unbounded) for step in seeds]
    return _Comparison(worst_of(alone), base, worst_of(context), [failure.down for failure in context])


def _state(failure: Failure, ci_id: str) -> ImpactState | None:
    if ci_id in failure.down:
        return ImpactState.DOWN
    if ci_id in failure.degrees:
        return ImpactState.DEGRADED
    return ImpactState.AT_RISK if ci_id in failure.thin else None


def _kind_of(witness: Witness) -> LinkKind | None:
    if witness.link is None:
        return None
    return LinkKind.EDGE if isinstance(witness.link, ImpactEdge) else LinkKind.GROUP


def _members_up(group: ImpactGroup, down: frozenset[str]) -> int:
    return sum(member not in down for member in group.members)
