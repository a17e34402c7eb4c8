"""Estates and plans for the conflict tests: one change spelled out, and random worlds small enough to think through."""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.change.model import ChangeState, TaskAction
from domain.ci.impact import assess_impact
from domain.ci.topology import ImpactEdge, ImpactGroup, Topology, reach_of
from domain.conflict.context import (
    ApprovalFacts,
    Approver,
    Blackout,
    BlackoutScope,
    CapacityLimit,
    CapacitySubject,
    ConflictContext,
    OpenIncident,
    PersonFacts,
)
from domain.conflict.derivation import footprint
from domain.conflict.detector import detect_all
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import PlannedChange, PlannedTask
from domain.conflict.model import Conflict, ConflictCode
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval

MINUTE = 60
HOUR = 3600
QUARTER = 900
NIGHT = (0, 2 * HOUR)
LATER = (2 * HOUR, 4 * HOUR)
POLICY = ConflictPolicy()


@dataclass
class Estate:
    """Edges `(provider, dependent, alpha, is_hard)`, groups `(members, protected, min_up)`, tiers of services."""

    edges: dict[str, tuple[str, str, float, bool]] = field(default_factory=dict)
    groups: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = field(default_factory=dict)
    service_tiers: dict[str, int] = field(default_factory=dict)

    def topology(self) -> Topology:
        return Topology(
            [ImpactEdge(*edge, confidence=1.0, relation_id=key) for key, edge in self.edges.items()],
            [
                ImpactGroup(key, members, protected, alpha=1.0, min_up=min_up, confidence=1.0)
                for key, (members, protected, min_up) in self.groups.items()
            ],
        )

    def context(self, *, already_down: Collection[str] = (), now: int = 0, **facts: Any) -> ConflictContext:
        return ConflictContext(
            now=now,
            failures=FailureModel(self.topology(), already_down),
            service_tiers=dict(self.service_tiers),
            **facts,
        )

    def change(self, number: str, window: Interval | None, targets: Iterable[str] = (), **facts: Any) -> PlannedChange:
        """A change without reserve, on its targets at once unless `steps` maps numbers to targets."""
        steps = facts.pop("steps", {1: tuple(targets)})
        step_windows = facts.pop("step_windows", ())
        bare: dict[str, Any] = {"state": ChangeState.SCHEDULED, "reserve_seconds": 0} | facts
        return PlannedChange(id=number, number=number, window=window, **self.footprint(steps, step_windows), **bare)

    def refreshed(self, change: PlannedChange) -> PlannedChange:
        """The same change after the estate was edited."""
        targets = {number: step.targets for number, step in enumerate(change.steps)}
        windows = [(number, step.window) for number, step in enumerate(change.steps) if step.window is not None]
        return replace(change, **self.footprint(targets, windows))

    def footprint(
        self, targets: Mapping[int, Collection[str]], windows: Iterable[tuple[int, Interval]]
    ) -> dict[str, Any]:
        topology = self.topology()
        impact = assess_impact(topology, [targets[number] for number in sorted(targets)])
        found = footprint(topology, targets, windows, impact, service_tiers=self.service_tiers, policy=POLICY)
        return {"steps": found.steps, "effects": found.effects, "services": found.services}


def found(estate: Estate, *changes: PlannedChange, **facts: Any) -> list[Conflict]:
    return detect_all(changes, estate.context(**facts))


def only(conflicts: list[Conflict]) -> Conflict:
    assert len(conflicts) == 1
    return conflicts[0]


def codes(conflicts: list[Conflict]) -> list[ConflictCode]:
    return [conflict.code for conflict in conflicts]


def random_estate(dice: random.Random, cis: list[str]) -> Estate:
    estate = Estate(service_tiers={ci: dice.randint(1, 4) for ci in cis if dice.random() < 0.3})
    for number in range(dice.randint(2, len(cis))):
        estate.edges[f"e{number}"] = random_edge(dice, cis)
    for number in range(dice.randint(1, 4)):
        estate.groups[f"g{number}"] = random_group(dice, cis)
    return estate


def redundant_estate(dice: random.Random, cis: list[str]) -> Estate:
    """Large groups, chained, hardly an edge: outages that need three changes and more."""
    estate = Estate(service_tiers={cis[-1]: 2})
    for number in range(dice.randint(2, 4)):
        members, protected, _ = random_group(dice, cis)
        estate.groups[f"g{number}"] = (members, protected, 1)
    estate.edges["e0"] = random_edge(dice, cis)
    return estate


def random_edge(dice: random.Random, cis: list[str]) -> tuple[str, str, float, bool]:
    provider, dependent = dice.sample(cis, 2)
    return provider, dependent, dice.choice([0.1, 0.3, 0.6, 0.9]), dice.random() < 0.4


def random_group(dice: random.Random, cis: list[str]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    members = dice.sample(cis, dice.choice([2, 3, 3, 4]))
    outside = [ci for ci in cis if ci not in members]
    return tuple(members), tuple(dice.sample(outside, dice.randint(1, min(2, len(outside))))), dice.choice([1, 1, 2])


@dataclass
class World:
    """An estate, the facts around it, and a plan that is edited one act at a time."""

    dice: random.Random
    estate: Estate
    cis: list[str]
    last_start: int = 36
    down: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, PlannedChange] = field(default_factory=dict)

    def copy(self) -> "World":
        """The same world, and the same dice to come, to be edited on its own."""
        dice, estate = random.Random(), self.estate
        dice.setstate(self.dice.getstate())
        estate = Estate(dict(estate.edges), dict(estate.groups), dict(estate.service_tiers))
        facts, plan = dict(self.facts), dict(self.plan)
        return replace(self, dice=dice, estate=estate, down=set(self.down), facts=facts, plan=plan)

    def context(self) -> ConflictContext:
        return self.estate.context(already_down=self.down, now=10 * QUARTER, **self.facts)

    def random_change(self, change_id: str) -> PlannedChange:
        dice = self.dice
        window = None if dice.random() < 0.06 else _random_window(dice, self.last_start)
        begin, end = window or (0, 40 * QUARTER)
        steps = {1: dice.sample(self.cis, dice.choice([1, 1, 1, 2]))}
        if dice.random() < 0.2:
            steps[2] = dice.sample(self.cis, 1)
        others = [other for other in self.plan if other < change_id]
        predecessors = frozenset(dice.sample(others, min(len(others), 1)) if dice.random() < 0.25 else ())
        return self.estate.change(
            change_id,
            window,
            steps=steps,
            step_windows=[(2, (begin, begin + QUARTER))] if dice.random() < 0.4 else [],
            state=dice.choice([ChangeState.SCHEDULED] * 8 + [ChangeState.NEW, ChangeState.CLOSED]),
            is_on_demand=dice.random() < 0.3,
            is_excluded=dice.random() < 0.03,
            downtime=(begin, end - QUARTER) if end - begin > QUARTER and dice.random() < 0.2 else None,
            prep_seconds=dice.choice([0, 0, QUARTER]),
            reserve_seconds=dice.choice([None, 0, QUARTER, 3 * QUARTER]),
            bake_seconds=dice.choice([0, 0, 4 * QUARTER]),
            predecessors=predecessors,
            back_to_back=predecessors if dice.random() < 0.5 else frozenset(),
            bundle=dice.choice([None, None, None, "b1", "b2"]),
            exemptions=frozenset({"freeze-0"} if dice.random() < 0.2 else ()),
            classes=frozenset({dice.choice(["server", "database"])}),
            sites=frozenset(dice.sample(["north", "south"], 1)),
            team_id=dice.choice(["dba", "web"]),
            requester_id=dice.choice(["ana", "bo", "cy"]),
            tasks=tuple(_random_task(dice, number, window, self.cis) for number in range(dice.randint(0, 2))),
        )

    def put_random(self) -> PlannedChange:
        """Add or edit a change; at most 15 are kept."""
        change_id = f"CHG-{self.dice.randrange(15):02}"
        self.plan[change_id] = self.random_change(change_id)
        return self.plan[change_id]

    def edit_relation(self) -> list[PlannedChange]:
        """Add, replace or end an edge or a group; the changes it may concern, with fresh footprints.

        These are the changes upstream of it, before or after the edit. Where what is down already reaches it, the edit
        moves J(∅) too: then they are the changes whose closure meets what lies downstream, as for an outage.
        """
        dice, before = self.dice, self.estate.topology()
        kind = self.estate.edges if dice.random() < 0.5 else self.estate.groups
        prefix, build = ("e", random_edge) if kind is self.estate.edges else ("g", random_group)
        key = f"{prefix}{dice.randrange(6)}"
        touched = _providers(kind.get(key))
        if dice.random() < 0.7 or key not in kind:
            kind[key] = build(dice, self.cis)  # type: ignore[assignment]
        else:
            del kind[key]
        touched |= _providers(kind.get(key))
        affected: set[str] = set()
        for topology in (before, self.estate.topology()):
            is_near_outage = bool(touched & reach_of(topology, self.down).ids)
            affected |= self._reaching(set(reach_of(topology, touched).ids) if is_near_outage else touched, topology)
        for change_id in affected:
            self.plan[change_id] = self.estate.refreshed(self.plan[change_id])
        return [self.plan[change_id] for change_id in sorted(affected)]

    def edit_outage(self) -> list[PlannedChange]:
        """Open or close an outage; the changes whose closure meets that of the CI."""
        ci_id = self.dice.choice(self.cis)
        self.down ^= {ci_id}
        topology = self.estate.topology()
        affected = self._reaching(set(reach_of(topology, [ci_id]).ids), topology)
        return [self.plan[change_id] for change_id in sorted(affected)]

    def edit_facts(self) -> list[PlannedChange]:
        """Draw calendars, people, limits, incidents and approvals anew: every open change is re-checked."""
        self.facts = random_facts(self.dice, self.cis, sorted(self.plan))
        return list(self.plan.values())

    def _reaching(self, ci_ids: set[str], topology: Topology) -> set[str]:
        return {key for key, change in self.plan.items() if ci_ids & reach_of(topology, change.direct).ids}


def random_world(dice: random.Random) -> World:
    cis = [f"c{number}" for number in range(dice.randint(5, 11))]
    if dice.random() < 0.4:
        world = World(dice, redundant_estate(dice, cis), cis, last_start=8)
    else:
        world = World(dice, random_estate(dice, cis), cis)
    world.facts = random_facts(dice, world.cis, [])
    return world


def random_facts(dice: random.Random, cis: list[str], change_ids: list[str]) -> dict[str, Any]:
    scopes = [
        BlackoutScope(is_organisation_wide=True),
        BlackoutScope(ci_ids=frozenset(dice.sample(cis, 1))),
        BlackoutScope(service_ids=frozenset(dice.sample(cis, 2))),
        BlackoutScope(classes=frozenset({"database"})),
        BlackoutScope(sites=frozenset({"north"})),
    ]
    return {
        "hubs": frozenset(dice.sample(cis, 1) if dice.random() < 0.3 else ()),
        "ci_maintenance": {ci: tuple(_random_window(dice) for _ in range(3)) for ci in dice.sample(cis, 2)},
        "service_maintenance": {ci: (_random_window(dice),) for ci in dice.sample(cis, 2)},
        "blackouts": tuple(
            Blackout(f"freeze-{number}", f"freeze {number}", (_random_window(dice),), dice.choice(scopes))
            for number in range(dice.randint(0, 2))
        ),
        "people": {
            "ana": PersonFacts(capacity=1, shift=(_random_window(dice), _random_window(dice))),
            "bo": PersonFacts(capacity=2, leave=(_random_window(dice),)),
        },
        "capacity_limits": (
            CapacityLimit(CapacitySubject.SITE, "north", dice.randint(1, 3)),
            CapacityLimit(CapacitySubject.TEAM, "dba", dice.randint(1, 3)),
            CapacityLimit(CapacitySubject.SERVICE, dice.choice(cis), dice.randint(1, 2)),
        ),
        "incidents": tuple(
            OpenIncident(f"i{number}", f"INC-{number}", dice.randint(1, 2), frozenset(dice.sample(cis, 2)))
            for number in range(dice.randint(0, 2))
        ),
        "approvals": {
            change_id: ApprovalFacts(20 * QUARTER, (Approver(dice.choice(["ana", "bo"]), (_random_window(dice),)),))
            for change_id in change_ids
            if dice.random() < 0.3
        },
    }


def _random_window(dice: random.Random, last_start: int = 36) -> Interval:
    start = dice.randrange(last_start) * QUARTER
    return start, start + dice.choice([1, 2, 3, 4, 8, 12]) * QUARTER


def _random_task(dice: random.Random, number: int, window: Interval | None, cis: list[str]) -> PlannedTask:
    begin = window[0] if window else 0
    return PlannedTask(
        id=f"t{number}",
        implementer_id=dice.choice([None, "ana", "ana", "bo", "cy"]),
        window=(begin, begin + dice.randint(1, 4) * QUARTER) if dice.random() < 0.8 else None,
        action=dice.choice([*TaskAction]),
        is_exclusive=dice.random() < 0.3,
        ci_id=dice.choice([None, dice.choice(cis)]),
    )


def _providers(relation: Any) -> set[str]:
    """The upstream ends of an edge or a group."""
    if relation is None:
        return set()
    return {relation[0]} if isinstance(relation[0], str) else set(relation[0])
