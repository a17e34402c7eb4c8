"""The feeds as root fields. How they are followed, replayed and sent is in `api.live`."""

from typing import Any

import strawberry

from api.fields import argument, sourced
from api.lookahead import NOTHING
from api.types.following import AgendaEventWhere, ChangeEventWhere, CiEventWhere, TicketEventWhere
from api.types.live import AgendaEvent, ChangeEvent, CiEvent, TicketEvent
from domain.kernel.following import Feed

FEED_OF = {
    "ticketEvents": Feed.TICKETS,
    "changeEvents": Feed.CHANGES,
    "agendaEvents": Feed.AGENDA,
    "ciEvents": Feed.CIS,
}
_PROMISE = (
    "In order per record, at least once; each event only while you may see its record. Give the cursor of the last "
    "event as `after` to go on without a gap."
)


def _feed(description: str, where: Any) -> Any:
    return sourced(
        f"{description} {_PROMISE}",
        NOTHING,
        arguments=[
            argument("where", where | None, "Only events that match every field given."),
            argument("after", str | None, "Cursor of the last event you had; null begins with what comes now."),
        ],
    )


@strawberry.type(description="Everything that can be followed.")
class Subscription:
    """The root of subscriptions."""

    ticket_events: TicketEvent = _feed("What happens to incidents and problems.", TicketEventWhere)
    change_events: ChangeEvent = _feed("What happens to changes.", ChangeEventWhere)
    agenda_events: AgendaEvent = _feed("What happens to boards, meetings and agendas.", AgendaEventWhere)
    ci_events: CiEvent = _feed("What happens to configuration.", CiEventWhere)
