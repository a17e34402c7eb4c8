"""Which way a failure travels, how far a relation is believed, and what may not be stored."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ci.relations import (
    RELATION_RULES,
    ImpactFlow,
    RelationKind,
    RelationType,
    containment_cycle,
    group_issues,
    relation_confidence,
    relation_issues,
)
from domain.kernel.errors import Issue

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def paths(issues: list[Issue]) -> list[str]:
    return [issue.path for issue in issues]


def test_every_relation_type_has_a_rule_with_a_degree_in_range() -> None:
    assert set(RELATION_RULES) == set(RelationType)
    assert all(0.0 <= rule.alpha <= 1.0 for rule in RELATION_RULES.values())


@pytest.mark.parametrize(
    ("relation_type", "flow", "alpha", "kind"),
    [
        ("DEPENDS_ON", ImpactFlow.TO_SOURCE, 0.9, RelationKind.HARD),
        ("RUNS_ON", ImpactFlow.TO_SOURCE, 0.95, RelationKind.HARD),
        ("HOSTED_ON", ImpactFlow.TO_SOURCE, 0.95, RelationKind.HARD),
        ("USES", ImpactFlow.TO_SOURCE, 0.3, RelationKind.SOFT),
        ("CONNECTS_TO", ImpactFlow.BOTH, 0.6, RelationKind.SOFT),
        ("SENDS_DATA_TO", ImpactFlow.TO_TARGET, 0.4, RelationKind.SOFT),
        ("MEMBER_OF", ImpactFlow.TO_TARGET, 1.0, RelationKind.GROUP),
        ("BACKS_UP", ImpactFlow.NONE, 0.0, RelationKind.ANNOTATION),
        ("CONTAINS", ImpactFlow.TO_SOURCE, 0.7, RelationKind.HARD),
        ("OFFERS", ImpactFlow.TO_TARGET, 1.0, RelationKind.TERMINAL),
        ("SUBSCRIBES_TO", ImpactFlow.TO_SOURCE, 1.0, RelationKind.TERMINAL),
    ],
)
def test_the_table_of_relation_types(relation_type: str, flow: ImpactFlow, alpha: float, kind: RelationKind) -> None:
    """ENGINES 2.1."""
    rule = RELATION_RULES[RelationType(relation_type)]
    assert (rule.flow, rule.alpha, rule.kind) == (flow, alpha, kind)


def test_hard_and_terminal_kinds_alone_take_a_dependent_down() -> None:
    assert {kind for kind in RelationKind if kind.is_hard} == {RelationKind.HARD, RelationKind.TERMINAL}


@pytest.mark.parametrize(
    ("stated", "source", "days", "expected"),
    [
        (None, None, 0, 1.0),
        (None, "discovery", 0, 0.7),
        (None, "discovery", 365, 0.35),
        (0.8, "discovery", 0, 0.8),
        (0.8, None, 730, 0.2),
        (None, None, -30, 1.0),
    ],
)
def test_confidence_halves_with_every_year_since_it_was_confirmed(
    stated: float | None, source: str | None, days: int, expected: float
) -> None:
    confirmed_at = NOW - timedelta(days=days)
    assert relation_confidence(stated, source, confirmed_at, NOW) == pytest.approx(expected)


def test_confidence_stays_what_it_is_all_day() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    evening, noon = midnight - timedelta(days=3, hours=2), midnight - timedelta(days=3, hours=12)
    all_day = {
        relation_confidence(None, None, confirmed_at, midnight + timedelta(seconds=second))
        for second in (0, 1, 43_200, 86_399)
        for confirmed_at in (evening, noon)
    }
    [today] = all_day
    assert relation_confidence(None, None, noon, midnight - timedelta(seconds=1)) > today
    assert relation_confidence(None, None, noon, midnight + timedelta(days=1)) < today


def test_what_was_never_confirmed_keeps_its_stated_confidence() -> None:
    assert relation_confidence(None, "discovery", None, NOW) == 0.7


def test_a_sound_relation_has_no_issue() -> None:
    assert relation_issues(RelationType.RUNS_ON, "app", "server", None) == []
    assert relation_issues(RelationType.CONNECTS_TO, "a", "b", 0.0, declares_provider=True) == []


def test_a_relation_to_itself_is_refused() -> None:
    assert paths(relation_issues(RelationType.RUNS_ON, "app", "app", None)) == ["target_id"]


@pytest.mark.parametrize("alpha", [-0.01, 1.01, float("nan"), float("inf")])
def test_an_alpha_outside_zero_to_one_is_refused(alpha: float) -> None:
    assert paths(relation_issues(RelationType.RUNS_ON, "app", "server", alpha)) == ["alpha"]
    assert paths(group_issues(1, is_percent=False, member_count=2, alpha=alpha)) == ["alpha"]


def test_a_provider_side_is_declared_on_symmetric_relations_only() -> None:
    assert paths(relation_issues(RelationType.USES, "a", "b", None, declares_provider=True)) == ["provider_side"]


def test_every_fault_is_named_at_once() -> None:
    assert paths(relation_issues(RelationType.USES, "a", "a", 2.0, True)) == ["target_id", "alpha", "provider_side"]


@pytest.mark.parametrize(("min_up", "is_percent"), [(1, False), (3, False), (1, True), (100, True)])
def test_a_sound_group_has_no_issue(min_up: int, is_percent: bool) -> None:
    assert group_issues(min_up, is_percent, member_count=3) == []


@pytest.mark.parametrize(("min_up", "is_percent"), [(0, False), (4, False), (0, True), (101, True)])
def test_a_min_up_out_of_range_is_refused(min_up: int, is_percent: bool) -> None:
    assert paths(group_issues(min_up, is_percent, member_count=3)) == ["min_up"]


def test_a_group_without_members_is_refused() -> None:
    assert paths(group_issues(1, is_percent=False, member_count=0)) == ["members"]


def test_a_cycle_of_containment_is_found_and_shown() -> None:
    parts_of = {"rack": ["server"], "server": ["disk", "board"], "board": ["chip"]}
    assert containment_cycle(parts_of, whole="chip", part="rack") == ("chip", "rack", "server", "board", "chip")


def test_containment_without_a_cycle_is_fine() -> None:
    parts_of = {"rack": ["server"], "server": ["disk", "board"], "shelf": ["disk"]}
    assert containment_cycle(parts_of, whole="rack", part="shelf") == ()
    assert containment_cycle({}, whole="rack", part="server") == ()


def test_what_contains_itself_is_a_cycle() -> None:
    assert containment_cycle({}, whole="rack", part="rack") == ("rack", "rack")


def test_an_old_cycle_elsewhere_is_no_reason_to_refuse() -> None:
    assert containment_cycle({"x": ["y"], "y": ["x"]}, whole="rack", part="x") == ()


def test_of_several_cycles_the_shortest_is_shown_whatever_the_order() -> None:
    parts_of = {"b": ["d", "c"], "c": ["a"], "d": ["e"], "e": ["a"]}
    turned = {whole: parts[::-1] for whole, parts in parts_of.items()}
    assert containment_cycle(parts_of, "a", "b") == containment_cycle(turned, "a", "b") == ("a", "b", "c", "a")
