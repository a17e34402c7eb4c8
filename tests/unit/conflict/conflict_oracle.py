"""Every conflict of a plan, straight from the definitions of ENGINES 3.2 and 3.3, slow and without shared code."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

from domain.change.model import ChangeState, TaskAction
from domain.conflict.context import ConflictContext
from domain.conflict.footprint import PlannedChange
from domain.conflict.model import Conflict
from domain.kernel.intervals import Interval
from tests.unit.conflict.conflict_worlds import Estate

Facts = tuple[Any, ...]
Key = tuple[str, tuple[str, ...], str | None, bool]


def facts_of(conflict: Conflict) -> tuple[Key, Facts]:
    """What the oracle states of a record: kind, severity, weight, window, the five CIs, the count."""
    key = (conflict.code.value, conflict.change_ids, conflict.subject, conflict.kind.value == "ABSENCE")
    cis = tuple(ci.id for ci in conflict.cis)
    facts = (conflict.kind.value, conflict.severity.value, round(conflict.weight, 9), conflict.window, cis)
    return key, (*facts, conflict.total_cis)


class Oracle:
    """The truth about one plan."""

    def __init__(self, plan: Iterable[PlannedChange], estate: Estate, down: Iterable[str], context: ConflictContext):
        eligible = {ChangeState.ASSESS, ChangeState.AUTHORISE, ChangeState.SCHEDULED, ChangeState.IMPLEMENT}
        self.open = [
            change
            for change in sorted(plan, key=lambda change: change.id)
            if not change.is_excluded
            and (change.state in eligible or (change.state is ChangeState.NEW and change.is_on_demand))
        ]
        self.timed = [change for change in self.open if change.window is not None]
        self.estate, self.down, self.context = estate, frozenset(down), context
        self._fails: dict[frozenset[str], frozenset[str]] = {}
        self.base = self.fail(self.down)

    # windows

    def planned(self, change: PlannedChange) -> Interval:
        assert change.window is not None
        return change.window

    def x(self, change: PlannedChange) -> Interval:
        start, end = self.planned(change)
        reserve = (end - start) // 4 if change.reserve_seconds is None else change.reserve_seconds
        return start - change.prep_seconds, end + reserve

    def v(self, change: PlannedChange) -> Interval:
        return change.downtime or self.planned(change)

    def partners(self, a: PlannedChange, b: PlannedChange) -> bool:
        bundled = a.bundle is not None and a.bundle == b.bundle
        return bundled or a.id in b.back_to_back or b.id in a.back_to_back

    def apart(self, a: PlannedChange, b: PlannedChange) -> bool:
        return self.partners(a, b) and not meet(self.planned(a), self.planned(b))

    # failure

    def fail(self, seeds: frozenset[str]) -> frozenset[str]:
        if seeds not in self._fails:
            lost, before = set(seeds), -1
            while before != len(lost):
                before = len(lost)
                lost |= {d for p, d, _, is_hard in self.estate.edges.values() if is_hard and p in lost}
                for members, protected, min_up in self.estate.groups.values():
                    up = len([member for member in members if member not in lost])
                    if up < min(min_up, len(members)):
                        lost |= set(protected)
            self._fails[seeds] = frozenset(lost)
        return self._fails[seeds]

    def j(self, options: Sequence[Sequence[frozenset[str]]]) -> set[str]:
        """J without J(∅) over every choice of one set of targets per change."""
        lost: set[str] = set()
        for choice in product(*options):
            lost |= self.fail(self.down.union(*choice)) - self.base
        return lost

    def options(self, change: PlannedChange) -> list[frozenset[str]]:
        return [step.targets for step in change.steps]

    def steps_at(self, change: PlannedChange, instant: int) -> list[frozenset[str]]:
        return [step.targets for step, (start, end) in self.step_windows(change) if start <= instant < end]

    def step_windows(self, change: PlannedChange) -> list[tuple[Any, Interval]]:
        (start, end), windows = self.x(change), []
        for step in change.steps:
            begin, finish = step.window or (start, end)
            windows.append((step, (max(start, begin), min(end, finish))))
        return windows

    def is_critical(self, lost: Iterable[str]) -> bool:
        seen, before = set(lost), -1
        while before != len(seen):
            before = len(seen)
            seen |= {edge[1] for edge in self.estate.edges.values() if edge[0] in seen}
            for members, protected, _ in self.estate.groups.values():
                if seen & set(members):
                    seen |= set(protected)
        return any(self.estate.service_tiers.get(ci, 9) <= 2 for ci in seen)

    # every record but the outages of three and more

    def records(self) -> dict[Key, Facts]:
        found = [*self._singles(), *self._pairs(), *self._overloads()]
        records = dict(found)
        assert len(records) == len(found)
        return records

    def _singles(self) -> Iterator[tuple[Key, Facts]]:
        for a in self.open:
            if a.window is None:
                yield record("UNSCHEDULED", [a], ("INFO", 0.0), None)
                continue
            yield from self._calendar(a)
            yield from self._own(a)

    def _calendar(self, a: PlannedChange) -> Iterator[tuple[Key, Facts]]:
        x, (v_start, v_end) = self.x(a), self.v(a)
        for blackout in self.context.blackouts:
            met = [t for t in range(x[0], x[1], 225) if any(s <= t < e for s, e in blackout.intervals)]
            scope = blackout.scope
            services = {service.id for service in a.services if service.tier <= 2}
            named = scope.ci_ids & a.direct or scope.service_ids & services or scope.classes & a.classes
            if met and (scope.is_organisation_wide or named or scope.sites & a.sites):
                rated = ("INFO", 0.0) if blackout.id in a.exemptions else ("BLOCKER", 0.9)
                kind = "EXEMPTED" if blackout.id in a.exemptions else "PLANNED"
                yield record("BLACKOUT", [a], rated, (met[0], met[-1] + 225), kind=kind, subject=blackout.id)
        ticks = range(v_start, v_end, 900)

        def uncovered(schedule: Sequence[Interval]) -> float:
            return len([t for t in ticks if not any(s <= t < e for s, e in schedule)]) / len(ticks)

        own = {ci: uncovered(self.context.ci_maintenance[ci]) for ci in a.direct if ci in self.context.ci_maintenance}
        if any(own.values()):
            cis = {ci: 1.0 for ci, share in own.items() if share}
            yield record("OUTSIDE_MAINT", [a], ("MAJOR", 0.5 * max(own.values())), self.v(a), cis)
        schedules = self.context.service_maintenance
        hit = {
            s.id: s.q for s in a.services if (s.q >= 0.5 or s.is_down) and uncovered(schedules.get(s.id, [(0, 10**9)]))
        }
        if hit:
            yield record("IMPACTED_OUTSIDE_MAINT", [a], ("MINOR", 0.2), self.v(a), hit)

    def _own(self, a: PlannedChange) -> Iterator[tuple[Key, Facts]]:
        lost = self.j([self.options(a)]) - set().union(*(self.fail(targets) for targets in self.options(a)))
        if lost:
            yield record("REDUNDANCY", [a], self._outage(lost), self.x(a), dict.fromkeys(lost, 1.0))
        for incident in self.context.incidents:
            hit = {ci: a.effects[ci].q for ci in incident.ci_ids if ci in a.effects}
            if hit and self.planned(a)[0] < self.context.now + 24 * 3600:
                rated = ("BLOCKER", 0.9) if incident.priority == 1 else ("MAJOR", 0.6)
                yield record("ACTIVE_INCIDENT", [a], rated, self.planned(a), hit, subject=incident.id)
        for person in {task.implementer_id for task in a.tasks} - {None}:
            facts = self.context.person(str(person))
            missing = sorted(
                tick
                for task in a.tasks
                if task.implementer_id == person and task.window
                for tick in range(*task.window, 900)
                if any(s <= tick < e for s, e in facts.leave)
                or (facts.shift is not None and not any(s <= tick < e for s, e in facts.shift))
            )
            if missing:
                window = (missing[0], missing[-1] + 900)
                yield record("PERSON", [a], ("MAJOR", 0.4), window, kind="ABSENCE", subject=person)
        approval = self.context.approvals.get(a.id)
        if approval is not None:
            involved = {task.implementer_id for task in a.tasks} | {a.requester_id}
            there = range(self.context.now, approval.deadline, 900)
            if not any(
                who.person_id not in involved and any(s <= t < e for t in there for s, e in who.available or ())
                for who in approval.approvers
            ):
                yield record("APPROVER", [a], ("MAJOR", 0.4), None)

    def _pairs(self) -> Iterator[tuple[Key, Facts]]:
        for a, b in combinations(self.timed, 2):
            on_cis = list(self._on_cis(a, b))
            yield from on_cis
            mine, theirs = ({s.id: s.q for s in change.services if s.tier <= 2} for change in (a, b))
            shared = {ci: max(mine[ci], theirs[ci]) for ci in mine.keys() & theirs.keys()}
            if shared and meet(self.v(a), self.v(b)) and not on_cis:
                yield record("SHARED_SERVICE", [a, b], ("MINOR", 0.15), both(self.v(a), self.v(b)), shared)
            for first, second in ((a, b), (b, a)):
                end, start = self.planned(first)[1], self.planned(second)[0]
                cis = dict.fromkeys(a.direct & b.direct, 1.0)
                if cis and end <= start < end + first.bake_seconds:
                    yield record("SOAK", [a, b], ("MINOR", 0.2), (start, end + first.bake_seconds), cis)
                if first.id in second.predecessors and end > start:
                    yield record("ORDER", [a, b], ("BLOCKER", 0.9), (start, end))

    def _on_cis(self, a: PlannedChange, b: PlannedChange) -> Iterator[tuple[Key, Facts]]:
        x = both(self.x(a), self.x(b))
        if x[0] >= x[1] or self.apart(a, b):
            return
        planned = meet(self.planned(a), self.planned(b))
        kind = "PLANNED" if planned else "RESERVE"
        shared = a.direct & b.direct
        if shared:
            rough = {TaskAction.RESTART, TaskAction.REPLACE}
            on = [[t for t in change.tasks if t.ci_id is None or t.ci_id in shared] for change in (a, b)]
            grave = all(any(t.is_exclusive for t in tasks) for tasks in on)
            grave = grave or any(t.action in rough for tasks in on for t in tasks)
            rated = (("BLOCKER", 0.9) if grave else ("MAJOR", 0.6)) if planned else ("MINOR", 0.15)
            yield record("SAME_CI", [a, b], rated, x, dict.fromkeys(shared, 1.0), kind=kind)
        hubs, hits = self.context.hubs, dict[str, float]()
        for cause, other in ((a, b), (b, a)):
            for ci, effect in cause.effects.items():
                if ci in other.direct - cause.direct - hubs and effect.witness[0] not in hubs:
                    hits[ci] = max(hits.get(ci, 0.0), effect.q)
        if hits:
            rated = ("MAJOR", 0.2 + 0.3 * max(hits.values())) if planned else ("MINOR", 0.15)
            yield record("DEPENDENT_CI", [a, b], rated, x, hits, kind=kind)
        joint: set[str] = set()
        for (mine, my_window), (theirs, their_window) in product(self.step_windows(a), self.step_windows(b)):
            if meet(my_window, their_window):
                joint |= self.j([[mine.targets], [theirs.targets]])
        joint -= self.j([self.options(a)]) | self.j([self.options(b)])
        if joint:
            rated = self._outage(joint) if planned else ("MINOR", 0.15)
            yield record("REDUNDANCY", [a, b], rated, x, dict.fromkeys(joint, 1.0), kind=kind)

    def _outage(self, lost: Iterable[str]) -> tuple[str, float]:
        return ("BLOCKER", 0.9) if self.is_critical(lost) else ("MAJOR", 0.6)

    def _overloads(self) -> Iterator[tuple[Key, Facts]]:
        busy: dict[tuple[str, str, int], list[tuple[int, int, str, str]]] = {}
        for a in self.timed:
            for task in a.tasks:
                if task.implementer_id and task.window:
                    key = ("PERSON", task.implementer_id, self.context.person(task.implementer_id).capacity)
                    busy.setdefault(key, []).append((*task.window, a.id, task.id))
            for limit in self.context.capacity_limits:
                counted = {"SITE": a.sites, "TEAM": {a.team_id}, "SERVICE": {s.id for s in a.services}}
                if limit.subject_id in counted[limit.kind.value]:
                    key = ("CAPACITY", f"{limit.kind.value}:{limit.subject_id}", limit.concurrent_changes)
                    window = self.v(a) if limit.kind.value == "SERVICE" else self.planned(a)
                    busy.setdefault(key, []).append((*window, a.id, ""))
        by_id = {a.id: a for a in self.timed}
        for (code, subject, capacity), spells in busy.items():
            windows: dict[tuple[str, ...], list[Interval]] = {}
            for last in spells:
                rank = (last[0], *last[2:])
                before = [o for o in spells if o[0] <= last[0] < o[1] and (o[0], *o[2:]) < rank]
                for crowd in [[o] for o in before] if capacity == 1 else [before] if len(before) >= capacity else []:
                    ids = tuple(sorted({o[2] for o in [*crowd, last]}))
                    windows.setdefault(ids, []).append((last[0], min(o[1] for o in [*crowd, last])))
            rated = ("MAJOR", 0.4) if code == "PERSON" else ("MINOR", 0.2)
            for ids, found in windows.items():
                window = (min(found)[0], max(end for _, end in found))
                yield record(code, [by_id[key] for key in ids], rated, window, subject=subject)

    # outages of three and more

    def instants(self) -> list[int]:
        edges = {edge for a in self.timed for edge in self.x(a)}
        return sorted(edges | {edge for a in self.timed for _, w in self.step_windows(a) if w[0] < w[1] for edge in w})

    def larger(self, instant: int) -> tuple[dict[str, PlannedChange], set[str]]:
        """The changes at work at an instant, and what only three or more of them take down together."""
        active = [a for a in self.timed if self.steps_at(a, instant)]
        options = {a.id: self.steps_at(a, instant) for a in active}
        explained = self.j_of([], options).union(*(self.j_of([a], options) for a in active))
        for a, b in combinations(active, 2):
            if not self.apart(a, b):
                explained |= self.j_of([a, b], options)
        lost: set[str] = set()
        for together in self._tolerated(active):
            if self.fail(self.down.union(*(t for a in together for t in options[a.id]))) - self.base - explained:
                lost |= self.j_of(together, options)
        return {a.id: a for a in active}, lost - explained

    def j_of(self, changes: Iterable[PlannedChange], options: dict[str, list[frozenset[str]]]) -> set[str]:
        return self.j([options[a.id] for a in changes])

    def takes_down(self, ci_id: str, changes: Sequence[PlannedChange], instant: int) -> bool:
        return ci_id in self.j([self.steps_at(a, instant) for a in changes])

    def _tolerated(self, active: list[PlannedChange]) -> Iterator[list[PlannedChange]]:
        """Every largest set without two changes declared to keep apart."""
        torn = [a for a in active if any(self.apart(a, b) for b in active)]
        whole = [a for a in active if a not in torn]
        for size in range(len(torn) + 1):
            for some in combinations(torn, size):
                if not any(self.apart(a, b) for a, b in combinations(some, 2)):
                    yield [*whole, *some]


def record(
    code: str,
    changes: Sequence[PlannedChange],
    rated: tuple[str, float],
    window: Interval | None,
    cis: dict[str, float] | None = None,
    *,
    kind: str = "PLANNED",
    subject: str | None = None,
) -> tuple[Key, Facts]:
    ranked = sorted(cis or {}, key=lambda ci: (-(cis or {})[ci], ci))
    key = (code, tuple(sorted(a.id for a in changes)), subject, kind == "ABSENCE")
    return key, (kind, rated[0], round(rated[1], 9), window, tuple(ranked[:5]), len(ranked))


def meet(first: Interval, second: Interval) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def both(first: Interval, second: Interval) -> Interval:
    return max(first[0], second[0]), min(first[1], second[1])
