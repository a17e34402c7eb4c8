"""Free slots for a change, as GraphQL shows them (ENGINES 4.7)."""

from datetime import datetime

import strawberry

from api.answers import listed, part
from api.enums import described_enum
from api.fields import column, computed, sourced
from api.relations import Embedded
from api.relay import Connection
from api.types.finding import ConflictFinding, finding_row
from api.types.previewed_risk import previewed_risk_row
from api.types.risk import RiskAssessment
from api.types.time import TimeWindow, time_window
from domain.conflict import slots
from domain.conflict.slots import Relaxation, Slot, SlotRule
from domain.kernel.page import MOST, Row
from domain.kernel.time import from_seconds
from domain.usecases.slots import FreeSlots, ScoredSlot

described_enum(
    SlotRule,
    "How a change must lie to the times of a constraint.",
    WINDOW_INSIDE="Wholly inside one of them: a maintenance window, a shift.",
    WINDOW_CLEAR="Apart from all of them: other work of an implementer.",
    EXCLUSIVE_CLEAR="Apart from all of them, preparation and reserve included: a freeze, another change.",
    START_OUTSIDE="It must not begin in any of them: another change is being watched.",
)


@strawberry.type(description="A time in which a change meets no constraint, with the risk it would have there.")
class FreeSlot:
    """`domain.usecases.slots.ScoredSlot` as a row."""

    window: TimeWindow = computed("The time.", ("start", "end"), time_window)
    risk: RiskAssessment = part("The risk the change would have in it.", "risk")
    conflicts: Connection[ConflictFinding] = listed(
        "Conflicts that would remain; none of them forbids it.", "conflicts"
    )


@strawberry.type(description="A reason why a change may not begin at some times.")
class SlotConstraint:
    """`domain.conflict.slots.SlotConstraint` as a row."""

    code: str = column("Stable code of the kind of constraint, e.g. MAINTENANCE.")
    name: str = column("What people call it, e.g. maintenance window of db-7.")
    rule: SlotRule = column("How the change must lie to its times.")


@strawberry.type(description="The fewest constraints that would have to give to free a time.")
class SlotRelaxation:
    """`domain.conflict.slots.Relaxation` as a row."""

    window: TimeWindow = computed("The time that would be free.", ("start", "end"), time_window)
    explanation: str = column("What would have to give, in a sentence.")
    constraints: list[SlotConstraint] = sourced("What would have to give, all of it.", Embedded("constraints"))


@strawberry.type(description="Free slots for a change over the next 90 days, or what would have to give.")
class FreeSlotSearch:
    """`domain.usecases.slots.FreeSlots` as a row."""

    explanation: str | None = column("Why there is no free slot; null when there is one.")
    slots: list[FreeSlot] = sourced("Free slots, the nearest to the wanted time first.", Embedded("slots"))
    relaxations: list[SlotRelaxation] = sourced(
        "Where there is no free slot: what would have to give, the least first; at most 100.", Embedded("relaxations")
    )


def free_slots_row(found: FreeSlots) -> Row:
    """Return found slots as a row of `FreeSlotSearch`."""
    answer = found.answer
    return {
        "explanation": answer.explanation or None,
        "slots": [_slot_row(slot) for slot in found.slots],
        "relaxations": [_relaxation_row(relaxation) for relaxation in answer.relaxations[:MOST]],
    }


def _slot_row(scored: ScoredSlot) -> Row:
    return {
        **_times(scored.slot),
        "risk": previewed_risk_row(scored.risk),
        "conflicts": [finding_row(record, {}) for record in scored.conflicts],
    }


def _relaxation_row(relaxation: Relaxation) -> Row:
    return {
        **_times(relaxation.slot),
        "explanation": relaxation.explanation,
        "constraints": [_constraint_row(constraint) for constraint in relaxation.constraints],
    }


def _constraint_row(constraint: slots.SlotConstraint) -> Row:
    return {"code": constraint.code, "name": constraint.name, "rule": constraint.rule}


def _times(slot: Slot) -> dict[str, datetime]:
    return {"start": from_seconds(slot.start), "end": from_seconds(slot.end)}
