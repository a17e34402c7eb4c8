"""What is down, a Boolean question with a fast answer (ENGINES 2.2, 3.5): conflict detection asks it many times."""

from collections.abc import Collection, Mapping, Sequence
from itertools import product

from domain.ci.topology import Topology


def down_set(topology: Topology, seeds: Collection[str]) -> frozenset[str]:
    """Return every CI that is down when the seeds are: over hard edges, and by groups with too few members left."""
    return frozenset(_fallen(topology, seeds, frozenset(), {}))


class StandingOutage:
    """What is down already, looked at once, so that what falls on top of it is found without walking it again."""

    __slots__ = ("_losses", "_topology", "down")

    def __init__(self, topology: Topology, seeds: Collection[str]) -> None:
        self._topology = topology
        self.down = down_set(topology, seeds)
        self._losses: dict[str, int] = {}
        for ci_id in self.down:
            for group in topology.groups_of_member.get(ci_id, ()):
                self._losses[group.id] = self._losses.get(group.id, 0) + 1

    def lost_besides(self, seeds: Collection[str]) -> frozenset[str]:
        """Return what is down only because the seeds are too."""
        return frozenset(_fallen(self._topology, seeds, self.down, self._losses))

    def members_lost(self, group_id: str) -> int:
        """Return how many members of the group are down already."""
        return self._losses.get(group_id, 0)


def _fallen(
    topology: Topology, seeds: Collection[str], already: frozenset[str], already_lost: Mapping[str, int]
) -> set[str]:
    """Return what falls with the seeds beside what is down already, of which each group has lost so many members."""
    fallen = {seed for seed in seeds if seed not in already}
    frontier = list(fallen)
    losses: dict[str, int] = {}
    while frontier:
        lost = frontier.pop()
        for dependent in topology.hard_dependents(lost):
            if dependent not in fallen and dependent not in already:
                fallen.add(dependent)
                frontier.append(dependent)
        for group in topology.groups_of_member.get(lost, ()):
            count = losses[group.id] = losses.get(group.id, 0) + 1
            if count + already_lost.get(group.id, 0) == group.losses_to_break:
                newly = {ci_id for ci_id in group.protected if ci_id not in fallen and ci_id not in already}
                fallen |= newly
                frontier.extend(newly)
    return fallen


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
