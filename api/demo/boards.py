"""The boards that decide: the weekly one and the electronic one for emergencies, with their next meetings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from api.demo.dates import BOARD_HOUR, ZONE_NAME, Timeline
from api.demo.register import Entry, Register
from domain.cab.model import CabMeeting, CabMember, CabSeries, MemberRole
from domain.cab.rules import cut_off, sittings
from domain.calendar.model import Calendar
from domain.kernel.time import Window, from_seconds
from domain.people.model import Person

ADVISORY_BOARD = "Change Advisory Board"
ELECTRONIC_BOARD = "Electronic CAB"
PLANNED_AHEAD = timedelta(days=36)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A board: when it meets, who chairs it, who stands in, who else sits on it."""

    name: str
    rrule: str
    start: str
    minutes: int
    lead_days: int
    quorum: int
    chair: str
    deputies: tuple[str, ...]
    members: tuple[str, ...]
    is_electronic: bool = False


BOARDS = (
    BoardRow(
        ADVISORY_BOARD,
        "FREQ=WEEKLY;BYDAY=WE",
        f"{BOARD_HOUR:%H:%M}",
        minutes=120,
        lead_days=1,
        quorum=5,
        chair="Katharina Brandt",
        deputies=("Tobias Hellwig",),
        members=("Henrik Olsson", "Petra Lindqvist", "Rainer Voss", "Yasmin Farouk", "Ingrid Sauer", "Wolfram Eick"),
    ),
    BoardRow(
        ELECTRONIC_BOARD,
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "12:00",
        minutes=30,
        lead_days=0,
        quorum=2,
        chair="Katharina Brandt",
        deputies=("Tobias Hellwig", "Yasmin Farouk"),
        members=("Petra Lindqvist", "Henrik Olsson"),
        is_electronic=True,
    ),
)


def boards(register: Register) -> Iterator[Entry]:
    """Yield the boards with their rosters."""
    for number, row in enumerate(BOARDS, 1):
        series_id = register.enter(CabSeries, row.name)
        seats = [
            (row.chair, MemberRole.CHAIR),
            *((name, MemberRole.DEPUTY) for name in row.deputies),
            *((name, MemberRole.MEMBER) for name in row.members),
        ]
        members = [
            CabMember(id=register.new_id(), series_id=series_id, person_id=register.id_of(Person, name), role=role)
            for name, role in seats
        ]
        yield Entry("cab_series.defined", _series(register, row, number, series_id, members))


def meetings(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield the meetings of the next five weeks; those on bank holidays are left out."""
    horizon = Window(timeline.as_of, timeline.as_of + PLANNED_AHEAD)
    for number, row in enumerate(BOARDS, 1):
        series_id = register.id_of(CabSeries, row.name)
        for start, end in sittings(_series(register, row, number, series_id, []), timeline.office, horizon):
            begin = from_seconds(start)
            meeting = CabMeeting(
                id=register.enter(CabMeeting, f"{row.name} {begin.isoformat()}"),
                number="",
                series_id=series_id,
                start=begin,
                end=from_seconds(end),
                cut_off_at=cut_off(begin, row.lead_days, timeline.office),
            )
            yield Entry("cab_meeting.scheduled", meeting)


def _series(register: Register, row: BoardRow, number: int, series_id: str, members: list[CabMember]) -> CabSeries:
    return CabSeries(
        id=series_id,
        external_id=f"CAB-{number}",
        name=row.name,
        time_zone=ZONE_NAME,
        rrule=row.rrule,
        local_start=row.start,
        minutes=row.minutes,
        lead_business_days=row.lead_days,
        quorum=row.quorum,
        is_electronic=row.is_electronic,
        calendar_id=register.id_of(Calendar, "Office hours"),
        members=members,
    )
