"""The impact engine against its definition on small random estates with cycles and groups (ENGINES 2.2, 1.7)."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.ci.impact import (
    EPSILON,
    Impact,
    ImpactedCi,
    ImpactState,
    LinkKind,
    assess_impact,
    down_set,
    joint_down_set,
    rolling_down_set,
)
from domain.ci.topology import Topology, closure_of
from tests.unit.ci.impact_oracle import (
    EXACT_ALPHAS,
    Derivation,
    World,
    best_derivation,
    best_thin_derivation,
    carried_degrees_of,
    degrees_of,
    down_of,
    random_edge,
    random_world,
    thin_of,
)

Worlds = Callable[[int], int]
GRAVITY = {None: 0, ImpactState.AT_RISK: 1, ImpactState.DEGRADED: 2, ImpactState.DOWN: 3}


def states_by_definition(
    world: World, steps: Sequence[frozenset[str]], epsilon: float = EPSILON
) -> dict[str, ImpactState]:
    """Return the state of what is impacted when the steps fail one after the other."""
    downs = [down_of(world, step) for step in steps]
    states = {ci_id: ImpactState.AT_RISK for down in downs for ci_id in thin_of(world, down)}
    for step in steps:
        states |= {ci_id: ImpactState.DEGRADED for ci_id, q in degrees_of(world, step).items() if q >= epsilon}
    return states | {ci_id: ImpactState.DOWN for down in downs for ci_id in down}


def worst_degrees_by_definition(world: World, steps: Sequence[frozenset[str]]) -> dict[str, float]:
    """Return q as the maximum over the steps, 0 for what is neither at epsilon nor down."""
    per_step = [carried_degrees_of(world, step, EPSILON) for step in steps]
    return {ci_id: max(degrees.get(ci_id, 0.0) for degrees in per_step) for ci_id in world.ids}


def test_degrees_and_states_equal_the_least_fixpoint(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng)
        targets, epsilon = world.some(rng, 2), rng.choice((EPSILON, 0.3, 0.6))
        impacted = assess_impact(world.topology, [targets], epsilon=epsilon).impacted
        exact, carried = degrees_of(world, targets), carried_degrees_of(world, targets, epsilon)
        down = down_of(world, targets)
        thin, states = thin_of(world, down), states_by_definition(world, [targets], epsilon)
        assert down_set(world.topology, targets) == down, seed
        assert set(impacted) == carried.keys() | thin, seed
        for ci_id, found in impacted.items():
            assert found.q == found.q_in_context == carried.get(ci_id, 0.0), (seed, ci_id)
            assert found.q == exact[ci_id] or exact[ci_id] < epsilon, (seed, ci_id)
            assert found.state is states[ci_id], (seed, ci_id)
            assert found.has_no_spare == (ci_id in thin), (seed, ci_id)


def test_with_every_alpha_one_and_hard_degree_is_down(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, alphas=(1.0,))
        world = replace(world, edges=tuple(replace(edge, is_hard=True) for edge in world.edges))
        targets = world.some(rng, 3)
        impacted = assess_impact(world.topology, [targets]).impacted
        assert {ci_id for ci_id, found in impacted.items() if found.q == 1.0} == down_of(world, targets), seed


def test_witnesses_are_the_best_of_all_derivations(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, EXACT_ALPHAS, size=6)
        targets, epsilon = world.some(rng, 2), rng.choice((EPSILON, 0.3, 0.6))
        impacted = assess_impact(world.topology, [targets], epsilon=epsilon).impacted
        carriers = carried_degrees_of(world, targets, epsilon)
        lost = {ci_id: witness_of(world, targets, carriers, ci_id) for ci_id in down_of(world, targets)}
        for ci_id, found in impacted.items():
            thin = None if ci_id in lost else best_thin_derivation(world, lost, ci_id)
            expected = witness_of(world, targets, carriers, ci_id) if ci_id in carriers else thin
            assert expected is not None
            assert (found.path, found.distance) == (expected.path, expected.hops), (seed, ci_id)
            assert found.link_kind is (None, LinkKind.EDGE, LinkKind.GROUP)[expected.last_link[0]], (seed, ci_id)
            assert found.confidence == expected.confidence, (seed, ci_id)
            assert found.group_id == (expected.group_id or (thin.group_id if thin else None)), (seed, ci_id)


def witness_of(world: World, targets: frozenset[str], carriers: dict[str, float], ci_id: str) -> Derivation:
    witness = best_derivation(world, targets, carriers, ci_id)
    assert witness is not None
    assert -witness.negative_q == carriers[ci_id]
    return witness


def test_order_of_relations_groups_members_and_steps_changes_nothing(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, size=9)
        steps = [world.some(rng, 2) for _ in range(rng.randint(1, 3))]
        already_down = world.some(rng, 1) if rng.random() < 0.5 else frozenset()
        once = assess_impact(world.topology, steps, already_down)
        again = assess_impact(world.shuffled(rng).topology, rng.sample(steps, len(steps)), sorted(already_down))
        assert once == again, seed
        assert list(once.impacted) == sorted(once.impacted), seed


def test_the_closure_holds_all_that_the_answer_needs(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, size=9)
        targets, already_down = world.some(rng, 2), world.some(rng, 1)
        fetched = Topology.of(closure_of(world.topology, targets | already_down))
        assert assess_impact(fetched, [targets], already_down) == assess_impact(
            world.topology, [targets], already_down
        ), seed


def test_more_targets_and_more_relations_never_impact_less(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, size=8)
        targets = world.some(rng, 2)
        before = assess_impact(world.topology, [targets])
        extra = random_edge(rng, world.ids, (1.0, 0.6, 0.3), "extra")
        assert_no_milder(before, assess_impact(world.topology, [targets | world.some(rng, 1)]), seed)
        wider = replace(world, edges=(*world.edges, extra))
        assert_no_milder(before, assess_impact(wider.topology, [targets]), seed)


def test_more_redundancy_never_impacts_more(worlds: Worlds) -> None:
    """M7 at the level of the engine: a smaller min_up, or one member more at the same count."""
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng, size=8)
        if not world.groups:
            continue
        targets, group = world.some(rng, 2), rng.choice(world.groups)
        newcomer = rng.choice((*sorted(set(world.ids) - set(group.members)), "newcomer"))
        joined = replace(group, members=(*group.members, newcomer))
        relaxed = replace(group, min_up=max(1, group.min_up - 1))
        before = assess_impact(world.topology, [targets])
        for sturdier in (joined, relaxed):
            groups = tuple(sturdier if known is group else known for known in world.groups)
            after = assess_impact(replace(world, groups=groups).topology, [targets])
            assert all(after.impacted[ci_id].q <= q_of(before, ci_id) for ci_id in after.impacted), seed
            assert down_ids(after) <= down_ids(before), seed


def q_of(impact: Impact, ci_id: str) -> float:
    return impact.impacted[ci_id].q if ci_id in impact.impacted else 0.0


def down_ids(impact: Impact) -> set[str]:
    return {found.id for found in impact.impacted.values() if found.state is ImpactState.DOWN}


def assert_no_milder(before: Impact, after: Impact, seed: int) -> None:
    for ci_id, found in before.impacted.items():
        assert after.impacted[ci_id].q >= found.q, (seed, ci_id)
        assert GRAVITY[after.impacted[ci_id].state] >= GRAVITY[found.state], (seed, ci_id)


def test_a_rolling_change_in_context_is_the_worst_of_its_steps(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng)
        steps = [world.some(rng, 2) for _ in range(rng.randint(1, 3))]
        already_down = world.some(rng, 2)
        together = [step | already_down for step in steps]
        impacted = assess_impact(world.topology, steps, already_down).impacted
        alone, base, context = (states_by_definition(world, seeds) for seeds in (steps, [already_down], together))
        q_alone, q_base, q_context = (
            worst_degrees_by_definition(world, seeds) for seeds in (steps, [already_down], together)
        )
        for ci_id in world.ids:
            is_graver = GRAVITY[context.get(ci_id)] > GRAVITY[base.get(ci_id)]
            is_impacted = ci_id in alone or is_graver or q_context[ci_id] > q_base[ci_id]
            assert (ci_id in impacted) == is_impacted, (seed, ci_id)
            if is_impacted:
                found = impacted[ci_id]
                assert found.state is (context[ci_id] if is_graver or ci_id not in alone else alone[ci_id]), seed
                assert (found.q, found.q_in_context) == (q_alone[ci_id], q_context[ci_id]), (seed, ci_id)
                thin = {ci for seeds in (*steps, *together) for ci in thin_of(world, down_of(world, seeds))}
                assert found.has_no_spare == (found.state is not ImpactState.DOWN and ci_id in thin), (seed, ci_id)
                assert_redundancy(world, found, already_down, together)


def test_the_witness_of_a_rolling_change_is_the_best_over_its_steps(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng)
        steps = [world.some(rng, 2) for _ in range(rng.randint(2, 3))]
        singly = [assess_impact(world.topology, [step]).impacted for step in steps]
        for ci_id, found in assess_impact(world.topology, steps).impacted.items():
            ranked = sorted((-one[ci_id].q, one[ci_id].distance, one[ci_id].path) for one in singly if ci_id in one)
            if found.state is ImpactState.AT_RISK:
                assert (0.0, found.distance, found.path) in ranked, (seed, ci_id)
            else:
                assert (-found.q, found.distance, found.path) == ranked[0], (seed, ci_id)


def assert_redundancy(
    world: World, found: ImpactedCi, already_down: frozenset[str], together: Sequence[frozenset[str]]
) -> None:
    if found.group_id is None:
        assert found.redundancy_before is None
        assert found.redundancy_after is None
        return
    members = next(set(group.members) for group in world.groups if group.id == found.group_id)
    assert found.redundancy_before == len(members - down_of(world, already_down))
    assert found.redundancy_after == min(len(members - down_of(world, seeds)) for seeds in together)


def test_joint_down_sets_are_the_union_over_choices_of_steps(worlds: Worlds) -> None:
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        world = random_world(rng)
        first, second = ([world.some(rng, 2) for _ in range(rng.randint(1, 2))] for _ in range(2))
        already_down = world.some(rng, 1)
        rolling = {ci_id for step in first for ci_id in down_of(world, step | already_down)}
        joint = {ci_id for one in first for two in second for ci_id in down_of(world, one | two | already_down)}
        assert rolling_down_set(world.topology, first, already_down) == rolling, seed
        assert joint_down_set(world.topology, [first, second], already_down) == joint, seed
