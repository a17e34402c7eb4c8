"""How the footprint of a change follows from the estate: what it touches, step by step, and what stands on that."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from domain.ci.impact import Impact, down_set
from domain.ci.topology import Topology
from domain.conflict.footprint import Effect, ServiceEffect, Step
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval


@dataclass(frozen=True, slots=True)
class Footprint:
    """The part of `PlannedChange` that the graph decides; recomputed when a relation near the change is edited."""

    steps: tuple[Step, ...]
    effects: Mapping[str, Effect]
    services: tuple[ServiceEffect, ...]


def footprint(
    topology: Topology,
    targets: Mapping[int, Collection[str]],
    task_windows: Iterable[tuple[int, Interval]],
    impact: Impact,
    *,
    service_tiers: Mapping[str, int],
    policy: ConflictPolicy,
) -> Footprint:
    """Return D by step, F = {q ≥ .2} ∪ down set, and the services in F (ENGINES 3.3).

    `targets` maps a step's number to its direct CIs, `task_windows` pairs a step's number with the window of one of
    its tasks, `impact` is the assessment of the same steps. Where it was too large to walk, only what the steps take
    down is left of F.
    """
    steps = _steps(topology, targets, task_windows)
    down = frozenset[str]().union(*(step.down for step in steps))
    effects = {ci_id: Effect(1.0, True, (ci_id,)) for ci_id in down} if impact.truncated else {}
    for ci_id, impacted in impact.impacted.items():
        if impacted.q >= policy.footprint_degree or ci_id in down:
            effects[ci_id] = Effect(impacted.q, ci_id in down, impacted.path)
    services = tuple(
        ServiceEffect(ci_id, service_tiers[ci_id], effect.q, effect.is_down, effect.witness)
        for ci_id, effect in sorted(effects.items())
        if ci_id in service_tiers
    )
    return Footprint(steps, effects, services)


def _steps(
    topology: Topology, targets: Mapping[int, Collection[str]], task_windows: Iterable[tuple[int, Interval]]
) -> tuple[Step, ...]:
    """Return the steps in order; of several, each counts inside the hull of its tasks' windows, if there are any."""
    windows: dict[int, list[Interval]] = {}
    if len(targets) > 1:
        for number, window in task_windows:
            windows.setdefault(number, []).append(window)
    return tuple(
        Step(frozenset(ci_ids), down_set(topology, frozenset(ci_ids)), _hull(windows.get(number, ())))
        for number, ci_ids in sorted(targets.items())
    )


def _hull(windows: Collection[Interval]) -> Interval | None:
    return (min(start for start, _ in windows), max(end for _, end in windows)) if windows else None
