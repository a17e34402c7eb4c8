"""What would lower this risk, by example (ENGINES 1.5); the promise itself is property C1."""

from dataclasses import replace
from functools import partial
from itertools import combinations

from domain.change.model import RollbackState, TestState
from domain.ci.impact import ImpactState
from domain.risk.counterfactuals import Alternative, apply_all, catalogue, what_would_lower, with_team
from domain.risk.facts import ProblemFacts, RiskFacts
from domain.risk.model import RiskLevel
from domain.risk.params import SHIPPED
from domain.risk.score import measure, measure_again
from tests.unit.risk.risk_examples import AS_OF, a_change, a_past, assessed, impacted, past_change, service, some_facts


def unprepared() -> RiskFacts:
    """Return a change in business hours without tests, without a way back, on top of an open problem."""
    change = a_change(test=TestState.NONE, rollback=RollbackState.NONE, rollback_minutes=None)
    problem = ProblemFacts("PRB-1", ("app",), AS_OF - 9, AS_OF - 9)
    return some_facts(change, services=(service(3, busy_share=1.0),), problems=(problem,))


def at_night(facts: RiskFacts) -> RiskFacts:
    return replace(facts, services=tuple(replace(s, busy_share=0.0) for s in facts.services))


def rolled(facts: RiskFacts) -> RiskFacts:
    return replace(facts, impacted=(impacted("app"), impacted("portal", 0.0, ImpactState.AT_RISK)))


def test_the_catalogue_offers_what_the_facts_lack() -> None:
    assert [a.code for a in catalogue(unprepared())] == ["test", "rollback", "workaround:PRB-1", "fix:PRB-1"]
    assert catalogue(some_facts()) == ()


def test_the_cheapest_sets_that_reach_the_next_level_are_offered_none_dominated() -> None:
    facts = unprepared()
    slot = Alternative("slot", "Move to Saturday 02:00", 1, at_night)
    base = assessed(facts)
    offered = what_would_lower(base, measure(facts, a_past(), SHIPPED), (*catalogue(facts), slot))
    assert base.level > RiskLevel.LOW
    assert 1 <= len(offered) <= 3
    assert all(found.new_level < base.level for found in offered)
    efforts, scores = [found.effort for found in offered], [found.new_score for found in offered]
    assert efforts == sorted(efforts)
    assert scores == sorted(scores, reverse=True)
    assert len(set(efforts)) == len(efforts)


def test_three_actions_are_tried_where_two_are_not_enough() -> None:
    facts = unprepared()
    params = replace(SHIPPED, levels=replace(SHIPPED.levels, moderate=15.0, high=100.0, very_high=200.0))
    wanted = (*catalogue(facts)[:2], Alternative("slot", "Move to Saturday 02:00", 1, at_night))
    fewer = [chosen for size in (1, 2) for chosen in combinations(wanted, size)]
    assert all(assessed(apply_all(facts, chosen), params=params).level > RiskLevel.LOW for chosen in fewer)
    (offered,) = what_would_lower(assessed(facts, params=params), measure(facts, a_past(), params), wanted)
    assert len(offered.actions) == 3


def test_nothing_is_offered_for_a_low_risk() -> None:
    facts = some_facts()
    assert what_would_lower(assessed(facts), measure(facts, a_past(), SHIPPED), catalogue(facts)) == ()


def test_a_team_with_a_record_takes_points_off() -> None:
    past = a_past(*(past_change(number, team="veterans") for number in range(30)))
    paired = Alternative("team:veterans", "Pair with the veterans", 2, partial(with_team, team="veterans"))
    assert assessed(apply_all(unprepared(), [paired]), past).likelihood < assessed(unprepared(), past).likelihood


def test_measuring_again_only_what_changed_equals_measuring_all() -> None:
    facts = unprepared()
    base = measure(facts, a_past(), SHIPPED)
    others = (Alternative("slot", "Move", 1, at_night), Alternative("roll", "One member at a time", 2, rolled))
    for alternative in (*catalogue(facts), *others):
        changed = alternative.apply(base.situation.facts)
        assert measure_again(base, changed) == measure(changed, a_past(), SHIPPED)
