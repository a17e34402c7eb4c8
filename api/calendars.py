"""Calendars as iCalendar files (RFC 5545) for the calendar programs of people: whoever has the address can read one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from icalendar import Calendar, Event
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.context import Backend
from domain.people.rules import token_hash

BEHIND, AHEAD = timedelta(days=90), timedelta(days=366)
REFRESH_SECONDS = 900


class Entry(Protocol):
    """One event of a calendar."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    version: int
    is_cancelled: bool


async def calendar(request: Request) -> Response:
    """Answer with the calendar of a token; 404 for a token that opens nothing, whatever the reason."""
    backend: Backend = request.app.state.backend
    now = backend.ports.clock.now()
    token = token_hash(request.path_params["token"])
    shown = await request.app.state.calendars.shown(token, now, now - BEHIND, now + AHEAD)
    if shown is None:
        raise HTTPException(404, "There is no such calendar.")
    body = ical(shown.name, shown.entries)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={REFRESH_SECONDS}", "Referrer-Policy": "no-referrer"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def ical(name: str, entries: Sequence[Entry]) -> bytes:
    """Return a calendar as bytes; equal entries give equal bytes."""
    file = Calendar()
    file.add("prodid", "-//Headwater//Calendar feed//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", name)
    for entry in entries:
        file.add_component(_event(entry))
    written: bytes = file.to_ical()
    return written


def _event(entry: Entry) -> Any:
    event = Event()
    event.add("uid", f"{entry.uid}@headwater")
    event.add("sequence", entry.version)
    # When it was published is not known apart from its version; a stamp that stands still keeps the file the same.
    event.add("dtstamp", entry.start)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event
