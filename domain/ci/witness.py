"""Witnesses, the paths that explain an impact, and the search that settles them best first (ENGINES 2.2).

The order is total: greatest q, then fewest hops, then the smallest sequence of ids. A witness extends the witness of
the CI before it, so witnesses form a tree, and two of them are compared without ever being written out.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from heapq import heappop, heappush

from domain.ci.topology import ImpactEdge, ImpactGroup, Topology

Link = ImpactEdge | ImpactGroup


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """The best path to one CI: the CI, its degree, and the witness it extends by `link` (both None on the first CI).

    `group` is the last group passed and `confidence` the least over the links. `jump` skips far back towards the first
    CI, always equally far at equal hops, so that the place where two paths part is found in logarithmic time.
    """

    ci_id: str
    q: float
    hops: int
    previous: "Witness | None"
    link: Link | None
    group: ImpactGroup | None
    confidence: float
    jump: "Witness | None" = field(repr=False)

    @classmethod
    def first(cls, ci_id: str) -> "Witness":
        """Return the witness of a CI that itself fails."""
        return cls(ci_id, 1.0, 0, None, None, None, 1.0, None)

    def extended(self, ci_id: str, q: float, link: Link) -> "Witness":
        """Return the witness one hop further, over `link`."""
        group = link if isinstance(link, ImpactGroup) else self.group
        return Witness(ci_id, q, self.hops + 1, self, link, group, min(self.confidence, link.confidence), self._skip())

    def _skip(self) -> "Witness":
        """Return the jump of a witness that extends this one (Myers, an applicative random-access stack)."""
        near = self.jump
        if near is None or near.jump is None or self.hops - near.hops != near.hops - near.jump.hops:
            return self
        return near.jump

    def chain(self) -> list["Witness"]:
        """Return the witnesses of the CIs on the path, the first CI first."""
        chain = []
        at: Witness | None = self
        while at is not None:
            chain.append(at)
            at = at.previous
        chain.reverse()
        return chain

    def path(self) -> tuple[str, ...]:
        """Return the ids from the first CI to this one."""
        return tuple([witness.ci_id for witness in self.chain()])

    def precedes(self, other: "Witness") -> bool:
        """Whether this one is the better, both being of one search."""
        if (self.q, -self.hops) != (other.q, -other.hops):
            return (self.q, -self.hops) > (other.q, -other.hops)
        return self is not other and _parts_smaller(self, other)


def _parts_smaller(left: Witness, right: Witness) -> bool:
    """Whether, of two different witnesses with equal hops, the left has the smaller id where the two paths part."""
    while left.previous is not None and right.previous is not None and left.previous is not right.previous:
        left_jump, right_jump = left.jump, right.jump
        if left_jump is None or right_jump is None or left_jump is right_jump:
            left, right = left.previous, right.previous
        else:
            left, right = left_jump, right_jump
    return left.ci_id < right.ci_id


def _compare(left: Witness, right: Witness) -> int:
    if left is right:
        return 0
    return -1 if left.precedes(right) else 1


in_witness_order = cmp_to_key(_compare)

Offers = dict[str, tuple[Witness, Link]]


def _link_rank(link: Link) -> tuple[int, float, str]:
    """Return the order of parallel links with one path and one q: relations first, the better believed first."""
    if isinstance(link, ImpactEdge):
        return (1, -link.confidence, link.relation_id)
    return (2, -link.confidence, link.id)


class WitnessSearch:
    """Dijkstra by levels of equal (q, hops): offers lie in the bucket of their level, a heap orders the levels.

    Every extension adds a hop and never raises q, so a level is complete when it is the best one left. Among offers to
    one CI on one level the smallest path wins; no path is built to find out.
    """

    def __init__(self, seeds: Collection[str] = ()) -> None:
        self._first_level = [Witness.first(seed) for seed in set(seeds)]
        self.settled: dict[str, Witness] = {witness.ci_id: witness for witness in self._first_level}
        self._heap: list[tuple[float, int]] = []
        self._offers: dict[tuple[float, int], Offers] = {}

    def level(self, q: float, hops: int) -> Offers:
        """Return the open offers with this degree and these hops, to be filled by `propose`."""
        rank = (-q, hops)
        offers = self._offers.get(rank)
        if offers is None:
            offers = self._offers[rank] = {}
            heappush(self._heap, rank)
        return offers

    def offer(self, ci_id: str, q: float, previous: Witness, link: Link) -> None:
        """Propose to reach `ci_id` with degree `q` from `previous` over `link`; a better offer prevails."""
        if ci_id not in self.settled:
            propose(self.level(q, previous.hops + 1), ci_id, previous, link)

    def settle_next(self) -> list[Witness]:
        """Return the witnesses of the best level left, the seeds' first; an empty list when nothing is left."""
        level, self._first_level = self._first_level, []
        while self._heap and not level:
            rank = heappop(self._heap)
            for ci_id, (previous, link) in self._offers.pop(rank).items():
                if ci_id not in self.settled:
                    self.settled[ci_id] = previous.extended(ci_id, -rank[0], link)
                    level.append(self.settled[ci_id])
        return level


def propose(level: Offers, ci_id: str, previous: Witness, link: Link) -> None:
    """Put an offer on its level unless the one there has the smaller path, or the same path and the better link."""
    rival = level.get(ci_id)
    if rival is None:
        level[ci_id] = (previous, link)
    elif previous is rival[0]:
        if _link_rank(link) < _link_rank(rival[1]):
            level[ci_id] = (previous, link)
    elif _parts_smaller(previous, rival[0]):
        level[ci_id] = (previous, link)


class GroupTally:
    """Counts the members of each group as they fail, best witness first, and tells which failure breaks the group."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._losses: dict[str, int] = {}

    def broken_by(self, level: Iterable[Witness]) -> list[tuple[ImpactGroup, Witness]]:
        """Return the groups that break on this level, each with the witness of the member that breaks it (the m-th)."""
        arrivals: dict[str, list[Witness]] = {}
        for witness in level:
            for group in self._topology.groups_of_member.get(witness.ci_id, ()):
                arrivals.setdefault(group.id, []).append(witness)
        broken = []
        for group_id, arrived in arrivals.items():
            group, lost = self._topology.groups[group_id], self._losses.get(group_id, 0)
            self._losses[group_id] = lost + len(arrived)
            if lost < group.losses_to_break <= lost + len(arrived):
                broken.append((group, _nth(arrived, group.losses_to_break - lost)))
        return broken


def _nth(witnesses: Sequence[Witness], place: int) -> Witness:
    """Return the witness at `place`, counted from 1, in witness order."""
    return witnesses[0] if len(witnesses) == 1 else sorted(witnesses, key=in_witness_order)[place - 1]
