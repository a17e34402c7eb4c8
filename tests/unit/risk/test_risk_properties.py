"""The properties of ENGINES 1.7 over random worlds: what may never happen, whatever the estate looks like."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from math import fsum, isclose
from typing import TypeVar

import pytest

from domain.change.model import RollbackState, TestState
from domain.ci.topology import ImpactEdge, Topology, reach_of
from domain.risk.counterfactuals import Alternative, apply_all, catalogue, what_would_lower, without_conflict
from domain.risk.facts import ChangeFacts, RiskFacts
from domain.risk.model import RiskAssessment
from domain.risk.params import DAY
from domain.risk.rates import PastChange, RateTable, shrunk_rate
from domain.risk.score import assess, judge, measure, replay
from tests.unit.risk.risk_worlds import (
    AS_OF,
    HELD,
    World,
    assessed,
    facts_of,
    points_of,
    random_conflict,
    random_edge,
    random_incident,
    random_past,
    random_problem,
    random_worlds,
    rates_of,
)

Worlds = Callable[[int], int]
Row = TypeVar("Row")
WORLDS = 5_000


def risk_of(world: World) -> Decimal:
    return risk_of_facts(facts_of(world), rates_of(world))


def risk_of_facts(facts: RiskFacts, rates: RateTable) -> Decimal:
    found = judge(measure(facts, rates, HELD).inputs, HELD).score
    assert found is not None
    return found


def likelihood_of(world: World) -> Decimal:
    return judge(measure(facts_of(world), rates_of(world), HELD).inputs, HELD).likelihood


def test_a1_the_printed_sum_adds_up_and_the_loss_is_the_sum_of_its_services(worlds: Worlds) -> None:
    """A1, and the printed sums of 1.3: 50 + Σ points = L, R = I + L − 50, all in exact tenths."""
    for world, _ in random_worlds(worlds(WORLDS), seed=1):
        found = assessed(world)
        assert found.score is not None
        assert found.impact is not None
        assert found.expected_loss is not None
        assert 50 + sum(factor.points for factor in found.factors) == found.likelihood
        assert found.score == found.impact + found.likelihood - 50
        assert all(factor.points.as_tuple().exponent == -1 for factor in found.factors)
        assert abs(float(found.likelihood) - 50 - 10 * (found.log_odds - HELD.intercept) / 0.6931471805599453) < 0.0501
        assert 0 < found.probability_low <= found.probability <= found.probability_high < 1
        assert found.impact >= 0
        loss = found.expected_loss
        terms = [s.criticality * s.demand * s.sla_factor * s.vip_factor * s.q for s in loss.services]
        assert isclose(loss.weighted_minutes, loss.restore_minutes * fsum(terms), rel_tol=1e-12)
        if loss.weighted_minutes > 0:
            assert isclose(fsum(s.share for s in loss.services), 1.0, rel_tol=1e-12)


def test_a1_replaying_the_stored_inputs_gives_every_number_to_the_last_bit(worlds: Worlds) -> None:
    for world, _ in random_worlds(worlds(WORLDS), seed=2):
        found = assessed(world)
        replayed = replay(found.inputs, HELD)
        assert replayed == _without_evidence(found)


def test_a2_order_and_repetition_change_nothing(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=3):
        shuffled = replace(
            world,
            edges=_shuffled(rng, world.edges),
            groups=_shuffled(rng, world.groups),
            services=_repeated(rng, world.services),
            target_ids=_shuffled(rng, world.target_ids),
            incidents=_repeated(rng, world.incidents),
            problems=_repeated(rng, world.problems),
            conflicts=_repeated(rng, world.conflicts),
            past=_repeated(rng, world.past),
        )
        facts = facts_of(shuffled)
        facts = replace(facts, targets=_repeated(rng, facts.targets), impacted=_repeated(rng, facts.impacted))
        assert assess(facts, rates_of(shuffled), HELD) == assessed(world)


def test_a3_what_was_opened_or_recorded_later_changes_nothing(worlds: Worlds) -> None:
    """A3, no look-ahead: incidents, problems and changes from after as_of, or only recorded after it, are not there."""
    for world, rng in random_worlds(worlds(WORLDS), seed=4):
        later = AS_OF + rng.randint(1, 30) * DAY
        nodes = sorted(world.class_of)
        incident = random_incident(rng, nodes, "later")
        problem = replace(random_problem(rng, nodes, "later"), closed_at=None)
        past = replace(random_past(rng, nodes, "later"), failure=1.0)
        seen_ahead = replace(
            world,
            incidents=(
                *world.incidents,
                incident._replace(recorded_at=later),
                incident._replace(id="future", opened_at=later),
            ),
            problems=(
                *world.problems,
                replace(problem, recorded_at=later),
                replace(problem, id="future", opened_at=later),
            ),
            past=(*world.past, replace(past, known_at=later), replace(past, id="fresh", started_at=AS_OF - 6 * DAY)),
        )
        assert assessed(seen_ahead) == assessed(world)


def test_a4_an_incident_out_of_reach_changes_nothing(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=5):
        reached = reach_of(Topology(world.edges, world.groups), world.target_ids).ids
        outside = [*sorted(set(world.class_of) - reached), "elsewhere"]
        incident = random_incident(rng, ["x", "y"], "far")._replace(ci_ids=(rng.choice(outside),))
        assert assessed(replace(world, incidents=(*world.incidents, incident))) == assessed(world)


def test_m1_an_extra_incident_or_problem_never_lowers_the_score(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=6):
        nodes = sorted(world.class_of)
        worse = replace(world, incidents=(*world.incidents, random_incident(rng, nodes, "extra")))
        worst = replace(worse, problems=(*world.problems, random_problem(rng, nodes, "extra")))
        assert risk_of(world) <= risk_of(worse) <= risk_of(worst)


def test_m1_the_same_incidents_weigh_less_as_time_passes(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=7):
        now, later = points_of(assessed(world)), points_of(assessed(replace(world, as_of=AS_OF + rng.randint(1, DAY))))
        assert later["history_target"] <= now["history_target"]
        assert later["history_impacted"] <= now["history_impacted"]


def test_m2_m3_a_failure_never_lowers_and_a_success_never_raises_the_likelihood(worlds: Worlds) -> None:
    """M2 and M3, at a p_org held within the epoch."""
    for world, rng in random_worlds(worlds(WORLDS), seed=8):
        base = likelihood_of(world)
        success = replace(random_past(rng, sorted(world.class_of), "extra"), failure=0.0)
        assert likelihood_of(replace(world, past=(*world.past, success))) <= base
        flipped = tuple(_flipped(change) for change in world.past)
        assert likelihood_of(replace(world, past=flipped)) >= base


def test_m4_m5_better_evidence_never_raises_the_score_and_unknown_lies_between(worlds: Worlds) -> None:
    for world, _ in random_worlds(worlds(WORLDS), seed=9):
        facts, rates = facts_of(world), rates_of(world)

        def risk_with(change: ChangeFacts, facts: RiskFacts = facts, rates: RateTable = rates) -> Decimal:
            return risk_of_facts(replace(facts, change=change), rates)

        by_test = [
            risk_with(replace(world.change, test=state, test_artefact="run"))
            for state in (TestState.PASSED, TestState.PARTIAL, TestState.UNKNOWN, TestState.NONE)
        ]
        assert by_test == sorted(by_test)
        by_rollback = [
            risk_with(replace(world.change, rollback=state, rollback_artefact="drill"))
            for state in (RollbackState.TESTED, RollbackState.DOCUMENTED, RollbackState.UNKNOWN, RollbackState.NONE)
        ]
        assert by_rollback == sorted(by_rollback)


def test_m6_more_business_hours_conflicts_and_higher_tiers_never_lower_the_score(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=10):
        facts, rates = facts_of(world), rates_of(world)
        base = risk_of_facts(facts, rates)
        busier = tuple(
            s if s.busy_share is None else replace(s, busy_share=s.busy_share + (1 - s.busy_share) * rng.random())
            for s in world.services
        )
        assert risk_of_facts(replace(facts, services=busier), rates) >= base
        higher = tuple(replace(s, tier=rng.randint(1, s.tier)) for s in world.services)
        assert risk_of_facts(replace(facts, services=higher), rates) >= base
        conflicts = (*world.conflicts, random_conflict(rng, "extra"))
        assert risk_of_facts(replace(facts, conflicts=conflicts), rates) >= base


def test_m6_an_extra_target_never_lowers_the_score(worlds: Worlds) -> None:
    compared = 0
    for world, rng in random_worlds(worlds(WORLDS), seed=16):
        others = sorted(set(world.class_of) - set(world.target_ids))
        if others:
            assert risk_of(replace(world, target_ids=(*world.target_ids, rng.choice(others)))) >= risk_of(world)
            compared += 1
    assert compared > worlds(WORLDS) / 2


def test_m6_an_extra_relation_never_lowers_the_score_unless_it_maps_an_unmapped_target(worlds: Worlds) -> None:
    """M6, with nothing down already: a relation to an outage would take the blame off the change."""
    compared = 0
    for drawn, rng in random_worlds(worlds(WORLDS), seed=11):
        world = replace(drawn, already_down=())
        extra = replace(random_edge(rng, sorted(world.class_of), 0), relation_id="extra")
        related = replace(world, edges=(*world.edges, extra))
        if len(facts_of(related).unmapped_targets) == len(facts_of(world).unmapped_targets):
            assert risk_of(related) >= risk_of(world)
            compared += 1
    assert compared > worlds(WORLDS) / 2


def test_m7_an_extra_member_or_a_smaller_min_up_never_raises_the_score(worlds: Worlds) -> None:
    """M7, at a count min_up and with nothing down already, so that every loss is the change's own."""
    compared = 0
    for drawn, rng in random_worlds(worlds(WORLDS), seed=12):
        world = replace(drawn, already_down=())
        if not world.groups:
            continue
        group = world.groups[0]
        outsiders = sorted({ci for ci in world.class_of if ci.startswith("ci")} - set(group.members))
        smaller = replace(group, min_up=max(1, group.min_up - 1))
        assert risk_of(replace(world, groups=(smaller, *world.groups[1:]))) <= risk_of(world)
        if outsiders:
            bigger = replace(group, members=(*group.members, rng.choice(outsiders)))
            assert risk_of(replace(world, groups=(bigger, *world.groups[1:]))) <= risk_of(world)
            compared += 1
    assert compared > worlds(WORLDS) / 10


def test_m8_less_confidence_in_a_relation_never_lowers_the_level(worlds: Worlds) -> None:
    for world, rng in random_worlds(worlds(WORLDS), seed=13):
        doubted = tuple(_doubted(rng, edge) for edge in world.edges)
        before, after = assessed(world), assessed(replace(world, edges=doubted))
        assert after.level >= before.level
        assert after.score == before.score


def test_c1_every_counterfactual_keeps_its_promise(worlds: Worlds) -> None:
    """C1: the promised score is that of the re-scored facts, and the level is lower."""
    kept = 0
    for world, _ in random_worlds(worlds(WORLDS), seed=14):
        facts, rates = facts_of(world), rates_of(world)
        base = assess(facts, rates, HELD)
        alternatives = {a.code: a for a in (*catalogue(facts), *_resolving(facts))}
        for promised in what_would_lower(base, measure(facts, rates, HELD), tuple(alternatives.values())):
            chosen = [alternatives[action.code] for action in promised.actions]
            again = assess(apply_all(facts, chosen), rates, HELD)
            assert (promised.new_score, promised.new_level) == (again.score, again.level)
            assert promised.new_probability == again.probability
            assert again.level < base.level
            kept += 1
    assert kept > 0


@pytest.mark.parametrize("pseudo_count", [5.0, 30.0, 60.0, 200.0])
def test_e2_the_shrunk_rate_lies_between_raw_and_parent_and_moves_with_the_evidence(
    worlds: Worlds, pseudo_count: float
) -> None:
    rng = random.Random(15)
    for _ in range(worlds(20_000)):
        count = rng.choice((0.0, rng.uniform(0, 3), rng.uniform(0, 1e6)))
        failures, parent = count * rng.random(), rng.uniform(0.001, 0.5)
        rate = shrunk_rate(failures, count, parent, pseudo_count)
        low, high = sorted((failures / count if count else parent, parent))
        assert low - 1e-12 <= rate <= high + 1e-12
        assert shrunk_rate(failures + 1, count + 1, parent, pseudo_count) > rate
        assert shrunk_rate(failures, count + 1, parent, pseudo_count) <= rate
    assert shrunk_rate(0.0, 0.0, 0.03, pseudo_count) == 0.03
    assert isclose(shrunk_rate(1e9, 1e10, 0.03, pseudo_count), 0.1, rel_tol=1e-6)


def _without_evidence(found: RiskAssessment) -> RiskAssessment:
    loss = found.expected_loss
    assert loss is not None
    bare = tuple(
        replace(s, witness=(), kind=None, redundancy_before=None, redundancy_after=None) for s in loss.services
    )
    return replace(
        found,
        factors=tuple(replace(factor, evidence=()) for factor in found.factors),
        expected_loss=replace(loss, services=bare),
        comparables=(),
    )


def _shuffled(rng: random.Random, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(rng.sample(rows, len(rows)))


def _repeated(rng: random.Random, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return _shuffled(rng, (*rows, *rows[:2]))


def _flipped(change: PastChange) -> PastChange:
    return change if change.failure is None else replace(change, failure=1.0)


def _doubted(rng: random.Random, edge: ImpactEdge) -> ImpactEdge:
    return replace(edge, confidence=edge.confidence * rng.choice((0.1, 0.5, 1.0)))


def _resolving(facts: RiskFacts) -> tuple[Alternative, ...]:
    return tuple(
        Alternative(f"resolve:{found.id}", "Resolve", 2, partial(without_conflict, conflict_id=found.id))
        for found in facts.conflicts
    )
