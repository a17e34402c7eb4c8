"""Writes the demo through the unit of work, as anybody else would: records with their events, an act at a time.

The clock goes along: the estate is entered first, then two years pass month by month, then the coming month is
planned. So the log tells the story in its order, and ids sort by birth.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from typing import Protocol

from api.demo.boards import boards, meetings
from api.demo.change_models import change_models
from api.demo.conflicting_changes import CONFLICTING
from api.demo.dates import Timeline
from api.demo.landscape import landscape
from api.demo.notable_changes import NOTABLE
from api.demo.past_changes import past_changes
from api.demo.past_incidents import past_incidents
from api.demo.past_problems import past_problems
from api.demo.people import calendars, capacity_limits, people, teams
from api.demo.planned_changes import changes, enter_changes
from api.demo.register import Entry, Register
from api.demo.reported_changes import REPORTED
from api.demo.routine_changes import ROUTINE
from api.demo.windows import windows
from domain.cab.model import CabMeeting
from domain.change.model import Change
from domain.incident.model import Incident
from domain.kernel.actor import Actor, Role
from domain.kernel.ids import Ids
from domain.kernel.time import FixedClock
from domain.ports import Ports
from domain.problem.model import Problem
from domain.usecases.act import act
from domain.usecases.fitting import activate_fit_at_load
from domain.usecases.planning import plan_meetings

DEMO = Actor(id="demo", name="Demo", roles=frozenset({Role.ADMINISTRATOR}))
NUMBER_SERIES = {Change: "CHG", Incident: "INC", Problem: "PRB", CabMeeting: "CAB"}
FOUNDED_DAYS_AGO = 760
PLANNING = timedelta(minutes=5)
ENTRIES_PER_ACT = 150
STEPS = 5

Step = Callable[[str], None]
"""Told what is being done, for whoever watches."""


class Workers(Protocol):
    """What follows the log."""

    async def drain(self) -> None:
        """Return once everything that follows the log is up to date."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo is written to: the ports with the clock and the ids they were opened with, and the workers."""

    ports: Ports
    clock: FixedClock
    ids: Ids
    workers: Workers


async def seed_demo(stage: Stage, seed: int, as_of: datetime, step: Step, *, is_fitted: bool = False) -> None:
    """Write the whole demo into an empty record, let the workers assess it, and plan the agendas of the boards.

    `is_fitted` has the risk fitted to the two years past, and the fit put to use before the coming month is assessed.
    """
    timeline, dice = Timeline(as_of), Random(seed)  # noqa: S311 - made up, no secret
    register = Register(lambda: _next_id(stage))
    step("Opening the bank: people, services and the estate beneath them")
    stage.clock.instant = timeline.ago(FOUNDED_DAYS_AGO)
    await _write(stage, _foundation(register, timeline))
    step("Living through two years of changes, incidents and problems")
    for month in _months(_past(register, timeline, dice)):
        stage.clock.instant = max(stage.clock.instant, *(_last_touched(entry) for entry in month))
        await _write(stage, month)
    stage.clock.instant = as_of
    await stage.workers.drain()
    if is_fitted:
        await activate_fit_at_load(stage.ports, DEMO)
    step("Planning the coming month")
    stage.clock.instant = as_of - PLANNING
    await _write(stage, _coming_month(register, timeline))
    step("Assessing every change: impact, conflicts and risk")
    stage.clock.instant = as_of
    await stage.workers.drain()
    step("Planning the agendas of the boards")
    await plan_meetings(stage.ports, DEMO)
    await stage.workers.drain()


def _next_id(stage: Stage) -> str:
    """Return a fresh id, a millisecond younger than the one before, so that ids sort in the order of the tables."""
    stage.clock.advance(timedelta(milliseconds=1))
    return stage.ids()


def _foundation(register: Register, timeline: Timeline) -> Iterator[Entry]:
    yield from calendars(register, timeline)
    yield from people(register, timeline)
    yield from teams(register, timeline)
    yield from landscape(register, timeline)
    yield from capacity_limits(register)
    yield from change_models(register)
    yield from boards(register)


def _past(register: Register, timeline: Timeline, dice: Random) -> list[Entry]:
    """Return what happened in two years, in the order it was recorded."""
    changed = list(past_changes(register, timeline, dice))
    disturbed = list(past_incidents(register, timeline, changed, dice))
    investigated = list(past_problems(register, timeline, disturbed, dice))
    happened = [
        *(Entry("change.closed", past.change) for past in changed),
        *(Entry("incident.resolved" if it.resolved_at else "incident.reported", it) for it in disturbed),
        *(Entry("problem.closed" if it.resolved_at else "problem.raised", it) for it in investigated),
    ]
    return sorted(happened, key=lambda entry: (entry.record.recorded_at, entry.record.id))


def _coming_month(register: Register, timeline: Timeline) -> Iterator[Entry]:
    planned = [*REPORTED, *CONFLICTING, *NOTABLE, *ROUTINE]
    enter_changes(register, planned)
    yield from windows(register, timeline)
    yield from changes(register, timeline, planned)
    yield from meetings(register, timeline)


def _months(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    for _, month in groupby(entries, key=lambda entry: (entry.record.recorded_at.year, entry.record.recorded_at.month)):
        yield list(month)


def _last_touched(entry: Entry) -> datetime:
    """Return when a record of the past got its present form."""
    record: Change | Incident | Problem = entry.record
    ended = record.closed_at if isinstance(record, Change) else record.resolved_at
    return max(record.recorded_at, ended or record.recorded_at)


async def _write(stage: Stage, entries: Iterable[Entry]) -> None:
    """Write entries in acts of moderate size; those of the numbered series get their numbers on the way."""
    waiting = list(entries)
    for start in range(0, len(waiting), ENTRIES_PER_ACT):
        async with act(stage.ports, DEMO) as work:
            for event, record in waiting[start : start + ENTRIES_PER_ACT]:
                series = NUMBER_SERIES.get(type(record))
                if series is not None:
                    record.number = await work.next_number(series)
                work.add(record)
                work.record(event, record)
