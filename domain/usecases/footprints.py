"""The conflict facts of one change: built from its record and its impact, kept as JSON in the footprint table."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from domain.change.model import Change, ChangeState, ChangeTask, TaskAction
from domain.ci.impact import Impact
from domain.ci.model import BusinessService, ConfigurationItem
from domain.ci.topology import AnsweredBy, Topology
from domain.conflict.derivation import footprint
from domain.conflict.footprint import Effect, PlannedChange, PlannedTask, ServiceEffect, Step
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval
from domain.kernel.time import to_seconds

MINUTE = 60
NO_EFFECTS: Mapping[str, Effect] = MappingProxyType({})


def span_of(start: Any, end: Any) -> Interval | None:
    """Return two instants as a span of epoch seconds, None where either is missing."""
    return None if start is None or end is None else (to_seconds(start), to_seconds(end))


def target_steps(change: Change) -> dict[int, frozenset[str]]:
    """Return the targets that are worked on together, by the number of their step."""
    numbers = sorted({target.step for target in change.targets})
    return {n: frozenset(target.ci_id for target in change.targets if target.step == n) for n in numbers}


@dataclass(frozen=True, slots=True)
class Estate:
    """What a change's walk met: its topology and impact, the targets and services, and the people who own them."""

    topology: Topology
    impact: Impact
    targets: Mapping[str, ConfigurationItem]
    services: Mapping[str, BusinessService]
    owner_ids: frozenset[str]
    answered_by: AnsweredBy | None = None


def planned_change(change: Change, estate: Estate, exemptions: frozenset[str], policy: ConflictPolicy) -> PlannedChange:
    """Return what conflict detection needs of a change: windows, steps, footprint F, services, tasks, order."""
    steps = target_steps(change)
    found = footprint(
        estate.topology,
        steps,
        _windows_by_step(change, steps),
        estate.impact,
        service_tiers={service.id: service.tier for service in estate.services.values()},
        policy=policy,
    )
    reached = [estate.services[effect.id] for effect in found.services]
    sites = {ci.site for ci in estate.targets.values()} | {service.site for service in reached}
    return PlannedChange(
        id=change.id,
        number=change.number,
        state=change.state,
        window=span_of(change.planned_start, change.planned_end),
        steps=found.steps,
        effects=found.effects,
        services=found.services,
        tasks=tuple(_task(task) for task in change.tasks),
        downtime=span_of(change.downtime_start, change.downtime_end),
        prep_seconds=(change.prep_minutes or 0) * MINUTE,
        reserve_seconds=None if change.rollback_minutes is None else change.rollback_minutes * MINUTE,
        bake_seconds=(change.bake_minutes or 0) * MINUTE,
        predecessors=frozenset(order.predecessor_id for order in change.predecessors),
        back_to_back=frozenset(order.predecessor_id for order in change.predecessors if order.is_back_to_back),
        bundle=change.bundle,
        exemptions=exemptions,
        classes=frozenset(ci.class_name for ci in estate.targets.values()),
        sites=frozenset(site for site in sites if site),
        team_id=change.team_id,
        requester_id=change.requester_id,
        is_excluded=change.is_excluded,
    )


def _windows_by_step(change: Change, steps: Mapping[int, frozenset[str]]) -> list[tuple[int, Interval]]:
    """Return the windows of tasks on targets, with the number of the step those belong to."""
    spans = [(span_of(task.start, task.end), task.ci_id) for task in change.tasks]
    return [
        (number, span)
        for span, ci_id in spans
        for number, targets in steps.items()
        if span is not None and ci_id in targets
    ]


def _task(task: ChangeTask) -> PlannedTask:
    window = span_of(task.start, task.end)
    return PlannedTask(task.id, task.implementer_id, window, task.action, task.is_exclusive, task.ci_id)


def to_facts(change: PlannedChange, group_ids: frozenset[str]) -> dict[str, Any]:
    """Return the change as JSON values, with the redundancy groups its walk may touch.

    Its effects are kept apart; their digest tells whether they are still the same.
    """
    return {
        "id": change.id,
        "number": change.number,
        "state": change.state.value,
        "window": _pair(change.window),
        "steps": [[sorted(step.targets), sorted(step.down), _pair(step.window)] for step in change.steps],
        "effects": _digest(change.effects),
        "services": [[s.id, s.tier, s.q, s.is_down, list(s.witness)] for s in change.services],
        "tasks": [
            [task.id, task.implementer_id, _pair(task.window), task.action.value, task.is_exclusive, task.ci_id]
            for task in change.tasks
        ],
        "downtime": _pair(change.downtime),
        "prep_seconds": change.prep_seconds,
        "reserve_seconds": change.reserve_seconds,
        "bake_seconds": change.bake_seconds,
        "predecessors": sorted(change.predecessors),
        "back_to_back": sorted(change.back_to_back),
        "bundle": change.bundle,
        "exemptions": sorted(change.exemptions),
        "classes": sorted(change.classes),
        "sites": sorted(change.sites),
        "team_id": change.team_id,
        "requester_id": change.requester_id,
        "is_excluded": change.is_excluded,
        "groups": sorted(group_ids),
    }


def _pair(span: Interval | None) -> list[int] | None:
    return None if span is None else [span[0], span[1]]


def _digest(effects: Mapping[str, Effect]) -> str:
    said = [(ci_id, effect.q, effect.is_down, effect.witness) for ci_id, effect in sorted(effects.items())]
    return sha256(repr(said).encode()).hexdigest()


def from_facts(facts: Mapping[str, Any], effects: Mapping[str, Effect] = NO_EFFECTS) -> PlannedChange:
    """Return the change from its stored JSON values and those of its effects that will be asked about."""
    return PlannedChange(
        id=facts["id"],
        number=facts["number"],
        state=ChangeState(facts["state"]),
        window=_span(facts["window"]),
        steps=tuple(Step(frozenset(on), frozenset(down), _span(window)) for on, down, window in facts["steps"]),
        effects=effects,
        services=tuple(
            ServiceEffect(id_, tier, q, is_down, tuple(way)) for id_, tier, q, is_down, way in facts["services"]
        ),
        tasks=tuple(
            PlannedTask(id_, implementer, _span(window), TaskAction(action), is_exclusive, ci_id)
            for id_, implementer, window, action, is_exclusive, ci_id in facts["tasks"]
        ),
        downtime=_span(facts["downtime"]),
        prep_seconds=facts["prep_seconds"],
        reserve_seconds=facts["reserve_seconds"],
        bake_seconds=facts["bake_seconds"],
        predecessors=frozenset(facts["predecessors"]),
        back_to_back=frozenset(facts["back_to_back"]),
        bundle=facts["bundle"],
        exemptions=frozenset(facts["exemptions"]),
        classes=frozenset(facts["classes"]),
        sites=frozenset(facts["sites"]),
        team_id=facts["team_id"],
        requester_id=facts["requester_id"],
        is_excluded=facts["is_excluded"],
    )


def _span(pair: list[int] | None) -> Interval | None:
    return None if pair is None else (pair[0], pair[1])
