"""The agenda of the next board meeting: what is heard when, for how long, and why it is here."""

from collections.abc import Iterator
from datetime import timedelta

from rich.console import RenderableType

from api.demo.briefing import Agenda
from api.demo.change_report import why_here
from api.demo.dates import ZONE
from api.demo.tables import bullets, heading, line, table, title
from api.demo.wording import Names, moment


def agenda_section(agenda: Agenda, names: Names) -> Iterator[RenderableType]:
    """Yield the agenda in order with its people and its reasons."""
    board, meeting = agenda.board, agenda.meeting
    planned = sum(item.minutes for item in meeting.items)
    yield title(f"Agenda  {board.name}, {moment(meeting.start)} ({meeting.number})")
    yield line(
        f"{len(meeting.items)} changes, {planned} of {board.minutes - board.opening_minutes} minutes planned; "
        f"agenda closes {moment(meeting.cut_off_at)}; quorum {board.quorum}"
    )
    if not meeting.items:
        return
    attendees = sorted({names.of(person_id) for item in meeting.items for person_id in item.attendee_ids})
    yield line(f"Attendees: {', '.join(attendees)}")
    clock = meeting.start + timedelta(minutes=board.opening_minutes)
    rows = []
    for item in meeting.items:
        change = agenda.changes[item.change_id]
        presenter = names.of(change.requester_id or "")
        rows.append((f"{clock.astimezone(ZONE):%H:%M}", f"{item.minutes}", change.number, change.title, presenter))
        clock += timedelta(minutes=item.minutes)
    columns = ("Time", ">Min", "Change", "Title", "Presented by")
    yield table(columns, rows)
    yield heading("Why each is here")
    yield bullets(
        f"{agenda.changes[item.change_id].number}: {names.told(why_here(item.reason))}" for item in meeting.items
    )
