"""Impact by its definition (ENGINES 2.2), slowly: Kleene iteration, and every derivation of every witness.

Works on plain lists of edges and groups and shares nothing with the engine but their classes.
"""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.ci.topology import ImpactEdge, ImpactGroup, Topology

EXACT_ALPHAS = (1.0, 0.75, 0.5, 0.25)
FIELD_ALPHAS = (1.0, 0.95, 0.9, 0.7, 0.6, 0.4, 0.3)


@dataclass(frozen=True, slots=True)
class World:
    """A small random estate with cycles, parallel relations and overlapping groups."""

    ids: tuple[str, ...]
    edges: tuple[ImpactEdge, ...]
    groups: tuple[ImpactGroup, ...]

    @property
    def topology(self) -> Topology:
        return Topology(self.edges, self.groups)

    def shuffled(self, rng: random.Random) -> "World":
        edges, groups = list(self.edges), list(self.groups)
        rng.shuffle(edges)
        rng.shuffle(groups)
        turned = (replace(group, members=group.members[::-1], protected=group.protected[::-1]) for group in groups)
        return World(self.ids, tuple(edges), tuple(turned))

    def some(self, rng: random.Random, most: int) -> frozenset[str]:
        return frozenset(rng.sample(self.ids, rng.randint(1, most)))


def random_world(rng: random.Random, alphas: Sequence[float] = FIELD_ALPHAS, size: int = 7) -> World:
    """Return a world of 3 to `size` CIs."""
    ids = tuple(rng.sample("abcdefghijkl", rng.randint(3, size)))
    edges = tuple(random_edge(rng, ids, alphas, f"r{number}") for number in range(rng.randint(1, 2 * len(ids))))
    groups = tuple(random_group(rng, ids, alphas, f"g{number}") for number in range(rng.randint(0, 3)))
    return World(ids, edges, groups)


def random_edge(rng: random.Random, ids: Sequence[str], alphas: Sequence[float], relation_id: str) -> ImpactEdge:
    provider, dependent = rng.sample(ids, 2)
    return ImpactEdge(
        provider, dependent, rng.choice(alphas), rng.random() < 0.5, rng.choice((0.4, 0.7, 1.0)), relation_id
    )


def random_group(rng: random.Random, ids: Sequence[str], alphas: Sequence[float], group_id: str) -> ImpactGroup:
    members = tuple(rng.sample(ids, rng.randint(1, min(4, len(ids)))))
    protected = tuple(rng.sample(ids, rng.randint(1, 2)))
    confidence = rng.choice((0.4, 0.7, 1.0))
    return ImpactGroup(group_id, members, protected, rng.choice(alphas), rng.randint(1, len(members)), confidence)


def down_of(world: World, seeds: Collection[str]) -> frozenset[str]:
    """Return what is down: iterate the definition until nothing is added."""
    down = frozenset(seeds)
    while True:
        more = {edge.dependent for edge in world.edges if edge.is_hard and edge.provider in down}
        for group in world.groups:
            if len(down.intersection(group.members)) >= group.losses_to_break:
                more.update(group.protected)
        if more <= down:
            return down
        down |= more


def thin_of(world: World, down: frozenset[str]) -> frozenset[str]:
    """Return what has lost redundancy without being down."""
    thin: frozenset[str] = frozenset()
    while True:
        more = {edge.dependent for edge in world.edges if edge.is_hard and edge.provider in thin}
        for group in world.groups:
            lost = len(down.intersection(group.members))
            weak = len((down | thin).intersection(group.members))
            if 1 <= lost < group.losses_to_break or weak >= group.losses_to_break:
                more.update(group.protected)
        more -= down
        if more <= thin:
            return thin
        thin |= more


def degrees_of(world: World, seeds: Collection[str], carriers: Collection[str] | None = None) -> dict[str, float]:
    """Return the least fixpoint of q by Kleene iteration; with `carriers`, only these pass their q on."""
    q = dict.fromkeys(world.ids, 0.0)
    while True:
        passed = {ci_id: value if carriers is None or ci_id in carriers else 0.0 for ci_id, value in q.items()}
        raised = {ci_id: 1.0 if ci_id in seeds else 0.0 for ci_id in world.ids}
        for edge in world.edges:
            raised[edge.dependent] = max(raised[edge.dependent], edge.alpha * passed[edge.provider])
        for group in world.groups:
            ranked = sorted((passed[member] for member in group.members), reverse=True)
            for protected in group.protected:
                raised[protected] = max(raised[protected], group.alpha * ranked[group.losses_to_break - 1])
        if raised == q:
            return q
        q = raised


def carried_degrees_of(world: World, seeds: Collection[str], epsilon: float) -> dict[str, float]:
    """Return q of what is at or above epsilon or down, where only such CIs pass it on."""
    down = down_of(world, seeds)
    carriers = {ci_id for ci_id, q in degrees_of(world, seeds).items() if q >= epsilon} | down
    return {ci_id: q for ci_id, q in degrees_of(world, seeds, carriers).items() if ci_id in carriers}


@dataclass(frozen=True, slots=True, order=True)
class Derivation:
    """One way to reach a CI, ordered as witnesses are; then relations before groups, the better believed first."""

    negative_q: float
    hops: int
    path: tuple[str, ...]
    last_link: tuple[int, float, str]
    confidence: float
    group_id: str | None

    def extended(self, ci_id: str, q: float, link: ImpactEdge | ImpactGroup) -> "Derivation":
        is_edge = isinstance(link, ImpactEdge)
        link_id = link.relation_id if isinstance(link, ImpactEdge) else link.id
        return Derivation(
            negative_q=-q,
            hops=self.hops + 1,
            path=(*self.path, ci_id),
            last_link=(1 if is_edge else 2, -link.confidence, link_id),
            confidence=min(self.confidence, link.confidence),
            group_id=self.group_id if is_edge else link_id,
        )


def best_derivation(
    world: World, seeds: Collection[str], carriers: Collection[str], ci_id: str, avoided: frozenset[str] = frozenset()
) -> Derivation | None:
    """Return the best of all derivations of `ci_id` through carriers that repeat no CI on their way.

    Exact only where products of alphas are (EXACT_ALPHAS): elsewhere rounding may rank two equal products.
    """
    if ci_id in seeds:
        return Derivation(-1.0, 0, (ci_id,), (0, 0.0, ""), 1.0, None)
    barred = avoided | {ci_id}

    def before(providers: Iterable[str]) -> list[Derivation]:
        free = [provider for provider in providers if provider in carriers and provider not in barred]
        found = (best_derivation(world, seeds, carriers, provider, barred) for provider in free)
        return sorted(derivation for derivation in found if derivation is not None)

    candidates = [
        reached.extended(ci_id, edge.alpha * -reached.negative_q, edge)
        for edge in world.edges
        if edge.dependent == ci_id
        for reached in before([edge.provider])
    ]
    for group in world.groups:
        if ci_id in group.protected:
            lost = before(group.members)
            if len(lost) >= group.losses_to_break:
                breaker = lost[group.losses_to_break - 1]
                candidates.append(breaker.extended(ci_id, group.alpha * -breaker.negative_q, group))
    return min(candidates, default=None)


def best_thin_derivation(
    world: World,
    lost: dict[str, Derivation],
    ci_id: str,
    avoided: frozenset[str] = frozenset(),
) -> Derivation | None:
    """Return the best derivation of the thinness of `ci_id`, which is not down, from the witnesses of what is down."""
    barred = avoided | {ci_id}

    def weak(members: Iterable[str]) -> list[Derivation]:
        found = [
            lost[member] if member in lost else best_thin_derivation(world, lost, member, barred)
            for member in members
            if member not in barred
        ]
        return sorted(derivation for derivation in found if derivation is not None)

    candidates = [
        reached.extended(ci_id, -reached.negative_q, edge)
        for edge in world.edges
        if edge.dependent == ci_id and edge.is_hard and edge.provider not in lost
        for reached in weak([edge.provider])
    ]
    for group in world.groups:
        if ci_id in group.protected:
            gone = sorted(lost[member] for member in group.members if member in lost)
            ranked = weak(group.members)
            if 1 <= len(gone) < group.losses_to_break:
                candidates.append(gone[0].extended(ci_id, -gone[0].negative_q, group))
            if len(ranked) >= group.losses_to_break:
                breaker = ranked[group.losses_to_break - 1]
                candidates.append(breaker.extended(ci_id, -breaker.negative_q, group))
    return min(candidates, default=None)
