"""Empirical-Bayes rates: small samples cannot shout, old ones fade, nothing is known before its time."""

import pytest

from domain.risk.params import DAY, RateParams
from domain.risk.rates import RateTable, shrunk_rate
from tests.unit.risk.risk_examples import AS_OF, a_past, past_change


@pytest.mark.parametrize(
    ("failures", "count", "expected"), [(0, 2, 0.029), (1, 1, 0.046), (40, 200, 0.16), (0, 300, 0.005)]
)
def test_the_examples_of_the_design(failures: int, count: int, expected: float) -> None:
    assert shrunk_rate(failures, count, 0.03, 60) == pytest.approx(expected, abs=0.001)


def test_the_organisations_rate_starts_at_three_percent_worth_two_hundred_changes() -> None:
    assert RateTable.build([], AS_OF, RateParams()).organisation_rate == 0.03
    fresh = [past_change(number, failure=1.0, age_days=7) for number in range(100)]
    found = RateTable.build(fresh, AS_OF, RateParams())
    assert found.organisation_rate == pytest.approx((100 + 6) / 300, abs=0.004)


def test_a_change_counts_half_after_a_year() -> None:
    rate = a_past(past_change(1, failure=1.0, age_days=365)).of_team("web")
    assert (rate.weighted_count, rate.weighted_failures, rate.count) == (0.5, 0.5, 1)


def test_a_model_is_shrunk_to_its_type_and_the_rest_to_the_organisation() -> None:
    past = a_past(*(past_change(number, failure=1.0, model=None) for number in range(20)))
    of_type = past.of_type("NORMAL").value
    assert of_type > 0.03
    assert past.of_model("upgrade", "NORMAL").value == of_type
    assert past.of_team("unheard of").value == past.of_ci("unheard of").value == 0.03


def test_what_is_immature_unknown_yet_or_censored_counts_nowhere() -> None:
    past = a_past(
        past_change(1, failure=1.0, age_days=6, known_at=AS_OF),
        past_change(2, failure=1.0, known_at=AS_OF + 1),
        past_change(3, failure=None),
    )
    assert past.organisation().count == 0
    assert past.of_team("web").value == 0.03


def test_an_inferred_link_is_a_soft_failure() -> None:
    rate = a_past(past_change(1, failure=0.4, age_days=365)).of_team("web")
    assert (rate.failures, rate.weighted_failures) == (0.4, 0.2)


def test_the_same_table_serves_a_later_instant_with_everything_faded() -> None:
    changes = [past_change(number, failure=float(number < 3)) for number in range(10)]
    later = a_past(*changes).at(AS_OF + 100 * DAY)
    rebuilt = RateTable.build(changes, AS_OF + 100 * DAY, RateParams(), organisation_rate=0.03)
    assert later.of_team("web").value == pytest.approx(rebuilt.of_team("web").value, rel=1e-12)
    with pytest.raises(ValueError, match="before it was built"):
        later.at(AS_OF)


def test_the_latest_failures_are_named() -> None:
    past = a_past(*(past_change(number, failure=1.0, age_days=100 - number) for number in range(8)))
    assert past.of_team("web").failed_ids == ("old-007", "old-006", "old-005", "old-004", "old-003")


def test_the_upper_bound_narrows_with_the_evidence() -> None:
    few, many = a_past(), a_past(*(past_change(number) for number in range(300)))
    assert few.of_team("web").upper == pytest.approx(0.058, abs=0.001)
    assert many.of_team("web").upper < 0.02
