"""Small records for tests: every noun with plain facts, whatever the test cares about given by name.

Ids are counted, so a test may name its own (`id="ci-1"`) or leave them. `saved` writes records by units of work.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from domain.cab import model as cab
from domain.calendar.model import Calendar
from domain.change import model as change
from domain.change import windows
from domain.ci import model as ci
from domain.ci.relations import RelationType
from domain.incident import model as incident
from domain.kernel.actor import SYSTEM, Role
from domain.people import model as people
from domain.ports import UnitOfWork
from domain.problem import model as problem

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""The instant at which test records were written down."""

_next = count(1)


def _built(noun: type[Any], facts: Mapping[str, Any], **defaults: Any) -> Any:
    record_id = facts.get("id", f"{noun.__name__.lower()}-{next(_next):04d}")
    return noun(**{"id": record_id, **defaults, **facts})


def a_calendar(**facts: Any) -> Any:
    """A calendar of office hours in UTC."""
    hours = [{"weekday": day, "start": "08:00", "end": "17:00"} for day in range(5)]
    number = next(_next)
    return _built(Calendar, facts, external_id=None, name=f"Office hours {number}", time_zone="UTC", weekly=hours)


def a_person(**facts: Any) -> Any:
    """A person without duties."""
    return _built(people.Person, facts, external_id=None, name="Ada Lind", email="ada@example.org")


def a_leave(**facts: Any) -> Any:
    """Leave: its person, start and end are given."""
    return _built(people.Leave, facts)


def a_team(*member_ids: str, **facts: Any) -> Any:
    """A team with these members since long ago."""
    team = _built(people.Team, facts, external_id=None, name=f"Team {next(_next)}")
    for person_id in member_ids:
        member = people.TeamMember(
            id=f"member-{next(_next)}",
            team_id=team.id,
            person_id=person_id,
            valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        )
        team.members.append(member)
    return team


def a_capacity_limit(**facts: Any) -> Any:
    """A limit of one change at once on a site."""
    return _built(people.CapacityLimit, facts, subject_kind="SITE", subject_id="Kiel", concurrent_changes=1)


def a_service_account(**facts: Any) -> Any:
    """A token whose hash is given."""
    return _built(
        people.ServiceAccount, facts, name="test", role=Role.ADMINISTRATOR, actor_person_id=None, created_at=MONDAY
    )


def a_class(**facts: Any) -> Any:
    """The class `server`."""
    return _built(ci.CiClass, facts, name="server", restore_minutes=60)


def a_ci(**facts: Any) -> Any:
    """A server in service; its class must be there."""
    number = next(_next)
    return _built(
        ci.ConfigurationItem, facts, external_id=f"ext-{number}", name=f"srv-{number:04d}", class_name="server"
    )


def a_stakeholder(**facts: Any) -> Any:
    """An interest of a given person in a given configuration item."""
    return _built(ci.Stakeholder, facts, interest="runs the reports on it")


def a_service(**facts: Any) -> Any:
    """Service facts of tier 1; the configuration item with the same id must be there."""
    return _built(ci.BusinessService, facts, tier=1)


def a_relation(source_id: str, target_id: str, **facts: Any) -> Any:
    """The source runs on the target."""
    return _built(
        ci.Relation,
        facts,
        external_id=None,
        source_id=source_id,
        target_id=target_id,
        type=RelationType.RUNS_ON,
        valid_from=MONDAY,
    )


def a_group(member_ids: list[str], protected_ids: list[str], **facts: Any) -> Any:
    """A redundancy group of which one member must stay up."""
    group = _built(ci.RedundancyGroup, facts, external_id=None, name="pair", min_up_kind=ci.MinUpKind.COUNT, min_up=1)
    for ids, noun, list_ in (
        (member_ids, ci.RedundancyMember, group.members),
        (protected_ids, ci.RedundancyProtected, group.protected),
    ):
        list_ += [noun(id=f"in-{next(_next)}", group_id=group.id, ci_id=x, valid_from=MONDAY) for x in ids]
    return group


def an_incident(*ci_ids: str, **facts: Any) -> Any:
    """A new incident of priority 3 on these configuration items."""
    number = next(_next)
    record = _built(
        incident.Incident,
        facts,
        number=f"INC{number:07d}",
        external_id=None,
        title="Mail is slow",
        opened_at=MONDAY,
        recorded_at=MONDAY,
    )
    record.cis += [
        incident.IncidentCi(id=f"on-{next(_next)}", incident_id=record.id, ci_id=ci_id, recorded_at=MONDAY)
        for ci_id in ci_ids
    ]
    return record


def a_problem(*ci_ids: str, **facts: Any) -> Any:
    """A new problem of priority 3 on these configuration items."""
    number = next(_next)
    record = _built(
        problem.Problem,
        facts,
        number=f"PRB{number:07d}",
        external_id=None,
        title="Mail is slow again and again",
        opened_at=MONDAY,
        recorded_at=MONDAY,
    )
    record.cis += [
        problem.ProblemCi(id=f"on-{next(_next)}", problem_id=record.id, ci_id=ci_id, recorded_at=MONDAY)
        for ci_id in ci_ids
    ]
    return record


def a_change(*ci_ids: str, **facts: Any) -> Any:
    """A new normal change on these configuration items, not yet planned."""
    number = next(_next)
    record = _built(
        change.Change, facts, number=f"CHG{number:07d}", external_id=None, title="Patch the server", recorded_at=MONDAY
    )
    record.targets += [
        change.ChangeTarget(id=f"target-{next(_next)}", change_id=record.id, ci_id=ci_id) for ci_id in ci_ids
    ]
    return record


def a_change_model(**facts: Any) -> Any:
    """A template of standard changes."""
    return _built(change.ChangeModel, facts, name="Monthly patches", type=change.ChangeType.STANDARD)


def a_window(**facts: Any) -> Any:
    """A freeze of the organisation on Monday nights."""
    return _built(
        windows.ChangeWindow,
        facts,
        external_id=None,
        name="Night freeze",
        kind=windows.WindowKind.BLACKOUT,
        scope_kind=windows.ScopeKind.ORGANISATION,
        time_zone="UTC",
        local_start="22:00",
        local_end="04:00",
        weekdays=[0],
        valid_from=MONDAY,
    )


def a_cab_series(*member_ids: str, **facts: Any) -> Any:
    """A weekly board on Wednesdays with these members."""
    series = _built(
        cab.CabSeries,
        facts,
        external_id=None,
        name="Weekly CAB",
        time_zone="UTC",
        rrule="FREQ=WEEKLY;BYDAY=WE",
        local_start="14:00",
        minutes=60,
    )
    series.members += [
        cab.CabMember(id=f"seat-{next(_next)}", series_id=series.id, person_id=person_id) for person_id in member_ids
    ]
    return series


def a_cab_meeting(series_id: str, *change_ids: str, **facts: Any) -> Any:
    """Wednesday's meeting with these changes on its agenda."""
    meeting = _built(
        cab.CabMeeting,
        facts,
        number=f"CAB{next(_next):07d}",
        series_id=series_id,
        start=datetime(2026, 11, 25, 14, tzinfo=UTC),
        end=datetime(2026, 11, 25, 15, tzinfo=UTC),
        cut_off_at=datetime(2026, 11, 24, 14, tzinfo=UTC),
    )
    meeting.items += [
        cab.AgendaItem(
            id=f"item-{next(_next)}",
            meeting_id=meeting.id,
            change_id=change_id,
            place=place,
            minutes=10,
            reason="due",
        )
        for place, change_id in enumerate(change_ids, 1)
    ]
    return meeting


async def saved(work: Callable[..., AbstractAsyncContextManager[UnitOfWork]], *records: Any) -> None:
    """Write records in the order given, each in an act of its own, so that they may refer to those before them."""
    for record in records:
        async with work(SYSTEM) as unit:
            unit.add(record)
            unit.record(f"{type(record).__name__.lower()}.built", record)
            await unit.commit()
