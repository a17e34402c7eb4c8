"""Calendar feeds as GraphQL shows them."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.enums import described_enum
from api.fields import column, sourced
from api.listing import order_input
from api.relations import One
from api.relay import Node, global_id
from api.types.names import ACabSeries, ATeam
from api.types.references import reference_input
from domain.integration.model import CalendarKind

described_enum(
    CalendarKind,
    "What a calendar feed shows.",
    CHANGES="Planned changes.",
    BOARD="Meetings of a board.",
)


@strawberry.type(
    description="A calendar (ICS) under an address of its own, with the rights of the account that made it."
)
class CalendarFeed(Node):
    """Rows of the noun `calendar_feed`; the token's hash is not among what is shown."""

    noun: ClassVar[str] = "calendar_feed"

    id: strawberry.ID = global_id("CalendarFeed")
    name: str = column("Name of the calendar.")
    kind: CalendarKind = column("What it shows.")
    created_at: datetime = column("When it was made.")
    ended_at: datetime | None = column("When its address was revoked; null while it is good.")
    version: int = column("Version to give back with the next act on it.")
    board: ACabSeries | None = sourced("The board whose meetings it shows; null for changes.", One("series_id"))
    team: ATeam | None = sourced("The team whose changes it shows; null for all.", One("team_id"))


CalendarFeedOrder = order_input("CalendarFeed", name="By name.")
CalendarFeedRef = reference_input("CalendarFeed", "id")
