"""Verbs of calendar feeds."""

from functools import partial
from typing import Any

import strawberry

from api.answering import reread
from api.context import Context
from api.fields import column, sourced
from api.relations import One
from api.types.calendar_feed import CalendarFeed
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, mutation, perform, result_of, verb
from domain.integration.model import CalendarKind
from domain.kernel.actor import Permission
from domain.usecases import calendar_feeds

CALENDAR_FEED = Outcome("calendar_feed", CalendarFeed, "The calendar feed")


@strawberry.input(description="A new calendar feed.")
class CalendarFeedCreateInput(Repeatable):
    """What it shows."""

    name: str = given("Name of the calendar.")
    kind: CalendarKind = given("What it shows.")
    board_id: strawberry.ID | None = given(
        "Board whose meetings it shows; null for changes.", fact="series_id", of="CabSeries", default=None
    )
    team_id: strawberry.ID | None = given("Team whose changes it shows; null for all.", of="Team", default=None)


@strawberry.input(description="A calendar feed whose address is to be revoked.")
class CalendarFeedEndInput:
    """The feed."""

    calendar_feed_id: strawberry.ID = given("Calendar feed to end.", fact="feed_id", of="CalendarFeed")
    expected_version: int = given(SEEN)


@strawberry.type(description="CalendarFeedCreate was done.")
class CalendarFeedCreateSuccess:
    """What came of CalendarFeedCreate."""

    calendar_feed: CalendarFeed | None = sourced(
        "The calendar feed; null when you may not see it.", One("calendar_feed")
    )
    address: str = column("Path of the calendar on this server; whoever has it can read it. It is shown here alone.")


async def _create(info: strawberry.Info[Context, None], **arguments: Any) -> Any:
    token_of = info.context.key.calendar_token
    doing = partial(calendar_feeds.create_calendar_feed, token_of=token_of)
    feed_id = await perform(doing, info.context, arguments["input"])
    address = f"/calendars/{token_of(feed_id)}.ics"
    return await reread(info, CalendarFeedCreateSuccess, calendar_feed=feed_id, address=address)


@strawberry.type
class CalendarFeedMutations:
    """Verbs of calendar feeds."""

    calendar_feed_create = mutation(
        _create,
        CalendarFeedCreateInput,
        CalendarFeedCreateSuccess,
        "Make a calendar under an address of its own that shows what you may see.",
        result=result_of(CalendarFeedCreateSuccess, CREATES),
        needs=Permission.FOLLOW_CALENDAR,
    )
    calendar_feed_end = verb(
        calendar_feeds.end_calendar_feed,
        CalendarFeedEndInput,
        "Revoke the address of a calendar feed.",
        answers=CALENDAR_FEED,
        refusals=STEPS,
        needs=Permission.FOLLOW_CALENDAR,
    )
