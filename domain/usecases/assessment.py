"""The assessment of one change, saved or not: its walk, its conflicts, its risk and who decides.

Reads only. The same code serves a preview and the re-check of a stored change, so both say the same.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from domain.change.model import Change, ChangeState, EvidenceKind
from domain.change.windows import ChangeWindow
from domain.ci.impact import Impact, assess_impact
from domain.ci.model import ConfigurationItem
from domain.ci.topology import Closure, Topology
from domain.conflict.acceptance import ConflictRecord
from domain.conflict.context import ApprovalFacts, Approver
from domain.conflict.footprint import PlannedChange, scheduled
from domain.conflict.model import Conflict
from domain.conflict.people import approver
from domain.kernel.intervals import Interval
from domain.ports import Ports, Snapshot
from domain.risk.counterfactuals import Alternative, catalogue, what_would_lower
from domain.risk.facts import RiskFacts
from domain.risk.model import RiskAssessment
from domain.risk.routing import DecisionRoute, is_auto_approval_stopped, route, routing_facts
from domain.risk.score import Measured, assessment_of, measure, measure_again
from domain.usecases.footprints import Estate, planned_change, target_steps
from domain.usecases.risk_facts import LastingFacts, gather, lasting_facts
from domain.usecases.surroundings import Surroundings
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
    topology, impact = await off_loop_if_large(len(closure.ids), partial(_swept, closure, ci_steps, already_down))
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
    lasting = await lasting_facts(session.snapshot, session.around, estate, session.ports.incidents)
    return Walk(change, estate, lasting, _planned(session.around, change, estate), frozenset(estate.topology.groups))


def planned_anew(session: Session, own: Walk, change: Change) -> Walk:
    """Return the walk of the same change planned otherwise: its targets and steps, and so what they reach, stay."""
    return replace(own, change=change, planned=_planned(session.around, change, own.estate))


def _planned(around: Surroundings, change: Change, estate: Estate) -> PlannedChange:
    return planned_change(change, estate, _exemptions(around.windows, change.id), around.conflict_policy)


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
        return await off_loop_if_large(len(facts.impacted), partial(measure, facts, around.rates, around.params))
    return await off_loop_if_large(len(facts.impacted), partial(measure_again, former, facts))


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
    assessment = await off_loop_if_large(len(facts.impacted), partial(_scored, measured, alternatives))
    names = await _names_in(session, assessment, conflicts)
    decision = _route(session.around, own.change, facts, assessment)
    return RiskFindings(measured, worded(assessment, names), decision, names)


def _scored(measured: Measured, alternatives: Sequence[Alternative]) -> RiskAssessment:
    assessment = assessment_of(measured)
    actions = [*catalogue(measured.situation.facts), *alternatives]
    return replace(assessment, counterfactuals=what_would_lower(assessment, measured, actions))


async def off_loop_if_large(nodes: int, act: Callable[[], Answer]) -> Answer:
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


def _exemptions(windows: Sequence[ChangeWindow], change_id: str) -> frozenset[str]:
    return frozenset(w.id for w in windows if any(leave.change_id == change_id for leave in w.exemptions))


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
