"""What the planner says of a change that waits for a board, as GraphQL shows it (ENGINES 4)."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from api.answers import listed
from api.fields import column, computed, sourced
from api.relations import One
from api.relay import Connection
from api.types.names import ACabMeeting, AChange
from domain.kernel.page import Row
from domain.kernel.time import from_seconds
from domain.risk.routing import Forum
from domain.usecases.planning import Proposal


@strawberry.type(description="Where a change is heard, and why.")
class CabProposal:
    """`domain.usecases.planning.Proposal` as a row."""

    forum: Forum = column("Which forum decides.")
    minutes: int = column("Minutes it is given.")
    reason: str = column("Why there, or why nowhere.")
    starts_at: datetime | None = computed(
        "When the meeting begins; null when it has no place.",
        ("start",),
        lambda start: None if start is None else from_seconds(start),
    )
    meeting: ACabMeeting | None = sourced("The meeting; null when there is no place in any.", One("meeting_id"))
    change: AChange | None = sourced("The change; null while it is not stored.", One("change_id"))


@strawberry.type(description="Where every waiting change would be heard if the agendas were planned now.")
class CabPlanProposal:
    """Proposals as a row; nothing of it is stored."""

    proposals: Connection[CabProposal] = listed(
        "The changes that wait, by number within each kind of board.", "proposals"
    )


def proposal_row(proposal: Proposal) -> Row:
    """Return a proposal as a row of `CabProposal`."""
    return {**asdict(proposal), "id": proposal.change_id}
