"""`headwater agenda`: what the board hears next, in which order, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from api.cli.output import entry, moment, print_json, say
from api.cli.session import AsOfOption, DatabaseOption, JsonOption, current, run
from domain.cab.model import CabMeeting, CabSeries, MeetingState
from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import NotFound
from domain.kernel.image import as_json
from domain.people.model import Person
from domain.ports import Ports, Snapshot
from domain.usecases.planning import Proposal, propose_plan

NO = 1


@dataclass(frozen=True, slots=True)
class Agenda:
    """One meeting with its items, or with what a plan made now would put there; and who waits in vain."""

    meeting: CabMeeting | None
    series: CabSeries | None
    items: tuple[dict[str, Any], ...]
    is_planned: bool
    unplaced: tuple[Proposal, ...]
    changes: Mapping[str, Change]
    people: Mapping[str, str]


def agenda(
    meeting: Annotated[str | None, typer.Option(help="Its number; else the next one.")] = None,
    is_json: JsonOption = False,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show the agenda of the next board meeting; one that is not planned yet as a plan made now would have it."""
    found = run(_agenda(database, meeting, as_of))
    if is_json:
        print_json(_answer(found))
    else:
        _print(found)
    if found.meeting is None:
        raise typer.Exit(NO)


async def _agenda(database: str | None, number: str | None, as_of: str | None) -> Agenda:
    async with current(database, as_of) as ports:
        proposals = await propose_plan(ports, SYSTEM)
        async with ports.snapshot() as snapshot:
            meeting = await _meeting(ports, snapshot, number)
            series = None if meeting is None else await snapshot.find(CabSeries, id=meeting.series_id)
            items = _items(meeting, proposals)
            unplaced = tuple(proposal for proposal in proposals if proposal.meeting_id is None)
            heard = {item["change_id"] for item in items} | {proposal.change_id for proposal in unplaced}
            people = sorted({person_id for item in items for person_id in item["attendee_ids"]})
            return Agenda(
                meeting=meeting,
                series=series,
                items=items,
                is_planned=meeting is not None and bool(meeting.items),
                unplaced=unplaced,
                changes={change.id: change for change in await snapshot.find_all(Change, id=sorted(heard))},
                people={person.id: person.name for person in await snapshot.find_all(Person, id=people)},
            )


async def _meeting(ports: Ports, snapshot: Snapshot, number: str | None) -> CabMeeting | None:
    if number is not None:
        meeting = await snapshot.find(CabMeeting, number=number)
        if meeting is None:
            raise NotFound("CAB meeting", number, "--meeting")
        return meeting
    meetings = await snapshot.find_all(CabMeeting, state=[MeetingState.PLANNED, MeetingState.PUBLISHED])
    coming = [meeting for meeting in meetings if meeting.start > ports.clock.now()]
    return min(coming, key=lambda meeting: (meeting.start, meeting.id), default=None)


def _items(meeting: CabMeeting | None, proposals: Sequence[Proposal]) -> tuple[dict[str, Any], ...]:
    if meeting is None:
        return ()
    if meeting.items:
        return tuple(as_json(item) for item in meeting.items)
    placed = [proposal for proposal in proposals if proposal.meeting_id == meeting.id]
    return tuple(
        {
            "change_id": proposal.change_id,
            "place": place,
            "minutes": proposal.minutes,
            "reason": proposal.reason,
            "attendee_ids": [],
            "is_pinned": False,
            "is_published": False,
        }
        for place, proposal in enumerate(placed)
    )


def _print(found: Agenda) -> None:
    if found.meeting is None:
        say("No board meeting is coming.")
    else:
        board = found.series.name if found.series else "board"
        say(f"{found.meeting.number}  {board}, {moment(found.meeting.start)} to {moment(found.meeting.end)}")
        if not found.items:
            say("Nothing is to be heard.")
        elif not found.is_planned:
            say("Not planned yet; a plan made now would hear:")
    for place, item in enumerate(found.items, start=1):
        change = found.changes[item["change_id"]]
        say()
        entry(
            f"{place:2}  {change.number}  {item['minutes']} min  {change.title}",
            item["reason"],
            *_attendance(item, found),
            indent=4,
        )
    for proposal in found.unplaced:
        say(f"Waits without a place: {found.changes[proposal.change_id].number}: {proposal.reason}")


def _attendance(item: Mapping[str, Any], found: Agenda) -> list[str]:
    names = ", ".join(found.people[person_id] for person_id in item["attendee_ids"])
    return [f"With {names}."] if names else []


def _answer(found: Agenda) -> dict[str, Any]:
    meeting = found.meeting
    return {
        "meeting": None
        if meeting is None
        else {
            "id": meeting.id,
            "number": meeting.number,
            "board": found.series.name if found.series else None,
            "start": meeting.start,
            "end": meeting.end,
            "cut_off_at": meeting.cut_off_at,
            "state": meeting.state.value,
            "planned": found.is_planned,
        },
        "items": [
            {
                "place": place,
                "change": _named(found.changes[item["change_id"]]),
                "minutes": item["minutes"],
                "reason": item["reason"],
                "attendees": [{"id": p, "name": found.people[p]} for p in item["attendee_ids"]],
                "pinned": item["is_pinned"],
            }
            for place, item in enumerate(found.items, start=1)
        ],
        "unplaced": [
            {"change": _named(found.changes[p.change_id]), "minutes": p.minutes, "reason": p.reason}
            for p in found.unplaced
        ],
    }


def _named(change: Change) -> dict[str, Any]:
    return {"id": change.id, "number": change.number, "external_id": change.external_id, "title": change.title}
