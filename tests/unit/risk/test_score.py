"""The sum, the level and what raises it, the loss and the confidence, by example (ENGINES 1.3, 1.6)."""

import json
from dataclasses import replace
from decimal import Decimal
from math import log, log2

import pytest

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactState
from domain.risk.facts import ClassFacts, ConflictFacts, RiskFacts, TargetFacts
from domain.risk.inputs import ScoreInputs
from domain.risk.loss import restore_minutes, shrunk_restore_minutes
from domain.risk.model import ConfidenceLevel, RiskAssessment, RiskLevel
from domain.risk.params import SHIPPED, Calibration, FactorParams, RiskParams
from domain.risk.score import band, printed_points, replay, score
from tests.unit.risk.risk_examples import a_change, assessed, impacted, service, some_facts

UNMAPPED = TargetFacts("app", "application", is_mapped=False)


def codes(assessment: RiskAssessment) -> set[str]:
    return {guardrail.code for guardrail in assessment.guardrails}


def a_conflict(**edits: bool) -> ConflictFacts:
    return replace(ConflictFacts("CNF-1", "REDUNDANCY", 0.0), **edits)  # type: ignore[arg-type]


def test_the_levels_are_ordered() -> None:
    assert sorted(RiskLevel) == [RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH, RiskLevel.VERY_HIGH]


class TestPrintedPoints:
    def test_the_missing_tenths_go_to_the_largest_remainders_ties_by_code(self) -> None:
        assert printed_points({"b": 0.05, "a": 0.05, "c": 0.08}) == {
            "a": Decimal("0.1"),
            "b": Decimal("0.0"),
            "c": Decimal("0.1"),
        }

    def test_negative_points_are_shared_out_alike(self) -> None:
        printed = printed_points({"a": -0.26, "b": 0.13})
        assert sum(printed.values()) == Decimal("-0.1")

    @pytest.mark.parametrize(
        ("printed", "level"),
        [
            ("29.9", RiskLevel.LOW),
            ("30.0", RiskLevel.MODERATE),
            ("54.9", RiskLevel.MODERATE),
            ("55.0", RiskLevel.HIGH),
            ("74.9", RiskLevel.HIGH),
            ("75.0", RiskLevel.VERY_HIGH),
        ],
    )
    def test_the_level_reads_the_printed_score(self, printed: str, level: RiskLevel) -> None:
        assert band(Decimal(printed), SHIPPED.levels) is level


class TestLoss:
    def test_no_test_evidence_instead_of_passed_tests_doubles_the_odds(self) -> None:
        passed, none = assessed(some_facts()), assessed(some_facts(a_change(test=TestState.NONE)))
        assert none.log_odds - passed.log_odds == pytest.approx(log(2), abs=0.01)
        assert none.likelihood - passed.likelihood == pytest.approx(Decimal(10), abs=Decimal("0.2"))

    def test_one_tier_2_service_down_at_night_for_half_an_hour(self) -> None:
        found = assessed(some_facts())
        assert found.expected_loss is not None
        assert found.expected_loss.restore_minutes == 30
        assert found.expected_loss.weighted_minutes == pytest.approx(30 * 40 * 0.2)
        assert float(found.impact or 0) == pytest.approx(10 * log2(1 + 240 / 60), abs=0.05)

    def test_peak_days_vip_consumers_and_a_tight_agreement_weigh_more(self) -> None:
        burdened = replace(service(busy_share=1.0), is_peak=True, has_vip_consumer=True, downtime_left_minutes=60.0)
        loss = assessed(some_facts(services=(burdened,))).expected_loss
        assert loss is not None
        (row,) = loss.services
        assert (row.demand, row.vip_factor, row.sla_factor) == (1.5, 1.25, 1.5)

    def test_used_up_downtime_doubles_and_an_unknown_agreement_or_calendar_is_neutral(self) -> None:
        used_up = replace(service(), downtime_left_minutes=0.0)
        loss = assessed(some_facts(services=(used_up,))).expected_loss
        unknown = assessed(some_facts(services=(service(busy_share=None),))).expected_loss
        assert loss is not None
        assert unknown is not None
        assert loss.services[0].sla_factor == 2
        assert (unknown.services[0].sla_factor, unknown.services[0].demand) == (1, 1)

    def test_half_a_degradation_uses_up_half_the_minutes(self) -> None:
        degraded = (impacted("app"), impacted("portal", 0.5, ImpactState.DEGRADED))
        tight = replace(service(), downtime_left_minutes=60.0)
        loss = assessed(some_facts(impacted=degraded, services=(tight,))).expected_loss
        assert loss is not None
        assert loss.services[0].sla_factor == 1 + 30 * 0.5 / 60

    @pytest.mark.parametrize(
        ("state", "minutes", "expected"),
        [
            (RollbackState.TESTED, 30.0, 30),
            (RollbackState.DOCUMENTED, 30.0, 45),
            (RollbackState.UNKNOWN, None, 120),
            (RollbackState.NONE, None, 180),
            (RollbackState.NONE, 500.0, 180),
        ],
    )
    def test_the_way_back_decides_how_long_it_lasts(
        self, state: RollbackState, minutes: float | None, expected: float
    ) -> None:
        facts = some_facts(a_change(rollback=state, rollback_minutes=minutes))
        assert restore_minutes(facts, SHIPPED.loss) == expected

    def test_the_slowest_target_class_counts(self) -> None:
        facts = some_facts(
            a_change(rollback_minutes=None),
            targets=(TargetFacts("app", "application"), TargetFacts("db", "database")),
            classes={"database": ClassFacts("database", restore_minutes=240.0)},
        )
        assert restore_minutes(facts, SHIPPED.loss) == 240

    def test_few_incidents_move_a_class_little_from_the_default(self) -> None:
        assert shrunk_restore_minutes([], 60) == 60
        assert 60 < shrunk_restore_minutes([240.0, 240.0], 60) < 80
        assert shrunk_restore_minutes([240.0] * 2000, 60) == pytest.approx(240, rel=0.02)

    def test_the_witness_is_shown_with_the_service(self) -> None:
        loss = assessed(some_facts()).expected_loss
        assert loss is not None
        assert (loss.services[0].witness, loss.services[0].kind) == (("app", "portal"), "EDGE")


class TestUnmapped:
    """A gap in the CMDB must not look safe: it costs points, confidence and at least one level."""

    def test_the_services_nobody_mapped_enter_the_loss_by_name(self) -> None:
        found = assessed(some_facts(targets=(UNMAPPED,), impacted=(impacted("app"),), services=()))
        assert found.expected_loss is not None
        (row,) = found.expected_loss.services
        assert (row.id, row.tier, row.q, row.criticality) == ("unmapped", None, 1.0, 10.0)
        assert found.impact
        assert found.confidence.overall is ConfidenceLevel.LOW
        assert found.confidence.cmdb == 0
        assert "G6" in codes(found)

    def test_they_are_worth_what_the_class_usually_is(self) -> None:
        printer = replace(UNMAPPED, id="printer", class_name="printer")
        for usual, criticality in (({"application": 50.0, "printer": 4.0}, 50), ({"printer": 4.0}, 10), ({}, 10)):
            params = replace(SHIPPED, loss=replace(SHIPPED.loss, class_criticality=usual))
            found = assessed(some_facts(targets=(UNMAPPED, printer), services=()), params=params)
            assert found.expected_loss is not None
            assert found.expected_loss.services[0].criticality == criticality

    def test_a_class_without_services_is_not_a_gap(self) -> None:
        classes = {"application": ClassFacts("application", is_no_service_expected=True)}
        found = assessed(some_facts(targets=(UNMAPPED,), impacted=(impacted("app"),), services=(), classes=classes))
        assert found.impact == 0
        assert found.confidence.cmdb == 1
        assert not codes(found)

    def test_a_change_that_names_no_target_is_one(self) -> None:
        found = assessed(some_facts(targets=(), impacted=(), services=()))
        assert "G6" in codes(found)
        assert found.level >= RiskLevel.MODERATE
        assert found.impact


class TestGuardrails:
    """They raise the level by name and never touch the score."""

    def check(self, facts: RiskFacts, code: str, at_least: RiskLevel) -> None:
        found = assessed(facts)
        assert code in codes(found)
        assert found.level >= at_least
        assert found.score is not None
        assert found.computed_level is band(found.score, SHIPPED.levels)

    def test_a_plain_change_sets_off_none(self) -> None:
        found = assessed(some_facts())
        assert not codes(found)
        assert found.level is found.computed_level is RiskLevel.LOW

    def test_g1_no_way_back_on_tier_1(self) -> None:
        facts = some_facts(a_change(rollback=RollbackState.NONE), targets=(TargetFacts("app", "application", tier=1),))
        self.check(facts, "G1", RiskLevel.HIGH)

    def test_g2_a_blocker_makes_it_unschedulable_until_accepted(self) -> None:
        self.check(some_facts(conflicts=(a_conflict(is_blocker=True),)), "G2", RiskLevel.LOW)
        accepted = some_facts(conflicts=(a_conflict(is_blocker=True, is_accepted=True),))
        assert "G2" not in codes(assessed(accepted))

    def test_g3_irreversible_data_change(self) -> None:
        self.check(some_facts(a_change(is_irreversible=True)), "G3", RiskLevel.HIGH)

    def test_g4_joint_redundancy_of_a_key_service(self) -> None:
        self.check(some_facts(conflicts=(a_conflict(takes_key_service=True),)), "G4", RiskLevel.HIGH)

    def test_g5_an_emergency_keeps_its_level(self) -> None:
        found = assessed(some_facts(a_change(type=ChangeType.EMERGENCY)))
        assert "G5" in codes(found)
        assert found.level is found.computed_level

    def test_g6_an_unmapped_target_is_at_least_moderate(self) -> None:
        self.check(some_facts(targets=(UNMAPPED,), services=()), "G6", RiskLevel.MODERATE)

    def test_g7_a_stale_map_raises_the_level_by_one_band(self) -> None:
        stale = (impacted("app"), impacted("portal", confidence=0.4))
        self.check(some_facts(impacted=stale), "G7", RiskLevel.MODERATE)
        busy = some_facts(impacted=stale, services=(service(1, 1.0),))
        found = assessed(busy)
        assert found.level == found.computed_level + 1

    def test_a_walk_too_large_is_not_scored_and_never_looks_safe(self) -> None:
        found = assessed(some_facts(impacted=(), is_truncated=True))
        assert (found.score, found.impact, found.expected_loss) == (None, None, None)
        assert found.level is RiskLevel.VERY_HIGH
        assert found.confidence.overall is ConfidenceLevel.LOW
        assert found.likelihood == 50 + sum(line.points for line in found.factors)


class TestConfidence:
    def test_at_cold_start_statistics_say_nothing_and_the_bars_are_wide(self) -> None:
        found = assessed(some_facts())
        assert (found.confidence.statistics, found.confidence.overall) == (0, ConfidenceLevel.LOW)
        assert found.probability_low < 0.001
        assert found.probability_high > 0.3
        assert not found.is_calibrated

    def test_a_fit_narrows_them(self) -> None:
        size = len(SHIPPED.factors) + 1
        narrow = tuple(tuple(0.0004 if i == j else 0.0 for j in range(size)) for i in range(size))
        fitted = replace(SHIPPED, covariance=narrow, matured_changes=300, positive_changes=10)
        found = assessed(some_facts(), params=fitted)
        assert (found.confidence.statistics, found.confidence.overall) == (1, ConfidenceLevel.HIGH)
        assert found.is_calibrated
        steep = assessed(some_facts(), params=replace(fitted, calibration=Calibration(slope=2.0)))
        assert steep.probability_high > found.probability_high

    def test_one_unmapped_target_among_mapped_ones_is_low_confidence_however_good_the_rest(self) -> None:
        size = len(SHIPPED.factors) + 1
        certain = replace(SHIPPED, covariance=((0.0,) * size,) * size)
        mapped, gap = TargetFacts("app", "application"), TargetFacts("new", "application", is_mapped=False)
        busy = some_facts(targets=(mapped, gap), services=(service(1, busy_share=1.0),), organisation_busy_share=0.0)
        assert assessed(some_facts(), params=certain).confidence.overall is ConfidenceLevel.HIGH
        found = assessed(busy, params=certain)
        assert min(found.confidence.evidence, found.confidence.statistics, found.confidence.cmdb) >= 0.5
        assert found.confidence.overall is ConfidenceLevel.LOW

    def test_unknown_evidence_costs_its_weight(self) -> None:
        known, unknown = assessed(some_facts()), assessed(some_facts(a_change(test=TestState.UNKNOWN)))
        weights = sum(line.weight for line in known.factors)
        assert known.confidence.evidence == 1
        assert unknown.confidence.evidence == pytest.approx(1 - 0.7 / weights)

    def test_the_map_is_as_good_as_the_ways_to_what_is_lost(self) -> None:
        mapped = some_facts(impacted=(impacted("app"), impacted("portal", confidence=0.6)))
        assert assessed(mapped).confidence.cmdb == pytest.approx(0.6)
        quiet = some_facts(impacted=(impacted("app"), impacted("portal", 0.0, ImpactState.AT_RISK, confidence=0.7)))
        assert assessed(quiet).confidence.cmdb == 0.7


class TestParams:
    def test_json_gives_them_back(self) -> None:
        size = len(SHIPPED.factors) + 1
        fitted = replace(SHIPPED, version="fit-7", covariance=((0.1,) * size,) * size, organisation_rate=0.021)
        for params in (SHIPPED, fitted):
            assert RiskParams.from_json(json.loads(json.dumps(params.to_json()))) == params

    def test_a_muted_factor_is_shown_and_counts_nothing(self) -> None:
        muted = FactorParams(0.7, 0.3, 0.35, muted_reason="no better than a constant")
        params = replace(SHIPPED, version="muted", factors={**SHIPPED.factors, "test": muted})
        none, passed = (
            assessed(some_facts(a_change(test=s)), params=params) for s in (TestState.NONE, TestState.PASSED)
        )
        assert none.likelihood == passed.likelihood
        assert none.probability_high == passed.probability_high
        (line,) = (line for line in none.factors if line.code == "test")
        assert line.points == 0
        assert line.muted_reason == "no better than a constant"

    def test_the_shipped_prior_sd_is_half_the_weight_and_at_least_015(self) -> None:
        assert (SHIPPED.factors["test"].prior_sd, SHIPPED.factors["reach"].prior_sd) == (0.35, 0.15)


class TestReplay:
    def test_stored_inputs_are_canonical_and_hashed(self) -> None:
        found, again = assessed(some_facts()), assessed(some_facts())
        assert (found.inputs, found.input_hash) == (again.inputs, again.input_hash)
        assert ScoreInputs.from_json(found.inputs).to_json() == found.inputs
        assert json.dumps(json.loads(found.inputs), sort_keys=True, separators=(",", ":")) == found.inputs
        assert assessed(some_facts(a_change(test=TestState.NONE))).input_hash != found.input_hash

    def test_another_version_of_the_parameters_is_refused(self) -> None:
        with pytest.raises(ValueError, match="shipped-1"):
            replay(assessed(some_facts()).inputs, replace(SHIPPED, version="fit-2"))

    def test_the_score_reads_nothing_but_inputs_and_parameters(self) -> None:
        found = assessed(some_facts())
        assert score(ScoreInputs.from_json(found.inputs), SHIPPED).score == found.score
