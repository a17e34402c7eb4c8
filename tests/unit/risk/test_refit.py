"""A refit learns from what was known, mutes what has no signal, and claims no more than it was tried on."""

import json
import random
from dataclasses import replace
from math import log2

import pytest

from domain.change.model import ChangeType, RollbackState, TestState
from domain.risk.facts import ChangeFacts, RiskFacts, TargetFacts
from domain.risk.fitting import FitProblem, log_odds_of
from domain.risk.gates import choose_rates
from domain.risk.params import DAY, SHIPPED, RateParams, RiskParams
from domain.risk.rates import PastChange, RateTable
from domain.risk.refit import QUARTER, refit, tried_on_the_past
from domain.risk.report import calibration_report
from domain.risk.score import measure, probability
from domain.risk.training import TrainingChange, training_rows
from workers.solvers.risk_fitter import ScipyRiskFitter

AS_OF = 20_000 * DAY
SOLVE = ScipyRiskFitter().fit
TEAMS = {"calm": 0.3, "usual": 1.0, "wild": 4.0}


def history(number: int, seed: int = 1, base: float = 0.04, days: int = 700) -> list[TrainingChange]:
    """Changes whose odds of failing depend on the team and on whether they were tested, and on nothing else."""
    dice = random.Random(seed)
    return [one_change(dice, index, base, AS_OF - dice.randrange(8 * DAY, days * DAY)) for index in range(number)]


def one_change(dice: random.Random, index: int, base: float, started: int) -> TrainingChange:
    team = dice.choice(list(TEAMS))
    test = dice.choice((TestState.PARTIAL, TestState.NONE))
    risk = min(0.9, base * TEAMS[team] * (2.0 if test is TestState.NONE else 0.7))
    past = PastChange(
        id=f"chg-{index:05}",
        type="NORMAL",
        model=f"model {index % 7}",
        team=team,
        ci_ids=(f"ci-{index % 40}",),
        class_names=("server",),
        failure=float(dice.random() < risk),
        started_at=started,
        known_at=started + 7 * DAY,
    )
    change = ChangeFacts(
        id=past.id,
        type=ChangeType.NORMAL,
        model=past.model,
        team=team,
        planned=(started, started + 3600 * dice.randint(1, 5)),
        test=test,
        rollback=RollbackState.DOCUMENTED,
    )
    return TrainingChange(past, RiskFacts(started - DAY, change, (TargetFacts(past.ci_ids[0], "server"),)), {})


def test_rates_through_time_are_those_built_at_every_instant() -> None:
    dice = random.Random(4)
    past = [change.past for change in history(150)]
    instants = sorted(dice.randrange(AS_OF - 700 * DAY, AS_OF) for _ in range(40))
    for instant, table in zip(instants, RateTable.through_time(past, instants, RateParams()), strict=True):
        built = RateTable.build(past, instant, RateParams())
        assert table.organisation_rate == pytest.approx(built.organisation_rate, rel=1e-9)
        assert table.of_team("wild").value == pytest.approx(built.of_team("wild").value, rel=1e-9)
        assert table.of_ci("ci-3").value == pytest.approx(built.of_ci("ci-3").value, rel=1e-9)
        assert table.track_record("calm", "server", "model 1") == built.track_record("calm", "server", "model 1")


def test_a_team_that_matters_earns_its_place_and_a_label_without_meaning_is_muted() -> None:
    dice = random.Random(2)
    past = [replace(change.past, model=f"model {dice.randrange(300)}") for change in history(4_000)]
    gates = {gate.code: gate for gate in choose_rates(past, AS_OF, RateParams()).gates}
    assert gates["cfr_team"].pseudo_count is not None
    assert gates["cfr_team"].loss < gates["cfr_team"].parent_loss
    assert gates["cfr_model"].pseudo_count is None
    assert "no signal" in str(gates["cfr_model"].muted_reason)


def test_with_few_failures_the_shipped_shrinkage_stands() -> None:
    choice = choose_rates([change.past for change in history(60)], AS_OF, RateParams())
    assert choice.params == RateParams()
    assert not any(gate.is_tried for gate in choice.gates)


def test_e1_without_a_past_everything_is_as_shipped() -> None:
    found = refit([], AS_OF, SHIPPED, "risk-1", SOLVE)
    assert found.params.factors == SHIPPED.factors
    assert found.params.intercept == pytest.approx(SHIPPED.intercept)
    assert not found.params.is_calibrated
    assert found.params.version == "risk-1"


def test_a_refit_in_any_order_is_the_same_refit() -> None:
    changes = history(500)
    shuffled = random.Random(9).sample(changes, len(changes))
    assert refit(shuffled, AS_OF, SHIPPED, "v", SOLVE).params == refit(changes, AS_OF, SHIPPED, "v", SOLVE).params


def test_what_is_known_later_changes_nothing() -> None:
    changes = history(500)
    then = AS_OF - 200 * DAY
    known = [change for change in changes if change.past.known_at <= then]
    assert refit(changes, then, SHIPPED, "v", SOLVE).params == refit(known, then, SHIPPED, "v", SOLVE).params


def test_a_factor_that_mattered_gains_weight_and_one_that_was_unknown_keeps_its_own() -> None:
    found = refit(history(6_000), AS_OF, SHIPPED, "v", SOLVE).params
    assert found.factors["test"].beta > SHIPPED.factors["test"].beta
    assert found.factors["conflict"].beta == pytest.approx(
        SHIPPED.factors["conflict"].beta * found.calibration.slope, abs=1e-9
    )
    assert found.is_calibrated


def test_similar_changes_count_from_three_hundred_labels_on() -> None:
    few, enough = (refit(history(number), AS_OF, SHIPPED, "v", SOLVE).params for number in (299, 300))
    assert few.factors["similar"].muted_reason == "off until 300 changes are labelled"
    assert enough.factors["similar"].muted_reason is None


def test_what_stands_behind_a_class_is_learnt_from_enough_assessed_changes_on_it_alone() -> None:
    """The median of Σ criticality · q; changes that reached nothing or mixed classes say nothing of a class."""

    def assessed(change: TrainingChange, class_name: str, reach: float, *others: str) -> TrainingChange:
        targets = tuple(TargetFacts(name, name) for name in (class_name, *others))
        return replace(change, facts=replace(change.facts, targets=targets), assessed={"reach": log2(1 + reach)})

    past = history(140, days=300)
    learnt = [
        *(assessed(change, "database", 40.0 + number) for number, change in enumerate(past[:31])),
        *(assessed(change, "database", 1_000.0, "server") for change in past[31:70]),
        *(assessed(change, "printer", 0.0) for change in past[70:105]),
        *(assessed(change, "server", 5.0) for change in past[105:134]),
    ]
    usual = refit(learnt, AS_OF, SHIPPED, "v", SOLVE).params.loss
    assert usual.class_criticality == {"database": pytest.approx(55.0)}
    assert usual.usual_criticality(["database", "server"]) == pytest.approx(55.0)
    assert usual.usual_criticality(["server"]) == usual.usual_criticality([]) == 10.0
    assert RiskParams.from_json(json.loads(json.dumps(replace(SHIPPED, loss=usual).to_json()))).loss == usual


def test_recalibration_needs_thirty_failures_in_the_last_quarter_and_is_folded_in() -> None:
    few = refit(history(600), AS_OF, SHIPPED, "v", SOLVE)
    assert few.recent_positives < 30
    assert (few.params.calibration.slope, few.params.calibration.intercept) == (1.0, 0.0)
    many = refit(history(6_000), AS_OF, SHIPPED, "v", SOLVE)
    assert many.recent_positives >= 30
    assert many.params.calibration.slope not in (0.0, 1.0)
    recent = [row for row in many.rows if row.started_at >= AS_OF - QUARTER]
    said = sum(probability(log_odds_of(many.params, row.x)) for row in recent)
    assert said == pytest.approx(sum(row.label for row in recent), rel=0.1)


def test_points_of_a_refit_add_up_to_its_log_odds() -> None:
    changes = history(800)
    params = refit(changes, AS_OF, SHIPPED, "v", SOLVE).params
    table = RateTable.build([change.past for change in changes], AS_OF, params.rates)
    facts = replace(changes[0].facts, as_of=AS_OF)
    measured = measure(facts, table, params)
    x = {factor.code: factor.x for factor in measured.inputs.factors if factor.raw is not None}
    assert log_odds_of(params, x) == pytest.approx(
        params.intercept
        + sum(params.factors[f.code].weight * (f.x - params.factors[f.code].typical) for f in measured.inputs.factors)
    )


def test_the_x_of_a_stored_assessment_stand_and_rates_are_measured_anew() -> None:
    change = replace(history(1)[0], assessed={"reach": 6.5, "test": 0.1, "cfr_team": 99.0})
    row = training_rows([change], [change.past], SHIPPED)[0]
    assert row.is_assessed
    assert (row.x["reach"], row.x["test"]) == (6.5, 0.1)
    assert row.x["cfr_team"] == 0.0
    assert "duration" not in row.x
    plain = training_rows([replace(change, assessed={})], [change.past], SHIPPED)[0]
    assert {"reach", "conflict", "timing", "open_problems", "history_impacted"}.isdisjoint(plain.x)
    assert plain.x["test"] == 0.4 if change.facts.change.test is TestState.PARTIAL else 1.0


def test_the_report_says_what_is_proved_and_what_is_not() -> None:
    changes = history(6_000)
    predictions = tried_on_the_past(changes, AS_OF, SHIPPED, SOLVE)
    report = calibration_report(refit(changes, AS_OF, SHIPPED, "risk-2", SOLVE), predictions, SHIPPED, AS_OF)
    assert report.is_calibrated
    assert report.trial is not None
    assert report.trial.gain.low > 0
    assert any(finding.startswith("Calibrated: fitted on") for finding in report.findings)
    assert any(finding.startswith("Ranks better") for finding in report.findings)
    assert "Known of no change, so as shipped: reach" in "\n".join(report.findings)
    assert report.trial.measures[0].name == "fitted weights"


def test_a_small_past_claims_nothing() -> None:
    changes = history(120, base=0.02)
    report = calibration_report(
        refit(changes, AS_OF, SHIPPED, "risk-1", SOLVE),
        tried_on_the_past(changes, AS_OF, SHIPPED, SOLVE),
        SHIPPED,
        AS_OF,
    )
    assert not report.is_calibrated
    assert report.findings[0].startswith("Not calibrated")
    assert any(f.startswith(("No gain in ranking is proved", "Tried on nothing")) for f in report.findings)


def test_no_past_is_reported_as_nothing_tried() -> None:
    report = calibration_report(refit([], AS_OF, SHIPPED, "v", SOLVE), [], SHIPPED, AS_OF)
    assert report.trial is None
    assert "Tried on nothing" in report.findings[-1]


def test_a_slope_at_its_bound_is_no_calibration() -> None:
    """Where the last quarter went the other way round, the identity stands: a slope of zero would end all ranking."""

    def solve(problem: FitProblem):
        fit = SOLVE(problem)
        return replace(fit, weights=(0.0,)) if len(problem.prior_weights) == 1 else fit

    found = refit(history(6_000), AS_OF, SHIPPED, "v", solve)
    assert found.is_recalibrated
    assert found.params.calibration.slope == 1.0
