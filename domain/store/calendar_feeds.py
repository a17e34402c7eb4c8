"""Calendar feeds by the hash of their token, and what they show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.cab.model import MeetingState
from domain.change.model import ChangeState
from domain.integration.model import CalendarKind
from domain.kernel.audience import Viewer
from domain.store.engine import Database
from domain.store.rights import SqlRights
from domain.store.scope import Scope, visible
from domain.store.tables.cab import cab_meeting, cab_series
from domain.store.tables.changes import change
from domain.store.tables.integration import calendar_feed

MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a calendar: what it is about, when, at which version, and whether it takes place."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    version: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class ShownCalendar:
    """A calendar as its owner may see it now, between two instants, the earliest first."""

    name: str
    entries: list[Entry]


class SqlCalendars:
    """Calendars under their tokens."""

    def __init__(self, database: Database, rights: SqlRights) -> None:
        self._database, self._rights = database, rights

    async def shown(self, token_hash: str, now: datetime, start: datetime, end: datetime) -> ShownCalendar | None:
        """Return what the token opens; None for a token that opens nothing: unknown, revoked, or its owner gone."""
        feed = calendar_feed.c
        known = sa.select(feed.name, feed.kind, feed.account_id, feed.series_id, feed.team_id)
        async with self._database.reader.connect() as connection:
            row = (
                await connection.execute(known.where(feed.token_hash == token_hash, feed.ended_at.is_(None)))
            ).one_or_none()
        if row is None:
            return None
        viewer = (await self._rights.viewers([row.account_id])).get(row.account_id)
        if viewer is None:
            return None
        statement = _meetings(row.series_id) if row.kind is CalendarKind.BOARD else _changes(row.team_id)
        noun = "cab_meeting" if row.kind is CalendarKind.BOARD else "change"
        return ShownCalendar(row.name, await self._entries(statement, noun, viewer, now, (start, end)))

    async def _entries(
        self, statement: sa.Select[Any], noun: str, viewer: Viewer, now: datetime, span: tuple[datetime, datetime]
    ) -> list[Entry]:
        scope = Scope(viewer.actor, now)
        seen = statement.where(visible(noun, scope.sight))
        async with self._database.reader.connect() as connection:
            rows = (await connection.execute(_within(seen, noun, span), scope.parameters)).all()
        return [Entry(*row) for row in rows]


def _meetings(series_id: str) -> sa.Select[Any]:
    meeting = cab_meeting.c
    return (
        sa.select(
            meeting.id,
            meeting.start,
            meeting.end,
            (cab_series.c.name + " " + meeting.number).label("summary"),
            sa.func.coalesce(meeting.notes, "").label("description"),
            meeting.version,
            (meeting.state == MeetingState.CANCELLED).label("is_cancelled"),
        )
        .join(cab_series, cab_series.c.id == meeting.series_id)
        .where(meeting.series_id == series_id)
    )


def _changes(team_id: str | None) -> sa.Select[Any]:
    planned = sa.select(
        change.c.id,
        change.c.planned_start,
        change.c.planned_end,
        (change.c.number + " " + change.c.title).label("summary"),
        change.c.description,
        change.c.version,
        (change.c.state == ChangeState.CANCELLED).label("is_cancelled"),
    )
    return planned if team_id is None else planned.where(change.c.team_id == team_id)


def _within(statement: sa.Select[Any], noun: str, span: tuple[datetime, datetime]) -> sa.Select[Any]:
    starts = cab_meeting.c.start if noun == "cab_meeting" else change.c.planned_start
    ends = cab_meeting.c.end if noun == "cab_meeting" else change.c.planned_end
    return statement.where(starts < span[1], ends > span[0]).order_by(starts).limit(MOST_ENTRIES)
