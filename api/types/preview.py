"""What a requester wants to know before saving, and a board before deciding, as GraphQL shows it."""

import strawberry

from api.answers import listed, part
from api.fields import column
from api.relay import Connection
from api.types.finding import ConflictFinding, finding_row
from api.types.impact import Impact, impact_row
from api.types.planning import CabProposal, proposal_row
from api.types.previewed_risk import previewed_risk_row
from api.types.risk import RiskAssessment
from api.types.slot import FreeSlotSearch, free_slots_row
from domain.kernel.page import Row
from domain.usecases.preview import Preview


@strawberry.type(description="Everything about a change as it would be; nothing of it is stored.")
class ChangePreview:
    """`domain.usecases.preview.Preview` as a row."""

    position: int = column("Log position the record was read at.")
    risk: RiskAssessment = part(
        "The risk, with the sum behind it, what would lower it and who decides; not stored, its id finds nothing.",
        "risk",
    )
    impact: Impact = part("What a failure of its targets reaches.", "impact")
    conflicts: Connection[ConflictFinding] = listed("Conflicts it would have, worst first.", "conflicts")
    free_slots: FreeSlotSearch | None = part("When it could be made; null while it has no targets.", "free_slots")
    cab: CabProposal | None = part(
        "The board meeting it would be heard in, and why; null when no board decides it.", "cab"
    )


def preview_row(found: Preview, engine: str, stored_ids: dict[str, str]) -> Row:
    """Return a preview as a row of `ChangePreview`; `stored_ids` are the ids of stored conflicts by key."""
    worst_first = sorted(found.conflicts, key=lambda record: record.conflict.order)
    return {
        "position": found.position,
        "risk": previewed_risk_row(found.risk),
        "impact": impact_row(found.walk.estate, engine, found.position),
        "conflicts": [finding_row(record, stored_ids) for record in worst_first],
        "free_slots": None if found.slots is None else free_slots_row(found.slots),
        "cab": None if found.meeting is None else proposal_row(found.meeting),
    }
