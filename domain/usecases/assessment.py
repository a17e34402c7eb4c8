"""The assessment of one change, saved or not: its walk, its conflicts, its risk and who decides.

Reads only. The same code serves a preview and the re-check of a stored change, so both say the same.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from domain.change.model import Change, ChangeState, EvidenceKind
from domain.change.windows import ChangeWindow
from domain.ci.impact import Impact, assess_impact
from domain.ci.model import ConfigurationItem
from domain.ci.topology import Closure, ImpactEdge, Topology
from domain.conflict.acceptance import ConflictRecord
from domain.conflict.context import ApprovalFacts, Approver, ConflictContext
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import PlannedChange, reach, scheduled
from domain.conflict.model import Conflict
from domain.conflict.people import approver
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval
from domain.ports import Ports, Snapshot
from domain.risk.counterfactuals import Alternative, catalogue, what_would_lower
from domain.risk.facts import RiskFacts
from domain.risk.model import RiskAssessment
from domain.risk.routing import DecisionRoute, is_auto_approval_stopped, route, routing_facts
from domain.risk.score import Measured, assessment_of, measure, measure_again
from domain.usecases.footprints import NO_EFFECTS, Estate, from_facts, planned_change, target_steps
from domain.usecases.risk_facts import LastingFacts, gather, lasting_facts
from domain.usecases.surroundings import DAY, Surroundings
from domain.usecases.wording import worded

Answer = TypeVar("Answer")

OFF_LOOP_ABOVE = 500
"""Computations over more nodes than this run in a thread, so that nobody else waits (ENGINES 2.2)."""

UNDECIDED = frozenset({ChangeState.NEW, ChangeState.ASSESS, ChangeState.AUTHORISE})


@dataclass(frozen=True, slots=True)
class Session:
    """One snapshot with what lies around changes in it: everything assessed in a session speaks of one state."""

    ports: Ports
    snapshot: Snapshot
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Walk:
    """A change with everything its targets reach, what befell that so far, and its conflict facts."""

    change: Change
    estate: Estate
    lasting: LastingFacts
    planned: PlannedChange
    group_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The changes that can meet one change, and the context in which they are compared.

    `walked` are those whose walks the context holds: only of these can it say which outages they cause together.
    """

    changes: tuple[PlannedChange, ...]
    context: ConflictContext
    walked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RiskFindings:
    """The score with what was measured for it, what would lower it, who decides, and the names of what it mentions."""

    measured: Measured
    assessment: RiskAssessment
    route: DecisionRoute
    names: Mapping[str, str]

    @property
    def facts(self) -> RiskFacts:
        """The facts the score stands on."""
        return self.measured.situation.facts


async def walk_estate(session: Session, ci_steps: Sequence[frozenset[str]]) -> Estate:
    """Return what targets reach: the closure is fetched, the fixpoint computed here."""
    snapshot, around = session.snapshot, session.around
    targets = frozenset[str]().union(*ci_steps)
    closure = await session.ports.graph.closure(targets, as_of=around.now_at)
    members = {member for group in closure.groups for member in group.members}
    already_down = around.down_now & ({*closure.ids} | members) - targets
    topology, impact = await _off_loop_if_large(len(closure.ids), partial(_swept, closure, ci_steps, already_down))
    services = {ci_id: around.services[ci_id] for ci_id in closure.ids if ci_id in around.services}
    records = await snapshot.find_all(ConfigurationItem, id=sorted(targets))
    around.names.update({ci.id: ci.name for ci in records})
    owners = {ci.owner_id for ci in records} | {around.service_owners.get(ci_id) for ci_id in services}
    return Estate(
        topology=topology,
        impact=impact,
        targets={ci.id: ci for ci in records},
        services=services,
        owner_ids=frozenset(owner_id for owner_id in owners if owner_id),
        answered_by=closure.answered_by,
    )


def _swept(closure: Closure, steps: Sequence[frozenset[str]], already_down: frozenset[str]) -> tuple[Topology, Impact]:
    topology = Topology.of(closure)
    return topology, assess_impact(topology, steps, already_down)


async def walk(session: Session, change: Change) -> Walk:
    """Return a change with its footprint."""
    estate = await walk_estate(session, list(target_steps(change).values()))
    lasting = await lasting_facts(session.snapshot, session.around, estate)
    return Walk(change, estate, lasting, _planned(session.around, change, estate), frozenset(estate.topology.groups))


def planned_anew(session: Session, own: Walk, change: Change) -> Walk:
    """Return the walk of the same change planned otherwise: its targets and steps, and so what they reach, stay."""
    return replace(own, change=change, planned=_planned(session.around, change, own.estate))


def _planned(around: Surroundings, change: Change, estate: Estate) -> PlannedChange:
    return planned_change(change, estate, _exemptions(around.windows, change.id), around.conflict_policy)


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
    topology = await _topology_of(session, own, changes, sharing)
    near = await _neighbourhood(session, own, changes, topology, hull)
    return replace(near, walked=frozenset(sharing | {own.change.id}))


async def _topology_of(
    session: Session, own: Walk, changes: Mapping[str, PlannedChange], sharing: Collection[str]
) -> Topology:
    """Return the topology of one change's walk with what those that share redundancy with it may take down.

    Only where they may break a group together does it matter what that reaches, and who takes it down alone.
    """
    topology, graph, around = own.estate.topology, session.ports.graph, session.around
    together = {*sharing, own.change.id}
    if len(together) == 1:
        return topology
    steps = {step.targets for change_id in together for step in changes[change_id].steps}
    falling = await graph.closure(frozenset().union(*steps), as_of=around.now_at, hard_only=True)
    topology = topology.joined(Topology.of(falling))
    at_stake = FailureModel(topology, around.down_now).at_stake(steps)
    if not at_stake:
        return topology
    reached = await graph.closure(at_stake, as_of=around.now_at)
    every_step = [step for change in changes.values() for step in change.steps]
    taking_down = frozenset[str]().union(*(step.targets for step in every_step if step.down.intersection(reached.ids)))
    alone = await graph.closure(taking_down, as_of=around.now_at, hard_only=True)
    return await _off_loop_if_large(
        len(reached.ids), lambda: topology.joined(Topology.of(reached)).joined(Topology.of(alone))
    )


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
    return await _neighbourhood(session, own, changes, await _off_loop_if_large(len(planned.effects), bridge), span)


async def _planned_from(snapshot: Snapshot, own: Walk, stored: Sequence[Mapping[str, Any]]) -> dict[str, PlannedChange]:
    """Return changes from their stored facts, with their effects on what this one works on."""
    effects = await snapshot.effects_on(own.planned.direct, [facts["id"] for facts in stored])
    return {facts["id"]: from_facts(facts, effects.get(facts["id"], NO_EFFECTS)) for facts in stored}


async def _neighbourhood(
    session: Session, own: Walk, changes: Mapping[str, PlannedChange], topology: Topology, hull: Interval | None
) -> Neighbourhood:
    snapshot, around = session.snapshot, session.around
    await _learn_names(snapshot, around, own)
    near = tuple(changes[change_id] for change_id in sorted(changes))
    hubs = await _hubs(snapshot, around.conflict_policy, own, near)
    return Neighbourhood(near, _context(around, own, near, topology=topology, hull=hull, hubs=hubs))


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


async def measured_of(
    session: Session, own: Walk, conflicts: Sequence[ConflictRecord], former: Measured | None = None
) -> Measured:
    """Return what the score of a change is made of.

    `former` was measured of the same walk planned otherwise or with other conflicts: what is the same is not measured
    again.
    """
    around, position = session.around, session.snapshot.position
    facts = gather(around, own.change, own.estate, own.lasting, conflicts=conflicts, position=position)
    if former is None:
        return await _off_loop_if_large(len(facts.impacted), partial(measure, facts, around.rates, around.params))
    return await _off_loop_if_large(len(facts.impacted), partial(measure_again, former, facts))


async def risk_of(
    session: Session,
    own: Walk,
    conflicts: Sequence[ConflictRecord],
    alternatives: Sequence[Alternative] = (),
    former: Measured | None = None,
) -> RiskFindings:
    """Return the scored change with what would lower its risk and the forum that decides it; `former` as above."""
    measured = await measured_of(session, own, conflicts, former)
    facts = measured.situation.facts
    assessment = await _off_loop_if_large(len(facts.impacted), partial(_scored, measured, alternatives))
    names = await _names_in(session, assessment, conflicts)
    decision = _route(session.around, own.change, facts, assessment)
    return RiskFindings(measured, worded(assessment, names), decision, names)


def _scored(measured: Measured, alternatives: Sequence[Alternative]) -> RiskAssessment:
    assessment = assessment_of(measured)
    actions = [*catalogue(measured.situation.facts), *alternatives]
    return replace(assessment, counterfactuals=what_would_lower(assessment, measured, actions))


async def _off_loop_if_large(nodes: int, act: Callable[[], Answer]) -> Answer:
    """Return the answer of a computation over so many CIs; a large one runs in a thread and keeps nobody waiting."""
    return act() if nodes <= OFF_LOOP_ABOVE else await asyncio.to_thread(act)


def missing_approver(session: Session, own: Walk, decision: DecisionRoute) -> Conflict | None:
    """Return the conflict that nobody can decide on the change in time, None when somebody can or nobody has to."""
    facts, planned = approval_facts(session.around, own, decision), scheduled(own.planned)
    if facts is None or planned is None:
        return None
    return approver(planned, session.around.approval_context(own.change.id, facts))


def approval_facts(around: Surroundings, own: Walk, decision: DecisionRoute) -> ApprovalFacts | None:
    """Return who may decide and by when; None where nobody has to, or no window is planned.

    The board decides through its chair and deputies, everything else through the owners of what is reached.
    """
    if decision.is_automatic or own.planned.window is None or own.change.state not in UNDECIDED:
        return None
    deadline = around.decision_deadline(own.planned.window[0])
    within = (min(around.now, deadline), max(around.now, deadline) + 1)
    deciders = around.chairs if decision.needs_cab else own.estate.owner_ids
    return ApprovalFacts(deadline, tuple(_approver(around, person_id, within) for person_id in sorted(deciders)))


def _approver(around: Surroundings, person_id: str, within: Interval) -> Approver:
    person = around.people.get(person_id)
    delegate = person.delegate_id if person else None
    return Approver(
        person_id=person_id,
        available=around.available(person_id, within),
        delegate_id=delegate,
        delegate_available=around.available(delegate, within) if delegate else None,
    )


async def _names_in(
    session: Session, assessment: RiskAssessment, conflicts: Sequence[ConflictRecord]
) -> dict[str, str]:
    """Return the names of all that an assessment mentions: on the ways to services, in evidence, in conflicts."""
    losses = assessment.expected_loss.services if assessment.expected_loss else ()
    mentioned = {ci_id for loss in losses for ci_id in (loss.id, *loss.witness)}
    mentioned |= {row.id for factor in assessment.factors for row in factor.evidence}
    mentioned |= {one.change_id for one in assessment.comparables}
    mentioned |= {change_id for record in conflicts for change_id in record.conflict.change_ids}
    known = {subject: session.around.names[subject] for subject in mentioned if subject in session.around.names}
    return known | await session.snapshot.numbers_of(mentioned - known.keys())


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


def _exemptions(windows: Sequence[ChangeWindow], change_id: str) -> frozenset[str]:
    return frozenset(w.id for w in windows if any(leave.change_id == change_id for leave in w.exemptions))


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
    topology: Topology,
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
        failures=FailureModel(topology, around.down_now),
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


def _route(around: Surroundings, change: Change, facts: RiskFacts, assessment: RiskAssessment) -> DecisionRoute:
    model = around.models.get(change.model or "")
    rates = [around.rates.of_team(change.team_id)] if change.team_id else []
    rates += [around.rates.of_model(change.model, change.type.value)] if change.model else []
    organisation = around.rates.organisation_rate
    return route(
        routing_facts(
            facts,
            assessment,
            organisation,
            has_open_technical_risk=any(risk.is_open for risk in change.technical_risks),
            matches_template=model is not None and model.is_pre_approved,
            template_tiers=frozenset(model.approved_tiers) if model else frozenset(),
            is_stopped=is_auto_approval_stopped(organisation, *rates),
            is_peer_reviewed=any(
                piece.kind is EvidenceKind.PEER_REVIEW and piece.author_id not in (None, change.requester_id)
                for piece in change.evidence
            ),
        )
    )


def is_open(change: Change) -> bool:
    """Whether a change is still ahead or under way, so that its conflicts and risk are kept current."""
    return change.state not in (ChangeState.REVIEW, ChangeState.CLOSED, ChangeState.CANCELLED)
