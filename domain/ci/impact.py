"""What a failure of some CIs does to everything that stands on them (ENGINES 2.2).

Three sweeps per set of CIs that fail together: down (Boolean), degree, and thin redundancy. A rolling change is the
worst of its steps, never their sum; what is already down fails with every step, and is compared with failing alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from domain.ci.sweeps import degree_witnesses, thin_witnesses
from domain.ci.topology import ImpactEdge, ImpactGroup, ImpactLimits, Topology, reach_of
from domain.ci.witness import Witness, link_rank
from domain.kernel.errors import InvalidInput

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
    states = sorted(comparison.states())
    if sum(comparison.witness(ci_id).hops + 1 for ci_id, _ in states) > bounds.path_ids:
        return Impact(targets, True, len(walked), edge_count, {})
    impacted = {ci_id: comparison.impacted(ci_id, state) for ci_id, state in states}
    return Impact(targets, False, len(walked), edge_count, impacted)


def down_set(topology: Topology, seeds: Collection[str]) -> frozenset[str]:
    """Return every CI that is down when the seeds are: over hard edges, and by groups with too few members left."""
    down = set(seeds)
    frontier = list(down)
    losses: dict[str, int] = {}
    while frontier:
        lost = frontier.pop()
        for dependent in topology.hard_dependents.get(lost, ()):
            if dependent not in down:
                down.add(dependent)
                frontier.append(dependent)
        for group in topology.groups_of_member.get(lost, ()):
            losses[group.id] = losses.get(group.id, 0) + 1
            if losses[group.id] == group.losses_to_break:
                fallen = set(group.protected) - down
                down |= fallen
                frontier.extend(fallen)
    return frozenset(down)


def rolling_down_set(
    topology: Topology, steps: Sequence[Collection[str]], already_down: Collection[str] = ()
) -> frozenset[str]:
    """Return every CI that some single step takes down, together with what is already down (ENGINES 3.5)."""
    return joint_down_set(topology, [steps], already_down)


def joint_down_set(
    topology: Topology, changes: Sequence[Sequence[Collection[str]]], already_down: Collection[str] = ()
) -> frozenset[str]:
    """Return J: every CI down in some choice of one step per change, with what is already down (ENGINES 3.5).

    Steps contained in another step of the same change add nothing and are not tried.
    """
    choices = [_greatest([frozenset(step) for step in steps]) for steps in changes if steps]
    return frozenset().union(
        *(down_set(topology, frozenset(already_down).union(*choice)) for choice in product(*choices))
    )


def _greatest(steps: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    distinct = set(steps)
    return [step for step in distinct if not any(step < other for other in distinct)]


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
class _Failure:
    """What one set of CIs failing together does, or the worst of several that never fail together."""

    down: frozenset[str]
    degrees: Mapping[str, Witness]
    thin: Mapping[str, Witness]

    def q(self, ci_id: str) -> float:
        witness = self.degrees.get(ci_id)
        return 0.0 if witness is None else witness.q

    def state(self, ci_id: str) -> ImpactState | None:
        if ci_id in self.down:
            return ImpactState.DOWN
        if ci_id in self.degrees:
            return ImpactState.DEGRADED
        return ImpactState.AT_RISK if ci_id in self.thin else None


_NOTHING_FAILS = _Failure(frozenset(), {}, {})


def _failure_of(
    topology: Topology, seeds: Collection[str], epsilon: float, on_level: Callable[[int, int], None]
) -> _Failure:
    down = down_set(topology, seeds)
    degrees = degree_witnesses(topology, seeds, down, epsilon, on_level)
    return _Failure(down, degrees, thin_witnesses(topology, {ci_id: degrees[ci_id] for ci_id in down}))


def _worst_of(failures: Sequence[_Failure]) -> _Failure:
    if len(failures) == 1:
        return failures[0]
    down = frozenset().union(*(failure.down for failure in failures))
    thin = _best_witnesses([failure.thin for failure in failures])
    return _Failure(
        down=down,
        degrees=_best_witnesses([failure.degrees for failure in failures]),
        thin={ci_id: witness for ci_id, witness in thin.items() if ci_id not in down},
    )


def _best_witnesses(searches: Sequence[Mapping[str, Witness]]) -> dict[str, Witness]:
    """Return per CI the best witness over several searches."""
    best: dict[str, Witness] = {}
    for witnesses in searches:
        for ci_id, witness in witnesses.items():
            known = best.get(ci_id)
            if known is None or _is_better(witness, known):
                best[ci_id] = witness
    return best


def _is_better(left: Witness, right: Witness) -> bool:
    """Whether the left witness is the better, the two being of different searches; the last tie is on the links."""
    if (left.q, left.hops) != (right.q, right.hops):
        return (-left.q, left.hops) < (-right.q, right.hops)
    if left.path() != right.path():
        return left.path() < right.path()
    return [link_rank(at.link) for at in left.chain()] < [link_rank(at.link) for at in right.chain()]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The targets failing alone, what is already down failing alone (`base`), and both together (`context`)."""

    alone: _Failure
    base: _Failure
    context: _Failure
    step_downs: Sequence[frozenset[str]]

    def states(self) -> Iterator[tuple[str, ImpactState]]:
        """Yield what the targets impact alone or make worse than it already is, with the state they bring about."""
        for ci_id in {*self.alone.degrees, *self.alone.thin, *self.context.degrees, *self.context.thin}:
            in_alone, in_context = self.alone.state(ci_id), self.context.state(ci_id)
            is_graver = _GRAVITY[in_context] > _GRAVITY[self.base.state(ci_id)]
            state = in_context if in_alone is None or is_graver else in_alone
            is_touched = in_alone is not None or is_graver or self.context.q(ci_id) > self.base.q(ci_id)
            if state is not None and is_touched:
                yield ci_id, state

    def witness(self, ci_id: str) -> Witness:
        """Return the witness of the targets alone where there is one, else that with what is already down."""
        searches = (self.alone.degrees, self.alone.thin, self.context.degrees, self.context.thin)
        return next(witnesses[ci_id] for witnesses in searches if ci_id in witnesses)

    def impacted(self, ci_id: str, state: ImpactState) -> ImpactedCi:
        """Return the record people read."""
        witness = self.witness(ci_id)
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
        return _Comparison(_NOTHING_FAILS, _NOTHING_FAILS, _NOTHING_FAILS, ())
    alone = [_failure_of(topology, step, walk.epsilon, walk.bounded) for step in seeds]
    base, context = _NOTHING_FAILS, alone
    if already_down:
        base = _failure_of(topology, already_down, walk.epsilon, walk.unbounded)
        context = [_failure_of(topology, step | already_down, walk.epsilon, walk.unbounded) for step in seeds]
    return _Comparison(_worst_of(alone), base, _worst_of(context), [failure.down for failure in context])


def _kind_of(witness: Witness) -> LinkKind | None:
    if witness.link is None:
        return None
    return LinkKind.EDGE if isinstance(witness.link, ImpactEdge) else LinkKind.GROUP


def _members_up(group: ImpactGroup, down: frozenset[str]) -> int:
    return sum(member not in down for member in group.members)
