"""A set of conflicts kept current edit by edit: what a store does with re-checks, in memory (property O1)."""

from collections.abc import Iterable

from domain.conflict.context import ConflictContext
from domain.conflict.detector import Recheck, recheck
from domain.conflict.footprint import PlannedChange, reach, scheduled, span
from domain.conflict.instants import InstantFinding, gathered_conflicts
from domain.conflict.model import Conflict, worst_first
from domain.kernel.intervals import Interval


class ConflictBook:
    """The changes of a plan, their single and pair conflicts, and the findings the larger ones are gathered from.

    `context` holds the facts around them; `amend` replaces it.
    """

    def __init__(self, context: ConflictContext) -> None:
        self.context = context
        self._changes: dict[str, PlannedChange] = {}
        self._conflicts: dict[str, Conflict] = {}
        self._findings: set[InstantFinding] = set()

    def put(self, change: PlannedChange) -> None:
        """Add a change, or replace it by its present facts."""
        former = self._changes.get(change.id)
        self._changes[change.id] = change
        self._refresh(change.id, former)

    def remove(self, change_id: str) -> None:
        """Forget a change; one that is not there is forgotten already."""
        former = self._changes.pop(change_id, None)
        if former is not None:
            self._refresh(change_id, former)

    def amend(self, context: ConflictContext, affected: Iterable[PlannedChange]) -> None:
        """Go on under other facts: a relation, a calendar, an incident, a policy was edited.

        `affected` are the present facts of every change the triggers of ENGINES 3.5 name for that edit.
        """
        self.context = context
        for change in affected:
            self.put(change)

    def conflicts(self) -> list[Conflict]:
        """Return all conflicts, worst first."""
        by_id = {key: planned for key, change in self._changes.items() if (planned := scheduled(change)) is not None}
        return worst_first([*self._conflicts.values(), *gathered_conflicts(self._findings, by_id, self.context)])

    def findings(self) -> list[InstantFinding]:
        """Return the findings that the gathered conflicts stand on, in order of time."""
        return sorted(self._findings)

    def _refresh(self, change_id: str, former: PlannedChange | None) -> None:
        present = self._changes.get(change_id)
        hulls = [hull for change in (former, present) if change is not None and (hull := reach(change)) is not None]
        partners = self._partners(change_id)
        neighbours = [
            change
            for change in self._changes.values()
            if change.id == change_id or change.id in partners or _meets_any(change, hulls)
        ]
        former_span = span(former) if former is not None else None
        self._store(recheck(change_id, neighbours, self.context, former_span))

    def _partners(self, change_id: str) -> set[str]:
        present = self._changes.get(change_id)
        followers = {change.id for change in self._changes.values() if change_id in change.predecessors}
        return followers | (set(present.predecessors) if present is not None else set())

    def _store(self, answer: Recheck) -> None:
        kept = {key: stored for key, stored in self._conflicts.items() if not answer.scope.replaces(stored)}
        self._conflicts = kept | {found.key: found for found in answer.conflicts}
        self._findings = {row for row in self._findings if not answer.scope.replaces_finding(row)}
        self._findings.update(answer.findings)


def _meets_any(change: PlannedChange, hulls: list[Interval]) -> bool:
    own = reach(change)
    return own is not None and any(own[0] <= hull[1] and hull[0] <= own[1] for hull in hulls)
