"""The changes that can meet one change, and the context in which they are compared (ENGINES 3.5)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from domain.ci.topology import ImpactEdge, Topology
from domain.conflict.context import ConflictContext
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import PlannedChange, reach
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval
from domain.ports import Snapshot
from domain.usecases.assessment import Session, Walk, off_loop_if_large
from domain.usecases.footprints import NO_EFFECTS, from_facts
from domain.usecases.surroundings import DAY, Surroundings


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The changes that can meet one change, and the context in which they are compared.

    `walked` are those whose walks the context holds: only of these can it say which outages they cause together.
    """

    changes: tuple[PlannedChange, ...]
    context: ConflictContext
    walked: frozenset[str] = frozenset()


async def neighbourhood(
    session: Session,
    own: Walk,
    *,
    fresh: Mapping[str, Walk],
    former: Interval | None = None,
) -> Neighbourhood:
    """Return the stored changes that can meet this one, with `fresh` facts in place of stored ones.

    `former` is the reach before an edit.
    """
    hull = _hull(reach(own.planned), former)
    followers = await session.snapshot.followers_of(own.planned.id)
    stored = await session.snapshot.footprints(hull, own.planned.predecessors | followers)
    walks = {**fresh, own.change.id: own}
    changes = await _planned_from(session.snapshot, own, stored)
    changes |= {change_id: walk.planned for change_id, walk in walks.items()}
    groups = {facts["id"]: frozenset(facts["groups"]) for facts in stored}
    groups_before = groups.get(own.change.id, frozenset())
    groups |= {change_id: walk.group_ids for change_id, walk in walks.items()}
    sharing = _sharing_groups(own.group_ids | groups_before, groups)
    near = await _neighbourhood(session, own, changes, await _failures(session, own, changes, sharing), hull)
    return replace(near, walked=frozenset(sharing | {own.change.id}))


async def _failures(
    session: Session, own: Walk, changes: Mapping[str, PlannedChange], sharing: Collection[str]
) -> FailureModel:
    """Return what fails when a change and those that share redundancy with it take their targets down together.

    Only where they may break a group together does it matter what that reaches, and who takes it down alone.
    """
    topology, graph, around = own.estate.topology, session.ports.graph, session.around
    together = {*sharing, own.change.id}
    if len(together) == 1:
        return FailureModel(topology, around.down_now)
    steps = {step.targets for change_id in together for step in changes[change_id].steps}
    falling = await graph.closure(frozenset().union(*steps), as_of=around.now_at, hard_only=True)
    topology = topology.joined(Topology.of(falling))
    failures = FailureModel(topology, around.down_now)
    at_stake = failures.at_stake(steps)
    if not at_stake:
        return failures
    reached = await graph.closure(at_stake, as_of=around.now_at)
    every_step = [step for change in changes.values() for step in change.steps]
    taking_down = frozenset[str]().union(*(step.targets for step in every_step if step.down.intersection(reached.ids)))
    alone = await graph.closure(taking_down, as_of=around.now_at, hard_only=True)

    def joined() -> FailureModel:
        return FailureModel(topology.joined(Topology.of(reached)).joined(Topology.of(alone)), around.down_now)

    return await off_loop_if_large(len(reached.ids), joined)


async def rivals(session: Session, own: Walk, span: Interval) -> Neighbourhood:
    """Return the stored changes that can stand in this one's way wherever in the span it is moved to.

    Those that meet it on services only, or use up a capacity at the same time, matter where it is moved to in the end.
    """
    planned = own.planned
    known = await session.snapshot.rivals(
        direct=planned.direct, effects=planned.effects, group_ids=own.group_ids, person_ids=planned.implementers
    )
    changes = await _planned_from(session.snapshot, own, await session.snapshot.footprints(None, known))
    changes[planned.id] = planned
    bridge = partial(_bridged, own.estate.topology, changes.values())
    topology = await off_loop_if_large(len(planned.effects), bridge)
    return await _neighbourhood(session, own, changes, FailureModel(topology, session.around.down_now), span)


async def _planned_from(snapshot: Snapshot, own: Walk, stored: Sequence[Mapping[str, Any]]) -> dict[str, PlannedChange]:
    """Return changes from their stored facts, with their effects on what this one works on."""
    effects = await snapshot.effects_on(own.planned.direct, [facts["id"] for facts in stored])
    return {facts["id"]: from_facts(facts, effects.get(facts["id"], NO_EFFECTS)) for facts in stored}


async def _neighbourhood(
    session: Session, own: Walk, changes: Mapping[str, PlannedChange], failures: FailureModel, hull: Interval | None
) -> Neighbourhood:
    snapshot, around = session.snapshot, session.around
    await _learn_names(snapshot, around, own)
    near = tuple(changes[change_id] for change_id in sorted(changes))
    hubs = await _hubs(snapshot, around.conflict_policy, own, near)
    return Neighbourhood(near, _context(around, own, near, failures=failures, hull=hull, hubs=hubs))


def _bridged(topology: Topology, changes: Iterable[PlannedChange]) -> Topology:
    """Return the topology of one change's walk with bridges from the targets of others to what those take down in it.

    A year of changes may share redundancy with this one; to walk all that each of them reaches would take seconds.
    """
    members = {member for group in topology.groups.values() for member in group.members}
    walked = members.union(topology.edges_from, *(group.protected for group in topology.groups.values()))
    bridges = {
        (target, fallen)
        for change in changes
        for step in change.steps
        for fallen in step.down & walked
        for target in step.targets
    }
    edges = [edge for leaving in topology.edges_from.values() for edge in leaving]
    edges += [ImpactEdge(target, fallen, 1.0, True, 1.0, "") for target, fallen in sorted(bridges) if target != fallen]
    return Topology(edges, topology.groups.values(), topology.is_truncated)


def _hull(first: Interval | None, second: Interval | None) -> Interval | None:
    known = [span for span in (first, second) if span is not None]
    return (min(start for start, _ in known), max(end for _, end in known)) if known else None


def _sharing_groups(own: frozenset[str], groups: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the changes whose walk touches a group that this one's, or another such one's, touches too."""
    reached, sharing = set(own), set[str]()
    while True:
        joining = {change_id for change_id, ids in groups.items() if change_id not in sharing and ids & reached}
        if not joining:
            return sharing
        sharing |= joining
        reached.update(*(groups[change_id] for change_id in joining))


async def _learn_names(snapshot: Snapshot, around: Surroundings, own: Walk) -> None:
    unknown = [ci_id for ci_id in own.planned.effects if ci_id not in around.names]
    around.names.update(await snapshot.names_of(unknown))


async def _hubs(snapshot: Snapshot, policy: ConflictPolicy, own: Walk, near: Sequence[PlannedChange]) -> frozenset[str]:
    """Return the hubs among the CIs that changes work on and meet over: no other is ever asked about."""
    direct = own.planned.direct
    met = direct.union(*(change.direct & own.planned.effects.keys() for change in near))
    met |= {effect.witness[0] for change in near for ci_id, effect in change.effects.items() if ci_id in direct}
    crowded = await snapshot.crowded_cis(met, policy.hub_open_changes)
    edges_from = own.estate.topology.edges_from
    return frozenset(crowded | {ci_id for ci_id in met if len(edges_from.get(ci_id, ())) > policy.hub_fan_out})


def _context(
    around: Surroundings,
    own: Walk,
    near: Sequence[PlannedChange],
    *,
    failures: FailureModel,
    hull: Interval | None,
    hubs: frozenset[str],
) -> ConflictContext:
    span = hull or (around.now, around.now + DAY)
    within = (span[0] - DAY, span[1] + DAY)
    implementers = frozenset[str]().union(*(change.implementers for change in near))
    schedules = {ci.id: around.maintenance(ci, within) for ci in own.estate.targets.values()}
    services = {s.id: around.service_maintenance(s.id, within) for s in own.estate.services.values()}
    return ConflictContext(
        now=around.now,
        failures=failures,
        policy=around.conflict_policy,
        service_tiers=around.tiers,
        hubs=hubs,
        ci_maintenance={ci_id: opening for ci_id, opening in schedules.items() if opening is not None},
        service_maintenance={s_id: opening for s_id, opening in services.items() if opening is not None},
        blackouts=around.blackouts(within),
        people=around.person_facts(implementers, within),
        capacity_limits=around.limits,
        incidents=around.incidents(),
        names=around.names,
    )
