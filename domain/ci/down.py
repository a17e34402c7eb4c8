"""What is down, a Boolean question with a fast answer (ENGINES 2.2, 3.5): conflict detection asks it many times."""

from collections.abc import Collection, Sequence
from itertools import product

from domain.ci.topology import Topology


def down_set(topology: Topology, seeds: Collection[str]) -> frozenset[str]:
    """Return every CI that is down when the seeds are: over hard edges, and by groups with too few members left."""
    down = set(seeds)
    frontier = list(down)
    losses: dict[str, int] = {}
    while frontier:
        lost = frontier.pop()
        for dependent in topology.hard_dependents(lost):
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
