"""Impact in examples people know: a pair of databases, a rolling patch, an outage that already used up the spare."""

from itertools import pairwise

import pytest

from domain.ci.impact import (
    ImpactedCi,
    ImpactState,
    LinkKind,
    assess_impact,
    down_set,
    joint_down_set,
    rolling_down_set,
)
from domain.ci.topology import ImpactEdge, ImpactGroup, ImpactLimits, Topology
from domain.ci.witness import Witness
from domain.kernel.errors import InvalidInput, TooLarge


def hard(path: str, alpha: float = 0.9, confidence: float = 1.0) -> list[ImpactEdge]:
    """Return the hard edges along a path, e.g. `db app web`: app depends on db, web on app."""
    ids = path.split()
    return [ImpactEdge(one, two, alpha, True, confidence, f"{one}>{two}") for one, two in pairwise(ids)]


def soft(path: str, alpha: float = 0.4, confidence: float = 1.0) -> list[ImpactEdge]:
    """Return the soft edges along a path."""
    return [
        ImpactEdge(edge.provider, edge.dependent, alpha, False, confidence, edge.relation_id) for edge in hard(path)
    ]


def group(group_id: str, members: str, protected: str, min_up: int = 1, confidence: float = 1.0) -> ImpactGroup:
    return ImpactGroup(group_id, tuple(members.split()), tuple(protected.split()), 1.0, min_up, confidence)


PAIR = Topology(hard("database shop"), [group("pair", "db1 db2", "database")])


def impacted_by(topology: Topology, *steps: str, already_down: str = "") -> dict[str, ImpactedCi]:
    """Return what the steps impact, each step a space-separated list of targets."""
    return dict(assess_impact(topology, [step.split() for step in steps], already_down.split()).impacted)


def states(impacted: dict[str, ImpactedCi]) -> dict[str, str]:
    return {ci_id: found.state.value for ci_id, found in impacted.items()}


def test_a_target_is_down_with_full_degree_and_an_empty_way() -> None:
    target = impacted_by(Topology([], []), "db1")["db1"]
    assert (target.state, target.q, target.distance, target.path) == (ImpactState.DOWN, 1.0, 0, ("db1",))
    assert (target.link_kind, target.group_id, target.confidence) == (None, None, 1.0)


def test_half_a_database_pair_leaves_the_shop_without_a_spare() -> None:
    impacted = impacted_by(PAIR, "db1")
    assert states(impacted) == {"db1": "DOWN", "database": "AT_RISK", "shop": "AT_RISK"}
    database, shop = impacted["database"], impacted["shop"]
    assert (database.redundancy_before, database.redundancy_after, database.has_no_spare) == (2, 1, True)
    assert (database.link_kind, database.group_id, database.q) == (LinkKind.GROUP, "pair", 0.0)
    assert (shop.link_kind, shop.path, shop.distance) == (LinkKind.EDGE, ("db1", "database", "shop"), 2)
    assert (shop.group_id, shop.redundancy_before, shop.redundancy_after) == ("pair", 2, 1)


def test_both_of_a_pair_at_once_take_the_shop_down() -> None:
    impacted = impacted_by(PAIR, "db1 db2")
    assert states(impacted) == {"db1": "DOWN", "db2": "DOWN", "database": "DOWN", "shop": "DOWN"}
    assert impacted["shop"].q == 0.9
    assert impacted["shop"].path == ("db2", "database", "shop"), "the second of two equal losses breaks the pair"
    assert (impacted["shop"].redundancy_after, impacted["shop"].has_no_spare) == (0, False)


def test_one_of_a_pair_after_the_other_only_thins_it() -> None:
    impacted = impacted_by(PAIR, "db1", "db2")
    assert states(impacted) == {"db1": "DOWN", "db2": "DOWN", "database": "AT_RISK", "shop": "AT_RISK"}
    assert impacted["database"].redundancy_after == 1


def test_the_last_of_a_pair_takes_the_shop_down_when_the_other_is_lost_already() -> None:
    impacted = impacted_by(PAIR, "db1", already_down="db2")
    assert states(impacted) == {"db1": "DOWN", "database": "DOWN", "shop": "DOWN"}
    shop = impacted["shop"]
    assert (shop.q, shop.q_in_context) == (0.0, 0.9)
    assert (shop.path, shop.redundancy_before, shop.redundancy_after) == (("db1", "database", "shop"), 1, 0)


def test_what_is_down_for_other_reasons_is_not_blamed_on_the_targets() -> None:
    topology = Topology([*hard("storage mail"), *soft("printer mail"), *hard("printer desk")], [])
    impacted = impacted_by(topology, "printer", already_down="storage")
    assert states(impacted) == {"printer": "DOWN", "desk": "DOWN", "mail": "DEGRADED"}
    assert (impacted["mail"].q, impacted["mail"].q_in_context) == (0.4, 0.9)


def test_a_spare_that_is_lost_already_lets_a_small_degradation_through() -> None:
    topology = Topology([*soft("feed m1", alpha=0.8), *soft("m2 shop", alpha=0.4)], [group("pair", "m1 m2", "shop")])
    impacted = impacted_by(topology, "feed", already_down="m2")
    assert states(impacted) == {"feed": "DOWN", "m1": "DEGRADED", "shop": "DEGRADED"}
    assert (impacted["shop"].q, impacted["shop"].q_in_context) == (0.0, 0.8)
    assert "shop" not in impacted_by(topology, "feed")


def test_a_spare_that_is_lost_already_is_told_of_what_is_degraded_otherwise() -> None:
    topology = Topology(soft("feed shop"), [group("pair", "m1 m2", "shop")])
    shop = impacted_by(topology, "feed", already_down="m2")["shop"]
    assert (shop.state, shop.has_no_spare, shop.group_id) == (ImpactState.DEGRADED, True, "pair")
    assert (shop.redundancy_before, shop.redundancy_after) == (1, 1)


def test_a_soft_relation_degrades_and_never_takes_down() -> None:
    assert states(impacted_by(Topology(soft("feed report", alpha=1.0), []), "feed"))["report"] == "DEGRADED"


def test_degrees_multiply_along_a_way_and_the_strongest_way_counts() -> None:
    topology = Topology([*soft("a b c", alpha=0.5), *soft("a c", alpha=0.3)], [])
    c = impacted_by(topology, "a")["c"]
    assert (c.q, c.path) == (0.3, ("a", "c"))


def test_what_falls_below_epsilon_is_left_out_and_carries_nothing_on() -> None:
    assert set(impacted_by(Topology(soft("a b c d e", alpha=0.4), []), "a")) == {"a", "b", "c", "d"}
    assert set(assess_impact(Topology(soft("a b c", alpha=0.4), []), [["a"]], epsilon=0.4).impacted) == {"a", "b"}


def test_down_is_not_lost_below_epsilon() -> None:
    topology = Topology([*hard("a b c d", alpha=0.2), *hard("d e", alpha=1.0)], [])
    impacted = impacted_by(topology, "a")
    assert set(states(impacted).values()) == {"DOWN"}
    assert impacted["e"].q == pytest.approx(0.008)
    assert impacted["e"].path == ("a", "b", "c", "d", "e")


def test_a_degraded_ci_that_is_thin_says_that_it_has_no_spare() -> None:
    topology = Topology(soft("db1 database"), [group("pair", "db1 db2", "database")])
    database = impacted_by(topology, "db1")["database"]
    assert (database.state, database.link_kind, database.has_no_spare) == (ImpactState.DEGRADED, LinkKind.EDGE, True)
    assert (database.group_id, database.redundancy_before, database.redundancy_after) == ("pair", 2, 1)


def test_groups_of_groups_are_at_risk_when_all_they_stand_on_is() -> None:
    topology = Topology(
        [], [group("west", "w1 w2", "west-db"), group("sites", "west-db east-db", "bank"), group("only", "bank", "app")]
    )
    assert states(impacted_by(topology, "w1")) == {"w1": "DOWN", "west-db": "AT_RISK"}
    thin_twice = Topology([], [*topology.groups.values(), group("east", "w1 e2", "east-db")])
    assert states(impacted_by(thin_twice, "w1"))["app"] == "AT_RISK"


def test_the_second_worst_member_decides_a_group_that_lost_none() -> None:
    topology = Topology(
        [*soft("a m1", alpha=0.8), *soft("a m2", alpha=0.5)], [group("pair", "m1 m2", "service", confidence=0.6)]
    )
    service = impacted_by(topology, "a")["service"]
    assert (service.q, service.path, service.link_kind) == (0.5, ("a", "m2", "service"), LinkKind.GROUP)
    assert (service.redundancy_before, service.redundancy_after, service.confidence) == (2, 2, 0.6)


def test_a_witness_prefers_degree_then_fewer_hops_then_smaller_ids() -> None:
    by_degree = Topology([*soft("a z", alpha=0.5), *soft("a b z", alpha=0.8)], [])
    by_hops = Topology([*soft("a z", alpha=0.25), *soft("a b z", alpha=0.5)], [])
    by_ids = Topology([*soft("a c x z"), *soft("a b y z")], [])
    assert impacted_by(by_degree, "a")["z"].path == ("a", "b", "z")
    assert impacted_by(by_hops, "a")["z"].path == ("a", "z")
    assert impacted_by(by_ids, "a")["z"].path == ("a", "b", "y", "z")


def test_witnesses_are_told_apart_where_they_part_however_long_ago() -> None:
    left = " ".join(["root", "a", *(f"z{number}" for number in range(50)), "end"])
    right = " ".join(["root", "b", *(f"c{number}" for number in range(50)), "end"])
    path = impacted_by(Topology([*soft(right, alpha=1.0), *soft(left, alpha=1.0)], []), "root")["end"].path
    assert path == tuple(left.split())


def test_where_two_long_ways_part_is_found_in_few_jumps() -> None:
    witness = Witness.first("a")
    for number in range(10_000):
        witness = witness.extended(f"n{number}", 1.0, hard("x y")[0])
    at, jumps = witness, 0
    while at.jump is not None:
        at, jumps = at.jump, jumps + 1
    assert (at.ci_id, jumps < 30) == ("a", True)


def test_confidence_is_the_least_on_the_witness_and_of_parallel_relations_the_better() -> None:
    doubtful = ImpactEdge("b", "c", 0.9, True, 0.2, "doubtful")
    topology = Topology([*hard("a b", confidence=0.8), doubtful, *hard("b c", confidence=0.5)], [])
    assert [found.confidence for found in impacted_by(topology, "a").values()] == [1.0, 0.8, 0.5]


def test_cycles_are_no_special_case() -> None:
    topology = Topology([*hard("a b c a"), *hard("c d")], [])
    assert [found.distance for found in impacted_by(topology, "b").values()] == [2, 0, 1, 2]


def test_a_node_first_met_on_a_long_way_keeps_its_successors() -> None:
    """The trap of a depth-limited walk with a visited set: A>B>C>D>E>F and A>D, where F is three hops away."""
    topology = Topology([*hard("A B C D E F", alpha=1.0), *hard("A D", alpha=1.0)], [])
    distances = {ci_id: found.distance for ci_id, found in impacted_by(topology, "A").items()}
    assert distances == {"A": 0, "B": 1, "C": 2, "D": 1, "E": 2, "F": 3}


def test_a_chain_of_any_length_is_walked_to_its_end() -> None:
    ids = [f"n{number:04}" for number in range(3_000)]
    impacted = impacted_by(Topology(hard(" ".join(ids), alpha=0.95), []), ids[0])
    assert len(impacted) == 3_000
    assert impacted[ids[-1]].distance == 2_999


@pytest.mark.parametrize(
    "limits", [ImpactLimits(nodes=3), ImpactLimits(edges=2), ImpactLimits(path_ids=9)], ids=["nodes", "edges", "paths"]
)
def test_past_a_limit_nothing_is_scored(limits: ImpactLimits) -> None:
    topology = Topology(hard("a b c d"), [])
    impact = assess_impact(topology, [["a"]], limits=limits)
    assert (impact.truncated, dict(impact.impacted), impact.targets) == (True, {}, ("a",))
    assert impact.reached_nodes > limits.nodes or impact.reached_edges == 3


def test_at_a_limit_everything_is_scored() -> None:
    impact = assess_impact(Topology(hard("a b c d"), []), [["a"]], limits=ImpactLimits(4, 3, 10))
    assert (impact.truncated, len(impact.impacted)) == (False, 4)
    assert (impact.reached_nodes, impact.reached_edges) == (4, 3)


def test_a_truncated_closure_is_not_scored() -> None:
    impact = assess_impact(Topology(hard("a b"), [], is_truncated=True), [["a"]])
    assert (impact.truncated, dict(impact.impacted)) == (True, {})


def test_a_caller_out_of_time_gets_a_refusal_and_no_answer() -> None:
    def out_of_time() -> None:
        raise TooLarge("The walk took longer than 2 s.")

    with pytest.raises(TooLarge):
        assess_impact(PAIR, [["db1"]], checkpoint=out_of_time)


@pytest.mark.parametrize("epsilon", [0.0, -0.1, 1.1, float("nan")])
def test_an_epsilon_out_of_range_is_refused(epsilon: float) -> None:
    with pytest.raises(InvalidInput, match="epsilon"):
        assess_impact(PAIR, [["db1"]], epsilon=epsilon)


def test_without_targets_nothing_is_impacted() -> None:
    assert dict(assess_impact(PAIR, []).impacted) == {}
    assert dict(assess_impact(PAIR, [[]], already_down=["db1"]).impacted) == {}


def test_down_follows_hard_edges_and_broken_groups_only() -> None:
    topology = Topology([*hard("a b"), *soft("b c"), *hard("b m1")], [group("pair", "m1 m2", "svc")])
    assert down_set(topology, ["a"]) == {"a", "b", "m1"}
    assert down_set(topology, ["a", "m2"]) == {"a", "b", "m1", "m2", "svc"}
    assert down_set(topology, ["unmapped"]) == {"unmapped"}
    assert down_set(topology, []) == frozenset()


def test_two_harmless_changes_take_a_pair_down_together() -> None:
    assert "shop" not in rolling_down_set(PAIR, [["db1"]])
    assert "shop" in joint_down_set(PAIR, [[["db1"]], [["db2"]]])
    assert "shop" in rolling_down_set(PAIR, [["db1"]], already_down=["db2"])


def test_steps_of_one_change_never_fail_together() -> None:
    assert "shop" not in rolling_down_set(PAIR, [["db1"], ["db2"]])
    assert joint_down_set(PAIR, [[["db1"], ["db2"]], []]) == {"db1", "db2"}
    assert joint_down_set(PAIR, [], already_down=["database"]) == {"database", "shop"}
