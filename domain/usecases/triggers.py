"""Which changes an event touches, and so must be looked at again (ENGINES 3.5, incremental re-check triggers)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from domain.kernel.events import Event
from domain.ports import Ports, Snapshot

GRAPH_SUBJECTS = frozenset({"ci", "relation", "redundancy_group", "business_service"})
AROUND_SUBJECTS = frozenset({"change_window", "calendar", "capacity_limit", "person", "team", "ci_class", "policy"})
TICKET_SUBJECTS = frozenset({"incident", "problem"})
URGENT_PRIORITY = 2
PROPOSED = "policy.proposed"
"""A policy that is not in use moves no score."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Changes to look at again: their footprint and all that follows, or only their risk."""

    footprint: frozenset[str]
    risk_only: frozenset[str]


async def affected_changes(ports: Ports, events: Sequence[Event]) -> Affected:
    """Return the changes that the events touch; those long finished are never among them."""
    edited = {event.subject_id for event in events if event.subject_type == "change"}
    async with ports.snapshot() as snapshot:
        footprint = await snapshot.assessable(edited)
        if any(event.subject_type in AROUND_SUBJECTS and event.kind != PROPOSED for event in events):
            footprint |= await snapshot.open_changes()
        elif any(event.subject_type in GRAPH_SUBJECTS for event in events) or any(map(_is_urgent, events)):
            footprint |= await _above(ports, snapshot, events)
        on_tickets = _cis_of(event for event in events if event.subject_type in TICKET_SUBJECTS)
        risk_only = await snapshot.changes_reaching(on_tickets) | _newly_in_conflict(events)
    return Affected(frozenset(footprint), frozenset(risk_only - footprint))


async def _above(ports: Ports, snapshot: Snapshot, events: Sequence[Event]) -> set[str]:
    """Return the open changes whose walk meets what was rewired, or shares a fate with what is in outage.

    Where something is down already, a redundancy may be used up anywhere below it; so the changes that can reach
    any of that count too.
    """
    if not await snapshot.open_changes():
        return set()
    now = ports.clock.now()
    rewired = _cis_of(event for event in events if event.subject_type in GRAPH_SUBJECTS)
    below = _cis_of(filter(_is_urgent, events))
    if rewired and await snapshot.outages():
        below |= rewired
    if below:
        below = set((await ports.graph.closure(below, as_of=now)).ids)
    met = await ports.graph.upstream(rewired | below, as_of=now)
    return await snapshot.changes_reaching(rewired) | await snapshot.open_changes(met)


def _newly_in_conflict(events: Iterable[Event]) -> set[str]:
    """Return the partners of conflicts found, changed or resolved whose risk was not computed in the same act."""
    found = (event.body for event in events if event.subject_type == "conflict")
    return {change_id for body in found for change_id in set(body["change_ids"]) - set(body["rescored"])}


def _is_urgent(event: Event) -> bool:
    return event.subject_type == "incident" and event.body["priority"] <= URGENT_PRIORITY


def _cis_of(events: Iterable[Event]) -> set[str]:
    """Return the configuration items that events are about, from the after-images of their subjects."""
    return {ci_id for event in events for ci_id in _cis_in(event)}


def _cis_in(event: Event) -> Collection[str]:
    body = event.body
    match event.subject_type:
        case "relation":
            return {body["source_id"], body["target_id"]}
        case "redundancy_group":
            return {row["ci_id"] for row in (*body["members"], *body["protected"])}
        case "ci" | "business_service":
            return {event.subject_id}
    return {row["ci_id"] for row in body["cis"]}
