"""The preview of a change, saved or not: risk, impact, conflicts, the board it goes to, free slots. Writes nothing."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, reconcile
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import NotFound
from domain.kernel.time import from_seconds
from domain.ports import Ports, Snapshot
from domain.risk.counterfactuals import Alternative, without_conflict
from domain.risk.facts import RiskFacts
from domain.usecases.assessment import (
    RiskFindings,
    Session,
    Walk,
    measured_of,
    missing_approver,
    risk_of,
    walk,
    walk_estate,
)
from domain.usecases.change_drafts import Draft, drafted
from domain.usecases.footprints import Estate, target_steps
from domain.usecases.planning import Proposal, propose_for
from domain.usecases.slots import FreeSlots, ScoredSlot, conflicts_now, copied, free_slots
from domain.usecases.surroundings import Surroundings

SLOT_EFFORT, RESOLVE_EFFORT, ROLLING_EFFORT = 1, 2, 2


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything a requester wants to know before saving and a board before deciding, from one state of the record."""

    walk: Walk
    conflicts: tuple[ConflictRecord, ...]
    risk: RiskFindings
    slots: FreeSlots | None
    meeting: Proposal | None
    names: dict[str, str]
    position: int


async def preview(
    ports: Ports, actor: Actor, change: Change, *, with_slots: bool = True, with_meeting: bool = True
) -> Preview:
    """Return the preview of a change record, whether it is stored or only drafted."""
    actor.require(Permission.REQUEST_CHANGE if not actor.may(Permission.READ_ALL) else Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        return await preview_in(session, change, with_slots=with_slots, with_meeting=with_meeting)


async def preview_stored(ports: Ports, actor: Actor, change_id: str) -> Preview:
    """Return the preview of a stored change as it is now."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        change = await snapshot.find(Change, id=change_id)
        if change is None:
            raise NotFound("change", change_id)
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        return await preview_in(session, change)


async def preview_draft(
    ports: Ports,
    actor: Actor,
    draft: Draft,
    change_id: str | None = None,
    *,
    with_slots: bool = True,
    with_meeting: bool = True,
) -> Preview:
    """Return the preview of a draft, or of a stored change with what the draft says instead; nothing is written."""
    actor.require(Permission.REQUEST_CHANGE if not actor.may(Permission.READ_ALL) else Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        stored = None if change_id is None else await _seen(snapshot, actor, change_id)
        change = await drafted(snapshot, actor, ports.clock.now(), draft, stored)
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        return await preview_in(session, change, with_slots=with_slots, with_meeting=with_meeting)


async def slots_of(ports: Ports, actor: Actor, change_id: str, offered: int) -> FreeSlots | None:
    """Return free slots for a stored change, None while it has no targets."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        change = await _seen(snapshot, actor, change_id)
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        return await free_slots(session, await walk(session, change), offered=offered) if change.targets else None


async def impact_of_change(ports: Ports, actor: Actor, change_id: str) -> tuple[Estate, int]:
    """Return what a stored change reaches, step by step, and the position of the record read."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        change = await _seen(snapshot, actor, change_id)
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        return await walk_estate(session, list(target_steps(change).values())), snapshot.position


async def _seen(snapshot: Snapshot, actor: Actor, change_id: str) -> Change:
    """Return a stored change that the actor may see; absent and invisible alike are `NotFound`."""
    change = await snapshot.find(Change, id=change_id)
    is_own = change is not None and actor.person_id is not None and change.requester_id == actor.person_id
    if change is None or not (is_own or actor.may(Permission.READ_ALL)):
        raise NotFound("change", change_id)
    return change


async def preview_in(
    session: Session, change: Change, *, with_slots: bool = True, with_meeting: bool = True
) -> Preview:
    """Return the preview inside a session that is already open."""
    own = await walk(session, change)
    conflicts = await conflicts_now(session, own)
    measured = await measured_of(session, own, conflicts)
    slots = await free_slots(session, own, measured) if with_slots and change.targets else None
    known = frozenset(record.conflict.key for record in conflicts)
    alternatives = [
        *_better_slots(slots, known, session.around.organisation.time_zone),
        *_resolutions(conflicts),
        *await _one_at_a_time(session, own),
    ]
    risk = await risk_of(session, own, conflicts, alternatives, measured)
    conflicts += await _nobody_to_decide(session, own, risk)
    meeting = await propose_for(session, own, risk, conflicts) if with_meeting else None
    return Preview(
        walk=own,
        conflicts=tuple(conflicts),
        risk=risk,
        slots=slots,
        meeting=meeting,
        names=dict(session.around.names),
        position=session.snapshot.position,
    )


async def impact_of(ports: Ports, actor: Actor, ci_ids: list[str]) -> tuple[Estate, dict[str, str], int]:
    """Return what a failure of these configuration items reaches, with names and the position of the record read."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        estate = await walk_estate(session, [frozenset(ci_ids)])
        missing = sorted(set(ci_ids) - estate.targets.keys())
        if missing:
            raise NotFound("configuration item", missing[0])
        impacted = list(estate.impact.impacted)
        on_ways = {ci_id for found in estate.impact.impacted.values() for ci_id in found.path}
        names = await snapshot.names_of({*impacted, *on_ways})
        return estate, names, snapshot.position


async def _nobody_to_decide(session: Session, own: Walk, risk: RiskFindings) -> list[ConflictRecord]:
    """Return the conflict that is known only after the score: who decides follows from it, and may not be there."""
    found = missing_approver(session, own, risk.route)
    if found is None:
        return []
    stored = {record.conflict.key: record for record in await session.snapshot.conflicts_of([own.change.id])}
    record = reconcile(stored.get(found.key), found, session.snapshot.position)
    return [] if record is None else [record]


async def _one_at_a_time(session: Session, own: Walk) -> list[Alternative]:
    """Return rolling through the members of a redundancy group as an action, where they are taken down together."""
    steps = target_steps(own.change).values()
    groups = own.estate.topology.groups.values()
    if not any(len(step.intersection(group.members)) > 1 for step in steps for group in groups):
        return []
    rolling = copied(own.change)
    rolling.targets = [replace(target, step=place) for place, target in enumerate(own.change.targets, start=1)]
    impacted = (await walk(session, rolling)).lasting.impacted
    return [
        Alternative(
            "rolling",
            "Change one member of the group at a time",
            ROLLING_EFFORT,
            lambda before: replace(before, impacted=impacted),
        )
    ]


def _better_slots(slots: FreeSlots | None, known: frozenset[str], time_zone: str) -> list[Alternative]:
    """Return moving to the offered slot of least score as an action."""
    scored = [slot for slot in slots.slots if slot.risk.assessment.score is not None] if slots else []
    if not scored:
        return []
    best = min(scored, key=lambda slot: (slot.risk.assessment.score, slot.slot.start))
    start = from_seconds(best.slot.start).astimezone(ZoneInfo(time_zone))
    label = f"Move to the free slot of {start:%a %d %b %Y %H:%M}"
    return [Alternative("slot", label, SLOT_EFFORT, lambda facts: _in_slot(facts, best, known))]


def _in_slot(facts: RiskFacts, slot: ScoredSlot, known: frozenset[str]) -> RiskFacts:
    """Return the facts as they are in the slot: the window, what is busy then, the conflicts there not yet resolved."""
    there = slot.risk.facts
    resolved = known - {found.id for found in facts.conflicts}
    conflicts = tuple(found for found in there.conflicts if found.id not in resolved)
    return replace(
        facts,
        change=replace(facts.change, planned=there.change.planned),
        services=there.services,
        organisation_busy_share=there.organisation_busy_share,
        conflicts=conflicts,
    )


def _resolutions(conflicts: list[ConflictRecord]) -> list[Alternative]:
    """Return resolving each of the three gravest conflicts with other changes as an action."""
    with_others = [record.conflict for record in conflicts if len(record.conflict.change_ids) > 1]
    return [
        Alternative(
            f"resolve:{found.key}",
            f"Resolve: {found.message}",
            RESOLVE_EFFORT,
            lambda facts, key=found.key: without_conflict(facts, key),  # type: ignore[misc]
        )
        for found in with_others[:3]
    ]
