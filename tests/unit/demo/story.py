"""The demo's records as they are before they are written: built once, looked at by many tests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar

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
from api.demo.register import Register
from api.demo.reported_changes import REPORTED
from api.demo.routine_changes import ROUTINE
from api.demo.windows import windows
from domain.kernel.ids import seeded_ids
from domain.kernel.time import FixedClock

Record = TypeVar("Record")

AS_OF = datetime(2026, 11, 23, 7, tzinfo=UTC)
COMING = (*REPORTED, *CONFLICTING, *NOTABLE, *ROUTINE)


@dataclass(frozen=True)
class Story:
    """Every record of the demo, in the order it is made."""

    records: list[Any]

    def of(self, noun: type[Record]) -> list[Record]:
        return [record for record in self.records if isinstance(record, noun)]


def tell(seed: int, as_of: datetime = AS_OF) -> Story:
    register, timeline, dice = Register(seeded_ids(seed, FixedClock(as_of))), Timeline(as_of), Random(seed)
    founded = [
        *calendars(register, timeline),
        *people(register, timeline),
        *teams(register, timeline),
        *landscape(register, timeline),
        *capacity_limits(register),
        *change_models(register),
        *boards(register),
    ]
    changed = list(past_changes(register, timeline, dice))
    disturbed = list(past_incidents(register, timeline, changed, dice))
    investigated = list(past_problems(register, timeline, disturbed, dice))
    enter_changes(register, COMING)
    coming = [*windows(register, timeline), *changes(register, timeline, COMING), *meetings(register, timeline)]
    past = [*(past.change for past in changed), *disturbed, *investigated]
    return Story([*(entry.record for entry in founded), *past, *(entry.record for entry in coming)])
