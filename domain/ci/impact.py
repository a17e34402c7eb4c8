"""What a failure of some CIs does to everything that stands on them (ENGINES 2.2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.ci.topology import ImpactLimits, Topology

EPSILON = 0.05


class ImpactState(StrEnum):
    """What people are told about an impacted CI, gravest first."""

    DOWN = "DOWN"
    DEGRADED = "DEGRADED"
    AT_RISK = "AT_RISK"


class LinkKind(StrEnum):
    """How the last hop of a witness arrives: over a relation, or through a redundancy group."""

    EDGE = "EDGE"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True)
class ImpactedCi:
    """One CI that the targets impact; a target itself is DOWN with q 1 and distance 0.

    `q` in [0, 1] is the degree from the targets alone, `q_in_context` with what is already down added as failed; either
    is 0.0 below epsilon unless the CI is down. `state` is what the targets bring about given what is already down.
    `path` is the witness from a target (or from a CI already down, where that is what used up the redundancy) to this
    CI, `distance` its hops, `link_kind` how its last hop arrives (None on the first CI). `group_id` is the last group on the
    witness, with its members up before and after; a CI that is thin (no spare) and whose witness passes no group names
    the group that thinned it. `confidence` is the least on the witness, groups passed included.
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

    `reached_nodes` and `reached_edges` count the closure of the targets, or what was walked when a limit was passed.
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
    checkpoint: Callable[[], None] | None = None,
) -> Impact:
    """Return what is impacted when the targets of each step fail, one step after the other.

    The targets of one step fail together, those of different steps never do (a rolling change). `checkpoint` is called
    often and may raise, e.g. `TooLarge` past a time budget: there is no partial answer.
    """
    raise NotImplementedError


def down_set(topology: Topology, seeds: Collection[str]) -> frozenset[str]:
    """Return every CI that is down when the seeds are: seeds, hard edges, and groups with too few members left."""
    raise NotImplementedError


def rolling_down_set(
    topology: Topology, steps: Sequence[Collection[str]], already_down: Collection[str] = ()
) -> frozenset[str]:
    """Return every CI that some single step takes down, with what is already down (ENGINES 3.5)."""
    raise NotImplementedError


def joint_down_set(
    topology: Topology, changes: Sequence[Sequence[Collection[str]]], already_down: Collection[str] = ()
) -> frozenset[str]:
    """Return J: every CI that is down in some choice of one step per change, with what is already down (ENGINES 3.5)."""
    raise NotImplementedError
