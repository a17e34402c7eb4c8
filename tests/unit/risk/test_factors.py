"""Every factor by an example a change manager can follow, with the numbers of ENGINES 1.3."""

from dataclasses import replace

import pytest

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactState
from domain.risk.facts import ConflictFacts, IncidentFacts, ProblemFacts, RiskFacts, TargetFacts
from domain.risk.model import EvidenceKind
from domain.risk.params import DAY, SHIPPED
from tests.unit.risk.risk_examples import (
    AS_OF,
    a_change,
    a_past,
    assessed,
    factor,
    impacted,
    past_change,
    service,
    some_facts,
)


def points(code: str, facts: RiskFacts) -> float:
    return float(factor(code, facts).points)


def incident(number: int, severity: int = 1, age_days: int = 0, ci: str = "app") -> IncidentFacts:
    opened = AS_OF - age_days * DAY
    return IncidentFacts(f"INC-{number}", (ci,), severity, opened, opened)


def problem(number: int, ci: str = "app", *, has_workaround: bool = False) -> ProblemFacts:
    return ProblemFacts(f"PRB-{number}", (ci,), AS_OF - DAY, AS_OF - DAY, has_workaround=has_workaround)


def conflict(number: int, severity: float, code: str = "SAME_CI") -> ConflictFacts:
    return ConflictFacts(f"CNF-{number}", code, severity)


def targets(number: int) -> tuple[TargetFacts, ...]:
    return tuple(TargetFacts(f"app{index}", "application") for index in range(number))


class TestReach:
    """F1."""

    def test_counts_criticality_times_degree_of_every_service_reached(self) -> None:
        line = factor("reach", some_facts(impacted=(impacted("app"), impacted("portal", 0.5, ImpactState.DEGRADED))))
        assert line.raw == 40 * 0.5

    def test_a_doubling_of_what_is_reached_costs_one_and_a_half_points(self) -> None:
        tier2, tier1 = some_facts(services=(service(2),)), some_facts(services=(service(1),))
        assert points("reach", tier1) - points("reach", tier2) == pytest.approx(1.4 * 1.3, abs=0.15)

    def test_a_service_that_only_lost_its_spare_is_not_reached(self) -> None:
        at_risk = some_facts(impacted=(impacted("app"), impacted("portal", 0.0, ImpactState.AT_RISK)))
        assert factor("reach", at_risk).raw == 0

    def test_redundancy_used_up_by_an_outage_counts_as_gone(self) -> None:
        lost = replace(impacted("portal"), q=0.0, q_in_context=1.0)
        assert factor("reach", some_facts(impacted=(impacted("app"), lost))).raw == 40

    def test_shows_each_service_with_its_way(self) -> None:
        (row,) = factor("reach", some_facts()).evidence
        assert (row.kind, row.id) == (EvidenceKind.SERVICE, "portal")
        assert row.label == "Customer portal: tier 2, q 1.00, hops 1"


class TestIncidentHistory:
    """F2, F3."""

    def test_severities_weigh_eight_four_two_one(self) -> None:
        incidents = tuple(incident(severity, severity) for severity in (1, 2, 3, 4))
        assert factor("history_target", some_facts(incidents=incidents)).raw == 15

    def test_an_incident_weighs_half_after_sixty_days(self) -> None:
        line = factor("history_target", some_facts(incidents=(incident(1, 1, age_days=60),)))
        assert line.raw == 4
        assert [(row.id, row.label, row.weight) for row in line.evidence] == [("INC-1", "P1", 4.0)]

    def test_a_doubling_costs_two_points(self) -> None:
        three, seven = (some_facts(incidents=tuple(incident(n, 4) for n in range(count))) for count in (3, 7))
        assert points("history_target", seven) - points("history_target", three) == pytest.approx(2.2, abs=0.15)
        assert points("history_impacted", seven) - points("history_impacted", three) == pytest.approx(0.7, abs=0.15)

    def test_what_is_reached_counts_with_its_degree_and_targets_fully(self) -> None:
        facts = some_facts(
            impacted=(impacted("app"), impacted("portal", 0.5, ImpactState.DEGRADED)),
            incidents=(incident(1, 1, ci="portal"), incident(2, 4, ci="app")),
        )
        assert factor("history_impacted", facts).raw == 8 * 0.5 + 1
        assert factor("history_target", facts).raw == 1

    def test_an_incident_on_several_reached_items_counts_once(self) -> None:
        both = incident(1, 1)._replace(ci_ids=("app", "portal"))
        assert factor("history_impacted", some_facts(incidents=(both,))).raw == 8


class TestFailureRates:
    """F4a to F4d."""

    @pytest.mark.parametrize("code", ["cfr_model", "cfr_team"])
    def test_a_rate_double_the_organisations_costs_five_to_six_points(self, code: str) -> None:
        past = a_past(*(past_change(n, float(n < 18), age_days=7, type="MAJOR") for n in range(271)))
        line = factor(code, some_facts(), past)
        assert line.raw == pytest.approx(2 * 0.03, abs=0.001)
        assert float(line.points) == pytest.approx(6.2, abs=0.3)

    def test_no_past_means_the_organisations_rate_and_no_points(self) -> None:
        for code in ("cfr_type", "cfr_model", "cfr_team", "cfr_ci"):
            line = factor(code, some_facts())
            assert line.raw == pytest.approx(0.03)
            assert line.points == 0

    def test_the_worst_target_speaks_for_all(self) -> None:
        past = a_past(*(past_change(n, 1.0, ci_ids=("bad",)) for n in range(5)))
        both = (TargetFacts("app", "application"), TargetFacts("bad", "application"))
        assert factor("cfr_ci", some_facts(targets=both), past).evidence[0].id == "bad"

    def test_shows_bare_decayed_and_shrunk_numbers_and_the_failures(self) -> None:
        past = a_past(past_change(1, 1.0), *(past_change(n) for n in range(2, 12)))
        summary, failed = factor("cfr_team", some_facts(), past).evidence
        assert summary.label == "1 failed of 11 (decayed 0.9/10); shrunk 3.9%; org 3.0%"
        assert (failed.kind, failed.id) == (EvidenceKind.CHANGE, "old-001")

    def test_a_change_without_team_is_neutral_and_unknown(self) -> None:
        line = factor("cfr_team", some_facts(a_change(team=None)))
        assert (line.raw, float(line.points), line.is_known) == (None, 0, False)


class TestOpenProblems:
    """F5."""

    def test_one_open_problem_costs_four_points_more(self) -> None:
        one = some_facts(problems=(problem(1),))
        assert points("open_problems", one) - points("open_problems", some_facts()) == pytest.approx(4.3, abs=0.1)

    def test_a_workaround_halves_it_and_a_reached_item_counts_half_its_degree(self) -> None:
        facts = some_facts(problems=(problem(1, has_workaround=True), problem(2, ci="portal")))
        assert factor("open_problems", facts).raw == 0.5 + 0.5

    def test_a_closed_problem_counts_no_more(self) -> None:
        closed = replace(problem(1), closed_at=AS_OF)
        assert factor("open_problems", some_facts(problems=(closed,))).raw == 0


class TestComplexityAndNovelty:
    """F6, F7."""

    def test_a_doubling_of_the_targets_costs_five_points(self) -> None:
        two, four = some_facts(targets=targets(2)), some_facts(targets=targets(4))
        assert points("complexity", four) - points("complexity", two) == pytest.approx(5.0, abs=0.1)

    @pytest.mark.parametrize(("successes", "expected"), [(0, 5.2), (12, -1.3), (24, -2.9)])
    def test_practice_takes_points_off(self, successes: int, expected: float) -> None:
        past = a_past(*(past_change(number) for number in range(successes)))
        line = factor("novelty", some_facts(), past)
        assert line.raw == successes
        assert float(line.points) == pytest.approx(expected, abs=0.11)

    def test_the_least_practised_class_decides_and_the_last_three_are_shown(self) -> None:
        past = a_past(*(past_change(number, age_days=30 + number) for number in range(5)))
        assert [row.id for row in factor("novelty", some_facts(), past).evidence] == ["old-000", "old-001", "old-002"]
        mixed = (TargetFacts("app", "application"), TargetFacts("db", "database"))
        assert factor("novelty", some_facts(targets=mixed), past).raw == 0


class TestTiming:
    """F8."""

    def test_fully_in_the_hours_of_a_tier_2_service_costs_four_and_a_half_points(self) -> None:
        busy = some_facts(services=(service(2, busy_share=1.0),))
        assert points("timing", busy) == pytest.approx(4.6, abs=0.1)

    def test_a_lesser_service_counts_in_proportion(self) -> None:
        assert factor("timing", some_facts(services=(service(3, busy_share=1.0),))).raw == 0.25

    def test_an_unknown_calendar_counts_as_the_typical_one(self) -> None:
        line = factor("timing", some_facts(services=(service(2, busy_share=None),)))
        assert (line.raw, float(line.points), line.is_known) == (0.2, 0, False)


class TestPlan:
    """F9 to F13."""

    def test_conflicts_combine_and_stay_below_one(self) -> None:
        facts = some_facts(conflicts=(conflict(1, 0.9), conflict(2, 0.5)))
        assert factor("conflict", facts).raw == pytest.approx(0.95)
        worst = some_facts(conflicts=tuple(conflict(number, 0.9) for number in range(9)))
        assert points("conflict", worst) == pytest.approx(9.6, abs=0.1)

    def test_a_missing_approver_is_left_out_because_it_depends_on_the_level(self) -> None:
        assert factor("conflict", some_facts(conflicts=(conflict(1, 0.4, "APPROVER"),))).raw == 0

    @pytest.mark.parametrize(("state", "expected"), [(TestState.PASSED, -3.0), (TestState.NONE, 7.1)])
    def test_tests(self, state: TestState, expected: float) -> None:
        assert points("test", some_facts(a_change(test=state))) == pytest.approx(expected, abs=0.1)

    def test_without_an_artefact_tests_are_at_most_partial_and_a_rollback_at_most_documented(self) -> None:
        claimed = some_facts(a_change(test_artefact=None, rollback_artefact=None))
        assert (factor("test", claimed).raw, factor("rollback", claimed).raw) == (0.4, 0.35)

    def test_no_way_back_costs_four_points(self) -> None:
        assert points("rollback", some_facts(a_change(rollback=RollbackState.NONE))) == pytest.approx(4.0, abs=0.1)

    def test_a_rollback_is_unknown_while_the_backup_is_down(self) -> None:
        assert factor("rollback", some_facts(a_change(is_backup_down=True))).raw == 0.8

    def test_an_emergency_costs_seven_points_more(self) -> None:
        line = factor("emergency", some_facts(a_change(type=ChangeType.EMERGENCY, authorised_by="duty manager")))
        assert float(line.points) == pytest.approx(6.9, abs=0.11)
        assert line.evidence[0].id == "duty manager"

    def test_a_doubling_of_the_duration_costs_one_and_a_half_points(self) -> None:
        def lasting(hours: int) -> RiskFacts:
            return some_facts(a_change(planned=(AS_OF, AS_OF + hours * 3600)))

        assert points("duration", lasting(15)) - points("duration", lasting(7)) == pytest.approx(1.4, abs=0.1)
        unscheduled = factor("duration", some_facts(a_change(planned=None)))
        assert (unscheduled.raw, float(unscheduled.points)) == (None, 0)

    def test_similar_changes_are_shown_muted_with_the_reason(self) -> None:
        line = factor("similar", some_facts())
        assert (line.is_muted, float(line.points)) == (True, 0)
        assert line.muted_reason == "off until 300 changes are labelled"


def test_every_factor_has_a_line_in_the_order_of_the_catalogue() -> None:
    assert [line.code for line in assessed(some_facts()).factors] == list(SHIPPED.factors)
