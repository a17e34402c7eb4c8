"""Random estates with a planned change, walked by the real impact engine, for the properties of ENGINES 1.7."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import assess_impact
from domain.ci.topology import ImpactEdge, ImpactGroup, Topology, reach_of
from domain.risk.facts import (
    ChangeFacts,
    ClassFacts,
    ConflictFacts,
    IncidentFacts,
    ProblemFacts,
    RiskFacts,
    ServiceFacts,
    TargetFacts,
)
from domain.risk.model import RiskAssessment
from domain.risk.params import DAY, SHIPPED, RiskParams
from domain.risk.rates import PastChange, RateTable
from domain.risk.score import assess

AS_OF = 20_000 * DAY
CLASSES = ("server", "database", "application", "printer")
TEAMS = ("dba", "network", None)
MODELS = ("upgrade", "patch", None)
HELD = replace(
    SHIPPED,
    organisation_rate=0.03,
    factors={**SHIPPED.factors, "similar": replace(SHIPPED.factors["similar"], muted_reason=None)},
    loss=replace(SHIPPED.loss, class_criticality={"database": 50.0, "server": 3.0}),
)
"""The parameters of one epoch, every factor on: p_org does not move while a property is looked at."""

TITLES = ("", "Upgrade the payments database", "Upgrade the ledger database", "Patch the web servers", "Rotate keys")


@dataclass(frozen=True)
class World:
    """An estate, its past and one change; everything a use case would read from the record."""

    class_of: dict[str, str]
    tier_of: dict[str, int | None]
    edges: tuple[ImpactEdge, ...]
    groups: tuple[ImpactGroup, ...]
    services: tuple[ServiceFacts, ...]
    classes: dict[str, ClassFacts]
    change: ChangeFacts
    target_ids: tuple[str, ...]
    incidents: tuple[IncidentFacts, ...]
    problems: tuple[ProblemFacts, ...]
    conflicts: tuple[ConflictFacts, ...]
    past: tuple[PastChange, ...]
    already_down: tuple[str, ...] = ()
    organisation_busy_share: float | None = 0.3
    as_of: int = AS_OF


def random_worlds(number: int, seed: int) -> Iterator[tuple[World, random.Random]]:
    """Yield worlds, each with the generator that made it, to draw the edit from."""
    for index in range(number):
        rng = random.Random(seed * 1_000_003 + index)
        yield random_world(rng), rng


def facts_of(world: World) -> RiskFacts:
    """Assemble the facts of the world's change as a use case would: walk, then join."""
    topology = Topology(world.edges, world.groups)
    impact = assess_impact(topology, [world.target_ids], world.already_down)
    service_ids = {service.id for service in world.services}
    return RiskFacts(
        as_of=world.as_of,
        position=7,
        change=world.change,
        targets=tuple(
            TargetFacts(
                id=ci_id,
                class_name=world.class_of[ci_id],
                tier=world.tier_of[ci_id],
                is_mapped=not service_ids.isdisjoint(reach_of(topology, [ci_id]).ids),
            )
            for ci_id in world.target_ids
        ),
        impacted=tuple(impact.impacted.values()),
        services=world.services,
        classes=world.classes,
        incidents=world.incidents,
        problems=world.problems,
        conflicts=world.conflicts,
        organisation_busy_share=world.organisation_busy_share,
        is_truncated=impact.truncated,
    )


def rates_of(world: World, params: RiskParams = HELD) -> RateTable:
    """Return the failure rates of the world's past."""
    return RateTable.build(world.past, world.as_of, params.rates, params.organisation_rate)


def assessed(world: World, params: RiskParams = HELD) -> RiskAssessment:
    """Return the assessment of the world's change."""
    return assess(facts_of(world), rates_of(world, params), params)


def points_of(assessment: RiskAssessment) -> dict[str, float]:
    """Return x by factor, the unrounded place on the scale."""
    return {factor.code: factor.x for factor in assessment.factors}


def random_world(rng: random.Random) -> World:
    """Return a small estate with cycles, groups, gaps in the map and unknown facts of every kind."""
    cis = [f"ci{number}" for number in range(rng.randint(2, 8))]
    service_ids = [f"svc{number}" for number in range(rng.randint(0, 3))]
    nodes = cis + service_ids
    return World(
        class_of={ci_id: rng.choice(CLASSES) for ci_id in nodes},
        tier_of={ci_id: rng.choice((1, 2, 3, 4, None)) for ci_id in nodes},
        edges=tuple(random_edge(rng, nodes, number) for number in range(rng.randint(0, 12))),
        groups=tuple(random_group(rng, cis, nodes, number) for number in range(rng.randint(0, 2))),
        services=tuple(random_service(rng, service_id) for service_id in service_ids),
        classes={name: random_class(rng, name) for name in CLASSES if rng.random() < 0.7},
        change=random_change(rng),
        target_ids=tuple(rng.sample(cis, rng.randint(1, min(3, len(cis))))),
        incidents=tuple(random_incident(rng, nodes, number) for number in range(rng.randint(0, 6))),
        problems=tuple(random_problem(rng, nodes, number) for number in range(rng.randint(0, 4))),
        conflicts=tuple(random_conflict(rng, number) for number in range(rng.randint(0, 3))),
        past=tuple(random_past(rng, cis, number) for number in range(rng.randint(0, 12))),
        already_down=(rng.choice(cis),) if rng.random() < 0.3 else (),
    )


def random_edge(rng: random.Random, nodes: list[str], number: int) -> ImpactEdge:
    provider = rng.choice(nodes)
    dependent = rng.choice([node for node in nodes if node != provider])
    alpha = rng.choice((0.05, 0.3, 0.6, 0.9, 1.0))
    return ImpactEdge(provider, dependent, alpha, rng.random() < 0.5, rng.choice((0.2, 0.4, 0.7, 1.0)), f"r{number}")


def random_group(rng: random.Random, cis: list[str], nodes: list[str], number: int) -> ImpactGroup:
    members = tuple(rng.sample(cis, rng.randint(1, min(3, len(cis)))))
    protected = tuple(rng.sample(nodes, 1))
    min_up = rng.randint(1, len(members))
    return ImpactGroup(f"g{number}", members, protected, rng.choice((0.5, 1.0)), min_up, rng.choice((0.4, 1.0)))


def random_service(rng: random.Random, service_id: str) -> ServiceFacts:
    return ServiceFacts(
        id=service_id,
        name=service_id.upper(),
        tier=rng.randint(1, 4),
        busy_share=rng.choice((None, 0.0, 0.1, rng.random(), 1.0)),
        is_peak=rng.random() < 0.2,
        downtime_left_minutes=rng.choice((None, 0.0, 43.2, 400.0)),
        has_vip_consumer=rng.random() < 0.2,
    )


def random_class(rng: random.Random, name: str) -> ClassFacts:
    return ClassFacts(
        name=name,
        restore_minutes=rng.choice((None, 20.0, 60.0, 240.0)),
        is_no_service_expected=name == "printer",
    )


def random_change(rng: random.Random) -> ChangeFacts:
    start = AS_OF + rng.randint(1, 20) * DAY
    return ChangeFacts(
        id="chg",
        type=rng.choice(list(ChangeType)),
        model=rng.choice(MODELS),
        team=rng.choice(TEAMS),
        planned=rng.choice((None, (start, start + rng.randint(1, 30) * 1800))),
        test=rng.choice(list(TestState)),
        test_artefact=rng.choice((None, "run-1")),
        rollback=rng.choice(list(RollbackState)),
        rollback_artefact=rng.choice((None, "rehearsal-1")),
        rollback_minutes=rng.choice((None, 10.0, 90.0)),
        is_irreversible=rng.random() < 0.1,
        is_backup_down=rng.random() < 0.1,
        title=rng.choice(TITLES),
    )


def random_incident(rng: random.Random, nodes: list[str], number: int | str) -> IncidentFacts:
    opened = AS_OF - rng.randint(0, 300 * DAY)
    ci_ids = tuple(rng.sample(nodes, rng.randint(1, 2)))
    return IncidentFacts(f"inc{number}", ci_ids, rng.randint(1, 4), opened, min(AS_OF, opened + rng.randint(0, DAY)))


def random_problem(rng: random.Random, nodes: list[str], number: int | str) -> ProblemFacts:
    opened = AS_OF - rng.randint(0, 300 * DAY)
    closed = rng.choice((None, None, AS_OF - DAY, AS_OF + DAY))
    return ProblemFacts(f"prb{number}", (rng.choice(nodes),), opened, opened, closed, rng.random() < 0.3)


def random_conflict(rng: random.Random, number: int | str) -> ConflictFacts:
    severity = rng.choice((0.15, 0.2, 0.4, 0.6, 0.9))
    return ConflictFacts(
        id=f"cnf{number}",
        code=rng.choice(("SAME_CI", "REDUNDANCY", "BLACKOUT", "APPROVER", "SOAK")),
        severity=severity,
        is_major=severity == 0.6,
        is_blocker=severity == 0.9,
        is_accepted=rng.random() < 0.2,
        takes_key_service=severity == 0.9 and rng.random() < 0.5,
    )


def random_past(rng: random.Random, cis: list[str], number: int | str) -> PastChange:
    started = AS_OF - rng.randint(0, 700) * DAY
    return PastChange(
        id=f"past{number}",
        type=rng.choice(list(ChangeType)).value,
        model=rng.choice(MODELS),
        team=rng.choice(TEAMS),
        ci_ids=tuple(rng.sample(cis, 1)),
        class_names=(rng.choice(CLASSES),),
        failure=rng.choice((None, 0.0, 0.0, 0.4, 1.0)),
        started_at=started,
        known_at=started + 7 * DAY,
        title=rng.choice(TITLES),
    )
