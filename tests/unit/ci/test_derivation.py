"""From what people stored to the edges and groups that impact is computed on (ENGINES 2.1)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ci.derivation import DerivedImpacts, coverage_of, derive_impacts, impact_edges
from domain.ci.impact import ImpactState, assess_impact
from domain.ci.model import (
    MinUpKind,
    ProviderSide,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
)
from domain.ci.relations import RelationType
from domain.ci.topology import ImpactEdge, resolved_min_up

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=700)


def relation(said: str, **facts: object) -> Relation:
    """Return the relation of a sentence, e.g. `app RUNS_ON server`, confirmed now by a person."""
    source, relation_type, target = said.split()
    values = {"confirmed_at": NOW, "valid_from": LONG_AGO, **facts}
    return Relation(
        id=said,
        external_id=None,
        source_id=source,
        target_id=target,
        type=RelationType(relation_type),
        **values,  # type: ignore[arg-type]
    )


def group(group_id: str, members: str, protected: str, min_up: int = 1, **facts: object) -> RedundancyGroup:
    """Return a group of space-separated members and protected CIs, confirmed now by a person."""
    values = {"min_up_kind": MinUpKind.COUNT, "confirmed_at": NOW, **facts}
    return RedundancyGroup(
        id=group_id,
        external_id=None,
        name=group_id,
        min_up=min_up,
        members=[RedundancyMember(id=ci, group_id=group_id, ci_id=ci, valid_from=LONG_AGO) for ci in members.split()],
        protected=[
            RedundancyProtected(id=ci, group_id=group_id, ci_id=ci, valid_from=LONG_AGO) for ci in protected.split()
        ],
        **values,  # type: ignore[arg-type]
    )


def derive(*said: str | Relation, groups: tuple[RedundancyGroup, ...] = ()) -> DerivedImpacts:
    return derive_impacts([relation(one) if isinstance(one, str) else one for one in said], groups, NOW)


def arrows(derived: DerivedImpacts) -> list[str]:
    return [f"{edge.provider}->{edge.dependent}" for edge in derived.edges]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a DEPENDS_ON b", ["b->a"]),
        ("a RUNS_ON b", ["b->a"]),
        ("a HOSTED_ON b", ["b->a"]),
        ("a USES b", ["b->a"]),
        ("a CONNECTS_TO b", ["a->b", "b->a"]),
        ("a SENDS_DATA_TO b", ["a->b"]),
        ("a MEMBER_OF b", []),
        ("a BACKS_UP b", []),
        ("a CONTAINS b", ["b->a"]),
        ("a OFFERS b", ["a->b"]),
        ("a SUBSCRIBES_TO b", ["b->a"]),
    ],
)
def test_impact_flows_from_provider_to_dependent(said: str, expected: list[str]) -> None:
    assert arrows(derive(said)) == expected


def test_an_edge_carries_the_types_degree_and_hardness_and_the_relations_confidence() -> None:
    stale = relation("a RUNS_ON b", source="discovery", confirmed_at=NOW - timedelta(days=365))
    assert derive(stale).edges == (ImpactEdge("b", "a", 0.95, True, 0.35, "a RUNS_ON b"),)


def test_a_stored_alpha_overrides_the_types() -> None:
    assert derive(relation("a RUNS_ON b", alpha=0.2)).edges[0].alpha == 0.2


def test_an_alpha_of_zero_says_there_is_no_impact() -> None:
    assert arrows(derive(relation("a RUNS_ON b", alpha=0.0))) == []


def test_a_connection_is_soft_both_ways_and_hard_from_a_declared_provider() -> None:
    assert [edge.is_hard for edge in derive("a CONNECTS_TO b").edges] == [False, False]
    for side, arrow in ((ProviderSide.SOURCE, "a->b"), (ProviderSide.TARGET, "b->a")):
        declared = derive(relation("a CONNECTS_TO b", provider_side=side))
        assert arrows(declared) == [arrow]
        assert (declared.edges[0].is_hard, declared.edges[0].alpha) == (True, 0.6)


def test_a_backup_does_not_take_down_what_it_backs_up() -> None:
    topology = derive("vault BACKS_UP db", "app RUNS_ON db").topology()
    assert set(assess_impact(topology, [["vault"]]).impacted) == {"vault"}


def test_a_relation_without_confirmation_ages_from_its_start() -> None:
    started = relation("a RUNS_ON b", confirmed_at=None, valid_from=NOW - timedelta(days=365))
    assert derive(started).edges[0].confidence == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (LONG_AGO, NOW, False),
        (LONG_AGO, NOW + timedelta(seconds=1), True),
    ],
)
def test_only_what_holds_at_the_instant_counts(valid_from: datetime, valid_to: datetime | None, holds: bool) -> None:
    timed = relation("a RUNS_ON b", valid_from=valid_from, valid_to=valid_to)
    assert arrows(derive(timed)) == (["b->a"] if holds else [])
    assert impact_edges(timed, {}, NOW) == derive(timed).edges


def test_a_group_covers_its_members_direct_edges() -> None:
    derived = derive(
        "app DEPENDS_ON db1", "app DEPENDS_ON db2", "app RUNS_ON vm", groups=(group("pair", "db1 db2", "app"),)
    )
    assert arrows(derived) == ["vm->app"]
    assert derived.covered == {"app DEPENDS_ON db1": "pair", "app DEPENDS_ON db2": "pair"}
    impacted = assess_impact(derived.topology(), [["db1"]]).impacted
    assert impacted["app"].state is ImpactState.AT_RISK


def test_a_group_covers_one_way_of_a_symmetric_relation_only() -> None:
    derived = derive("db1 CONNECTS_TO app", groups=(group("pair", "db1 db2", "app"),))
    assert arrows(derived) == ["app->db1"]
    assert derived.covered == {"db1 CONNECTS_TO app": "pair"}


def test_a_symmetric_relation_covered_both_ways_shows_the_smaller_group() -> None:
    groups = (group("alpha", "db1 db2", "app"), group("beta", "app app2", "db1"))
    for said in ("db1 CONNECTS_TO app", "app CONNECTS_TO db1"):
        assert derive(said, groups=groups) == DerivedImpacts((), derive(groups=groups).groups, {said: "alpha"})


def test_an_edge_to_somebody_the_group_does_not_protect_is_not_covered() -> None:
    derived = derive("report DEPENDS_ON db1", groups=(group("pair", "db1 db2", "app"),))
    assert arrows(derived) == ["db1->report"]
    assert derived.covered == {}


def test_of_two_groups_the_smaller_id_is_shown_as_covering() -> None:
    groups = (group("beta", "db1 db2", "app"), group("alpha", "db1 db3", "app"))
    assert derive("app DEPENDS_ON db1", groups=groups).covered == {"app DEPENDS_ON db1": "alpha"}


def test_one_relation_yields_the_same_edges_as_in_the_whole() -> None:
    stored = [relation("app DEPENDS_ON db1"), relation("db2 CONNECTS_TO app"), relation("app RUNS_ON vm")]
    whole = derive_impacts(stored, [group("pair", "db1 db2", "app")], NOW)
    coverage = coverage_of(whole.groups)
    assert {edge for one in stored for edge in impact_edges(one, coverage, NOW)} == set(whole.edges)


def test_an_ended_membership_no_longer_covers() -> None:
    pair = group("pair", "db1 db2", "app")
    pair.members[0].valid_to = NOW
    derived = derive("app DEPENDS_ON db1", groups=(pair,))
    assert arrows(derived) == ["db1->app"]
    assert derived.groups[0].members == ("db2",)


def test_a_group_left_with_fewer_members_than_it_asks_for_counts_as_all_and_says_so() -> None:
    trio = group("trio", "a b c", "app", min_up=2)
    assert (derive(groups=(trio,)).groups[0].min_up, derive(groups=(trio,)).groups[0].is_short) == (2, False)
    trio.members[0].valid_to = trio.members[1].valid_to = NOW
    left = derive(groups=(trio,)).groups[0]
    assert (left.min_up, left.is_short, left.losses_to_break) == (1, True, 1)


def test_a_group_without_members_or_without_anybody_to_protect_has_no_effect() -> None:
    assert derive("app DEPENDS_ON db1", groups=(group("empty", "", "app"), group("idle", "db1", ""))).groups == ()


@pytest.mark.parametrize(
    ("percent", "members", "expected"), [(50, 2, 1), (50, 3, 2), (1, 3, 1), (100, 3, 3), (34, 3, 2), (33, 3, 1)]
)
def test_a_percentage_is_resolved_upwards_to_a_count(percent: int, members: int, expected: int) -> None:
    assert resolved_min_up(percent, True, members) == expected


def test_a_cluster_with_members_alone_needs_one_of_them_and_says_that_is_assumed() -> None:
    derived = derive("vm1 MEMBER_OF cluster", "vm2 MEMBER_OF cluster", "cluster DEPENDS_ON vm1")
    (assumed,) = derived.groups
    assert (assumed.members, assumed.protected, assumed.min_up) == (("vm1", "vm2"), ("cluster",), 1)
    assert (assumed.is_assumed, assumed.confidence, assumed.alpha) == (True, 0.4, 1.0)
    assert derived.covered == {"cluster DEPENDS_ON vm1": assumed.id}


def test_a_stored_group_speaks_for_its_cluster_and_takes_in_its_members() -> None:
    stored = group("policy", "vm1 vm2", "cluster", min_up=2)
    derived = derive(
        "vm1 MEMBER_OF cluster", relation("vm3 MEMBER_OF cluster", stated_confidence=0.6), groups=(stored,)
    )
    (policy,) = derived.groups
    assert (policy.id, policy.members, policy.min_up) == ("policy", ("vm1", "vm2", "vm3"), 2)
    assert (policy.is_assumed, policy.confidence) == (False, 0.6)


def test_a_second_group_for_the_same_cluster_keeps_its_own_members() -> None:
    groups = (group("data", "db1 db2", "cluster"), group("web", "web1 web2", "cluster"))
    derived = derive("web1 MEMBER_OF cluster", "db1 MEMBER_OF cluster", "new MEMBER_OF cluster", groups=groups)
    assert [one.members for one in derived.groups] == [("db1", "db2", "new"), ("web1", "web2")]


def test_a_membership_stated_twice_counts_once_and_is_believed_at_its_best() -> None:
    doubtful = relation("vm1 MEMBER_OF cluster", stated_confidence=0.1)
    derived = derive(doubtful, "vm1 MEMBER_OF cluster")
    assert (derived.groups[0].members, derived.groups[0].confidence) == (("vm1",), 0.4)


def test_a_member_that_joins_a_group_by_two_clusters_is_believed_at_its_best_in_any_order() -> None:
    stored = group("policy", "vm1", "red blue")
    said = [
        relation(f"vm2 MEMBER_OF {name}", stated_confidence=stated) for name, stated in (("red", 0.3), ("blue", 0.6))
    ]
    for order in (said, said[::-1]):
        assert [one.confidence for one in derive(*order, groups=(stored,)).groups] == [0.6]


def test_an_assumed_or_imported_group_is_believed_less() -> None:
    beliefs = (group("a", "x", "p", is_assumed=True), group("b", "x", "p", source="discovery"), group("c", "x", "p"))
    assert [one.confidence for one in derive(groups=beliefs).groups] == [0.4, 0.7, 1.0]
