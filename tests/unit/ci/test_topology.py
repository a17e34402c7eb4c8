"""What is fetched for an assessment, and when fetching stops."""

from domain.ci.topology import Closure, ImpactEdge, ImpactGroup, ImpactLimits, Topology, closure_of, reach_of

EDGES = [
    ImpactEdge("b", "c", 0.9, True, 1.0, "r2"),
    ImpactEdge("a", "b", 0.9, True, 1.0, "r1"),
    ImpactEdge("x", "b", 0.9, True, 1.0, "r4"),
    ImpactEdge("c", "a", 0.3, False, 1.0, "r3"),
]
PAIR = ImpactGroup("pair", ("c", "spare"), ("service",), 1.0, 1, 1.0)
ELSEWHERE = ImpactGroup("elsewhere", ("x", "y"), ("z",), 1.0, 1, 1.0)
ESTATE = Topology(EDGES, [ELSEWHERE, PAIR])


def test_a_closure_holds_reachable_cis_their_edges_and_touched_groups_with_full_membership() -> None:
    assert closure_of(ESTATE, ["b"]) == Closure(
        ids=("a", "b", "c", "service"), edges=(EDGES[1], EDGES[0], EDGES[3]), groups=(PAIR,)
    )


def test_a_closure_reaches_through_a_group_that_one_loss_does_not_break() -> None:
    assert closure_of(ESTATE, ["x"]).ids == ("a", "b", "c", "service", "x", "z")


def test_a_ci_nobody_related_is_its_own_closure() -> None:
    assert closure_of(ESTATE, ["unmapped"]) == Closure(("unmapped",), (), ())


def test_fetching_stops_after_the_level_that_passes_a_limit_and_says_so() -> None:
    reach = reach_of(ESTATE, ["a"], ImpactLimits(nodes=1))
    assert (sorted(reach.ids), reach.edge_count, reach.is_truncated) == (["a", "b"], 2, True)
    assert closure_of(ESTATE, ["a"], ImpactLimits(edges=1)).is_truncated
    assert not closure_of(ESTATE, ["a"], ImpactLimits(nodes=4, edges=3)).is_truncated


def test_a_truncated_closure_stays_truncated_when_indexed() -> None:
    truncated = Closure(("a",), (), (), is_truncated=True)
    assert Topology.of(truncated).is_truncated
    assert closure_of(Topology.of(truncated), ["a"]).is_truncated


def test_a_group_breaks_when_fewer_than_its_minimum_are_left() -> None:
    trio = ("a", "b", "c")
    losses = [ImpactGroup("g", trio, ("s",), 1.0, min_up, 1.0).losses_to_break for min_up in (1, 2, 3)]
    assert losses == [3, 2, 1]


def test_groups_touched_are_those_with_a_member_among_the_cis() -> None:
    assert ESTATE.groups_touched(["spare", "y", "z"]) == {"pair", "elsewhere"}
    assert ESTATE.groups_touched(["service"]) == frozenset()
