"""Who decides: ENGINES 4.8 over every combination, and the worked example of R193."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactState, assess_impact
from domain.ci.topology import ImpactEdge, Topology
from domain.risk.facts import RiskFacts, ServiceFacts, TargetFacts
from domain.risk.model import ConfidenceLevel, RiskLevel
from domain.risk.rates import RateTable
from domain.risk.routing import (
    DecisionRoute,
    Forum,
    RoutingFacts,
    is_audited,
    is_auto_approval_stopped,
    key_service_tiers,
    route,
    routing_facts,
)
from tests.unit.risk.risk_examples import a_change, a_past, assessed, impacted, past_change, service, some_facts

SAFE = RoutingFacts(
    type=ChangeType.NORMAL,
    level=RiskLevel.LOW,
    guardrails=frozenset(),
    key_service_tiers=frozenset(),
    has_open_technical_risk=False,
    matches_template=False,
    template_tiers=frozenset(),
    is_calibrated=True,
    test=TestState.PASSED,
    rollback=RollbackState.TESTED,
    is_evidence_complete=True,
    has_serious_conflict=False,
    is_stopped=False,
    is_peer_reviewed=True,
    confidence=ConfidenceLevel.HIGH,
    impact=20.0,
    probability_high=0.04,
    organisation_rate=0.03,
)
STANDARD = replace(SAFE, type=ChangeType.STANDARD, matches_template=True)


def combinations() -> Iterator[RoutingFacts]:
    """Yield every combination of what the table tells apart."""
    flags = (False, True)
    for change_type, level, guardrail, tiers, risk, template, approved, clear, safe in product(
        ChangeType,
        RiskLevel,
        (frozenset[str](), frozenset({"G2"}), frozenset({"G5"}), frozenset({"G7"})),
        (frozenset[int](), frozenset({1}), frozenset({2})),
        flags,
        flags,
        (frozenset[int](), frozenset({2})),
        flags,
        flags,
    ):
        yield replace(
            SAFE,
            type=change_type,
            level=level,
            guardrails=guardrail,
            key_service_tiers=tiers,
            has_open_technical_risk=risk,
            matches_template=template,
            template_tiers=approved,
            is_calibrated=clear,
            is_peer_reviewed=safe,
        )


def expected_row(facts: RoutingFacts) -> int:
    """Read the table of ENGINES 4.8 a second time, in its own words."""
    clear = facts.is_calibrated and not facts.guardrails
    low = facts.level is RiskLevel.LOW
    standard = facts.type is ChangeType.STANDARD and facts.matches_template and low
    key = any(not (standard and tier in facts.template_tiers) for tier in facts.key_service_tiers)
    rows = [
        facts.type is ChangeType.UNAUTHORISED,
        facts.type is ChangeType.EMERGENCY,
        facts.type is ChangeType.MAJOR or facts.level is RiskLevel.VERY_HIGH or "G2" in facts.guardrails,
        facts.level is RiskLevel.HIGH or key or facts.has_open_technical_risk,
        standard and clear,
        low and clear and facts.is_peer_reviewed,
        True,
    ]
    return rows.index(True)


def test_every_combination_is_decided_by_its_row_and_every_row_is_reached() -> None:
    reached = set()
    for facts in combinations():
        found = route(facts)
        assert found.row == expected_row(facts)
        reached.add((found.row, found.forum))
    assert sorted(reached) == list(enumerate(Forum))


@pytest.mark.parametrize(
    "edit",
    [
        {"is_calibrated": False},
        {"test": TestState.NONE},
        {"is_evidence_complete": False},
        {"guardrails": frozenset({"G7"})},
        {"has_serious_conflict": True},
        {"is_stopped": True},
        {"probability_high": 0.06},
        {"confidence": ConfidenceLevel.LOW},
        {"impact": 40.0},
        {"rollback": RollbackState.NONE},
        {"is_peer_reviewed": False},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_anything_amiss_needs_a_person(edit: dict[str, object]) -> None:
    assert route(SAFE).forum is Forum.AUTOMATIC_WITH_NOTICE
    assert route(replace(SAFE, **edit)).forum is Forum.SERVICE_OWNER  # type: ignore[arg-type]


def test_a_template_excuses_only_the_tiers_it_was_approved_for() -> None:
    approved = replace(STANDARD, template_tiers=frozenset({2}))
    assert route(replace(approved, key_service_tiers=frozenset({2}))).forum is Forum.AUTOMATIC
    assert route(replace(approved, key_service_tiers=frozenset({1, 2}))).needs_cab


@pytest.mark.requirement("R193")
def test_an_open_technical_risk_goes_to_the_board_whatever_the_score_and_the_template() -> None:
    assert route(replace(SAFE, has_open_technical_risk=True)).needs_cab
    assert route(replace(STANDARD, has_open_technical_risk=True)).needs_cab


def test_a_standard_change_without_template_or_above_low_is_none() -> None:
    assert route(replace(STANDARD, matches_template=False)).is_retyped
    moderate = route(replace(STANDARD, level=RiskLevel.MODERATE, key_service_tiers=frozenset({2})))
    assert moderate.is_retyped
    assert moderate.needs_cab
    assert not route(STANDARD).is_retyped


def test_emergencies_and_unauthorised_changes_are_looked_at_afterwards() -> None:
    emergency, unauthorised = (
        route(replace(SAFE, type=kind)) for kind in (ChangeType.EMERGENCY, ChangeType.UNAUTHORISED)
    )
    assert (emergency.forum, emergency.needs_retrospective) == (Forum.EMERGENCY_CAB, True)
    assert (unauthorised.forum, unauthorised.needs_retrospective) == (Forum.RETROSPECTIVE, True)
    assert not emergency.is_automatic


@pytest.mark.requirement("R193")
@pytest.mark.parametrize(
    ("tier", "q", "state", "tiers"),
    [
        (1, 0.3, ImpactState.DEGRADED, {1}),
        (2, 0.29, ImpactState.DEGRADED, set()),
        (2, 0.01, ImpactState.DOWN, {2}),
        (3, 1.0, ImpactState.DOWN, set()),
        (1, 0.0, ImpactState.AT_RISK, set()),
    ],
)
def test_a_key_service_is_tier_1_or_2_felt_by_a_third_or_down(
    tier: int, q: float, state: ImpactState, tiers: set[int]
) -> None:
    facts = some_facts(impacted=(impacted("app"), impacted("portal", q, state)), services=(service(tier),))
    assert key_service_tiers(facts) == tiers


def routed(facts: RiskFacts, past: RateTable | None = None) -> DecisionRoute:
    return route(
        routing_facts(
            facts,
            assessed(facts, past),
            0.03,
            has_open_technical_risk=False,
            matches_template=False,
            template_tiers=frozenset(),
            is_stopped=False,
            is_peer_reviewed=True,
        )
    )


@pytest.mark.requirement("R193")
def test_the_worked_example_goes_to_the_wednesday_board() -> None:
    """Application XYZ v1.2 → v1.3 on the production database, filed as a standard change, first level medium."""
    edge = ImpactEdge("xyz", "shop", 0.9, True, 1.0, "r1")
    database = ImpactEdge("production-db", "xyz", 0.9, True, 1.0, "r2")
    walk = assess_impact(Topology([edge, database], []), [{"xyz", "production-db"}])
    facts = some_facts(
        a_change(test_artefact=None, rollback_artefact=None),
        targets=(TargetFacts("xyz", "application", 2), TargetFacts("production-db", "database", 2)),
        impacted=tuple(walk.impacted.values()),
        services=(ServiceFacts("shop", "Web shop", tier=2, busy_share=0.25),),
    )
    assert assessed(facts).level is RiskLevel.MODERATE
    decision = routed(facts)
    assert (decision.row, decision.forum) == (3, Forum.CAB_OR_ELECTRONIC)
    assert decision.needs_cab
    assert decision.reason == "a key business service is affected"


def test_an_unscored_change_is_never_decided_without_the_board() -> None:
    assert routed(some_facts(impacted=(), is_truncated=True)).forum is Forum.CAB


def test_the_kill_switch_stops_a_team_that_fails_twice_as_often() -> None:
    bad = a_past(*(past_change(number, failure=float(number < 8)) for number in range(60)))
    assert is_auto_approval_stopped(0.03, bad.of_team("web"))
    assert not is_auto_approval_stopped(0.03, a_past().of_team("web"), a_past().of_model("upgrade", "NORMAL"))


def test_one_in_twenty_automatic_approvals_is_audited_the_same_ones_at_every_asking() -> None:
    audited = [number for number in range(10_000) if is_audited(f"CHG-{number}")]
    assert 400 < len(audited) < 600
    assert audited == [number for number in range(10_000) if is_audited(f"CHG-{number}")]
