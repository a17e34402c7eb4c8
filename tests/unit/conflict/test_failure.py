"""What fails together is found from a part of the estate: what hard edges reach, and what is at stake behind groups."""

import random
from collections.abc import Callable

from domain.ci.down import down_set
from domain.ci.topology import Topology, closure_of, reach_of
from domain.conflict.failure import FailureModel
from tests.unit.ci.impact_oracle import random_world


def test_losses_over_what_hard_edges_reach_are_those_over_everything(worlds: Callable[[int], int]) -> None:
    dice, joint = random.Random(12), 0
    for _ in range(worlds(5_000)):
        world = random_world(dice)
        whole = world.topology
        already_down = down_set(whole, world.some(dice, 1)) if dice.random() < 0.3 else frozenset[str]()
        outages = [world.some(dice, 2) for _ in range(dice.randrange(2, 5))]
        everyone = frozenset[str]().union(*outages)
        own = Topology.of(closure_of(whole, outages[0]))
        part = FailureModel(own.joined(Topology.of(closure_of(whole, everyone, hard_only=True))), already_down)
        entire = FailureModel(whole, already_down)
        for targets in (*outages, outages[0] | outages[1], everyone):
            assert part.loss(targets) == entire.loss(targets)
        alone = frozenset[str]().union(*(entire.loss(targets).lost for targets in outages))
        lost_together = entire.loss(everyone).lost - alone
        at_stake = part.at_stake(outages)
        assert at_stake == entire.at_stake(outages)
        assert lost_together <= reach_of(whole, at_stake).ids
        joint += bool(lost_together)
    assert joint, "no world lost anything to several outages together"
