"""What fails when changes take their targets down together, with what is already down (ENGINES 3.3: fail and J).

`fail` is a closure, so everything two sets of targets take down together beyond what each takes down alone starts at
a redundancy group to which both cost members: that is what keeps the search for joint losses cheap.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from domain.ci.down import StandingOutage
from domain.ci.topology import Topology


@dataclass(frozen=True, slots=True)
class Loss:
    """What one set of targets costs: the CIs down because of it, and the members it takes from groups left standing.

    Neither counts what is down already without it. `spent` maps a group's id to the members lost.
    """

    lost: frozenset[str]
    spent: Mapping[str, frozenset[str]]


class FailureModel:
    """J over one topology and one set of CIs already down; answers are remembered, nothing else changes."""

    __slots__ = ("_losses", "_standing", "topology")

    def __init__(self, topology: Topology, already_down: Collection[str] = ()) -> None:
        self.topology = topology
        self._standing = StandingOutage(topology, already_down)
        self._losses: dict[frozenset[str], Loss] = {}

    @property
    def baseline(self) -> frozenset[str]:
        """J(∅): what is down already, with what that takes down."""
        return self._standing.down

    def loss(self, targets: frozenset[str]) -> Loss:
        """Return what the targets cost beyond what is down already: J(targets) without J(∅)."""
        known = self._losses.get(targets)
        if known is None:
            lost = self._standing.lost_besides(targets)
            known = self._losses[targets] = Loss(lost, self._spent(lost))
        return known

    def break_together(self, first: Loss, second: Loss) -> bool:
        """Whether the two break a group that neither breaks alone; if not, J of both is the union of the two."""
        fewer, more = sorted((first.spent, second.spent), key=len)
        return any(
            group_id in more
            and len(members | more[group_id]) >= self.still_to_lose(group_id)
            and any(ci_id not in first.lost and ci_id not in second.lost for ci_id in self.protected_by(group_id))
            for group_id, members in fewer.items()
        )

    def at_stake(self, outages: Iterable[frozenset[str]]) -> frozenset[str]:
        """Return what the groups protect that break if these sets of targets all fail, broken by none of some of them.

        Whatever several sets take down together beyond what each takes down alone lies among these CIs or behind them.
        """
        spent: dict[str, set[str]] = {}
        for targets in outages:
            for group_id, members in self.loss(targets).spent.items():
                spent.setdefault(group_id, set()).update(members)
        broken = [group_id for group_id, members in spent.items() if len(members) >= self.still_to_lose(group_id)]
        return frozenset(ci_id for group_id in broken for ci_id in self.protected_by(group_id))

    def still_to_lose(self, group_id: str) -> int:
        """Return how many more members must fail to break the group, given what is already down."""
        return self.topology.groups[group_id].losses_to_break - self._standing.members_lost(group_id)

    def protected_by(self, group_id: str) -> tuple[str, ...]:
        """Return the CIs that fail when the group breaks."""
        return self.topology.groups[group_id].protected

    def members_lost_above(self, ci_id: str, lost: frozenset[str]) -> tuple[str, ...]:
        """Return why a CI that no target takes down alone is down: the lost members of its broken group, then the CI.

        Where it hangs on another lost CI by a hard edge, only its own id is returned.
        """
        down = lost | self.baseline
        for group_id in sorted(self.topology.groups_touched(down)):
            group = self.topology.groups[group_id]
            gone = down.intersection(group.members)
            if ci_id in group.protected and len(gone) >= group.losses_to_break:
                return (*sorted(gone), ci_id)
        return (ci_id,)

    def _spent(self, lost: frozenset[str]) -> Mapping[str, frozenset[str]]:
        members: dict[str, set[str]] = {}
        for ci_id in lost:
            for group in self.topology.groups_of_member.get(ci_id, ()):
                members.setdefault(group.id, set()).add(ci_id)
        return {
            group_id: frozenset(gone) for group_id, gone in members.items() if len(gone) < self.still_to_lose(group_id)
        }
