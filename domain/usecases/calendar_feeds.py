"""Calendar feeds: the board's meetings and planned changes under an address of their own, revocable."""

from collections.abc import Callable

from domain.cab.model import CabSeries
from domain.integration.model import CalendarFeed, CalendarKind
from domain.integration.rules import feed_issues
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import InvalidTransition
from domain.people.model import Team
from domain.people.rules import token_hash
from domain.ports import Ports
from domain.usecases.act import Reference, act, check


async def create_calendar_feed(
    ports: Ports,
    actor: Actor,
    *,
    token_of: Callable[[str], str],
    name: str,
    kind: CalendarKind,
    series_id: str | None = None,
    team_id: str | None = None,
) -> str:
    """Make a feed that shows what the actor may see (`calendarFeedCreate`); `token_of` gives the token of its id."""
    async with act(ports, actor, Permission.FOLLOW_CALENDAR) as work:
        feed_id = work.new_id()
        feed = CalendarFeed(
            id=feed_id,
            name=name.strip(),
            kind=kind,
            account_id=actor.id,
            token_hash=token_hash(token_of(feed_id)),
            series_id=series_id,
            team_id=team_id,
            created_at=work.now,
        )
        await check(
            work,
            feed_issues(feed),
            Reference("series_id", CabSeries, series_id),
            Reference("team_id", Team, team_id),
        )
        work.add(feed)
        work.record("calendar_feed.created", feed)
    return feed_id


async def end_calendar_feed(ports: Ports, actor: Actor, feed_id: str, expected_version: int) -> str:
    """Revoke the address of a feed (`calendarFeedEnd`)."""
    async with act(ports, actor, Permission.FOLLOW_CALENDAR) as work:
        feed = await work.get_at(CalendarFeed, feed_id, expected_version)
        if feed.ended_at is not None:
            raise InvalidTransition("calendar feed", "ENDED", "END", [])
        feed.ended_at = work.now
        work.record("calendar_feed.ended", feed)
    return feed_id
