"""A small estate in a real database, for tests of the business verbs.

Ids say what they are; every record is at version 1. `change-ASSESS` is a complete change in the state ASSESS, and so
on for every state. Ada requests and carries out all of them, Bob and Cyd have no part in any.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from domain.cab.model import AgendaItem, CabMeeting, CabMember, CabSeries, MemberRole
from domain.calendar.model import Calendar
from domain.change.model import (
    Change,
    ChangeModel,
    ChangeState,
    ChangeTarget,
    ChangeTask,
    ChangeType,
    TechnicalRisk,
    TechnicalRiskKind,
)
from domain.change.windows import ChangeWindow, ScopeKind, WindowKind
from domain.ci.model import (
    BusinessService,
    CiClass,
    ConfigurationItem,
    MinUpKind,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
    Stakeholder,
)
from domain.ci.relations import RelationType
from domain.incident.model import ChangeLinkType, Incident, IncidentChangeLink, IncidentCi, IncidentState
from domain.integration.model import CalendarFeed, CalendarKind, WebhookEndpoint
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.kernel.ids import seeded_ids
from domain.kernel.time import FixedClock
from domain.people.model import CapacityLimit, Person, ServiceAccount, Team, TeamMember
from domain.ports import Ports
from domain.problem.model import Problem, ProblemState
from domain.store import tables
from domain.store.engine import Database, open_database
from domain.store.unit_of_work import unit_of_work
from tests.records import record_at

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 08:00 in Berlin."""
YESTERDAY = NOW - timedelta(days=1)
FRIDAY = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def actor(*roles: Role, person: str | None = "bob") -> Actor:
    return Actor(id=f"token-of-{person}", name=person or "a program", roles=frozenset(roles), person_id=person)


ADMINISTRATOR = actor(Role.ADMINISTRATOR)
AUDITOR = actor(Role.AUDITOR, person="cyd")
ADA = actor(Role.REQUESTER, person="ada")
CYD = actor(Role.REQUESTER, person="cyd")

Verb = Callable[["World", Actor, int], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class World:
    """The database of one test, and the ports over it."""

    database: Database
    ports: Ports
    woken: list[int]

    async def get(self, noun: type[Any], record_id: str) -> Any:
        """The record as it is stored now, with its children."""
        async with self.ports.work(SYSTEM) as work:
            return await work.get(noun, record_id)

    async def events(self) -> list[sa.Row[Any]]:
        """What was logged since the world was made, in order."""
        outbox = tables.log.outbox
        async with self.database.reader.connect() as connection:
            rows = await connection.execute(sa.select(outbox).where(outbox.c.actor_id != SYSTEM.id).order_by("id"))
            return list(rows)

    async def everything(self) -> str:
        """Every row of every table, as text to compare; the statements are plain, since compiling them takes longer."""
        async with self.database.reader.connect() as connection:
            return json.dumps(
                {
                    table.name: [list(row) for row in await connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')]
                    for table in tables.metadata.sorted_tables
                },
                default=str,
            )


def open_world(file: Path) -> World:
    """Open the database in the file, with a clock that stands still and ids that repeat."""
    database = open_database(record_at(file))
    clock, woken = FixedClock(NOW), list[int]()

    async def wake() -> None:
        woken.append(1)

    async def never(*_: object) -> None:
        raise AssertionError("a business verb reads through its unit of work only")

    ports = Ports(
        clock=clock,
        work=unit_of_work(database, clock, seeded_ids(7, clock)),
        snapshot=never,  # type: ignore[arg-type]
        graph=never,  # type: ignore[arg-type]
        wake=wake,
    )
    return World(database, ports, woken)


async def populate(world: World) -> None:
    """Make the estate."""
    for records in (people(), estate(), changes(), tickets(), board(), integrations()):
        async with world.ports.work(SYSTEM) as work:
            for record in records:
                work.add(record)
                work.record("seed.made", record)
            await work.commit()


def integrations() -> list[Any]:
    hook = WebhookEndpoint(
        id="hook", name="Hook", url="https://example.org/", account_id="a program", created_at=YESTERDAY
    )
    hook.follows = [{"feed": "TICKETS"}]
    feed = CalendarFeed(
        id="feed",
        name="Changes",
        kind=CalendarKind.CHANGES,
        account_id="a program",
        token_hash="feed",
        created_at=YESTERDAY,
    )
    return [hook, feed]


def people() -> list[Any]:
    team = Team(id="team", external_id=None, name="Platform")
    team.members = [TeamMember(id="member-bob", team_id="team", person_id="bob", valid_from=YESTERDAY)]
    weekly = [{"weekday": day, "start": "09:00", "end": "18:00"} for day in range(5)]
    return [
        Calendar(id="hours", external_id=None, name="Office", time_zone="Europe/Berlin", weekly=weekly),
        *(Person(id=name, external_id=f"hr-{name}", name=name.title()) for name in ("ada", "bob", "cyd")),
        team,
        ServiceAccount(
            id="robot",
            name="robot",
            token_hash="0" * 64,
            role=Role.INTEGRATION,
            actor_person_id=None,
            created_at=YESTERDAY,
        ),
        CapacityLimit(id="limit", subject_kind="SITE", subject_id="Berlin", concurrent_changes=2),
    ]


def estate() -> list[Any]:
    web = ConfigurationItem(id="web", external_id="ext-web", name="web-1", class_name="server")
    web.stakeholders = [Stakeholder(id="stake", ci_id="web", person_id="bob", interest="on call")]
    group = RedundancyGroup(id="group", external_id=None, name="web tier", min_up_kind=MinUpKind.COUNT, min_up=1)
    group.members = [
        RedundancyMember(id=f"in-{ci}", group_id="group", ci_id=ci, valid_from=YESTERDAY) for ci in ("web", "web2")
    ]
    group.protected = [RedundancyProtected(id="for-shop", group_id="group", ci_id="shop", valid_from=YESTERDAY)]
    return [
        CiClass(id="class-server", name="server"),
        CiClass(id="class-service", name="service"),
        web,
        *(
            ConfigurationItem(id=name, external_id=None, name=name, class_name="server")
            for name in ("web2", "db", "rack", "room", "spare")
        ),
        ConfigurationItem(id="shop", external_id=None, name="Shop", class_name="service"),
        BusinessService(id="shop", tier=1),
        ConfigurationItem(id="mail", external_id=None, name="Mail", class_name="service"),
        group,
        contains("room-rack", "room", "rack"),
        contains("rack-db", "rack", "db"),
    ]


def contains(relation_id: str, whole: str, part: str) -> Relation:
    return Relation(
        id=relation_id,
        external_id=None,
        source_id=whole,
        target_id=part,
        type=RelationType.CONTAINS,
        valid_from=YESTERDAY,
    )


def a_change(name: str, state: ChangeState, change_type: ChangeType = ChangeType.NORMAL) -> Change:
    """A complete change: Ada asks for it and does it."""
    change = Change(
        id=f"change-{name}",
        number=f"CHG-{name}",
        external_id=None,
        title=f"Change {name}",
        description="Upgrade the database",
        type=change_type,
        state=state,
        held_state=ChangeState.AUTHORISE if state is ChangeState.ON_HOLD else None,
        requester_id="ada",
        planned_start=FRIDAY,
        planned_end=FRIDAY + 2 * HOUR,
        rollback_plan="Restore the snapshot",
        recorded_at=YESTERDAY,
    )
    change.targets = [ChangeTarget(id=f"target-{name}", change_id=change.id, ci_id="db")]
    change.tasks = [ChangeTask(id=f"task-{name}", change_id=change.id, title="Upgrade", implementer_id="ada")]
    change.technical_risks = [
        TechnicalRisk(
            id=f"risk-{name}",
            change_id=change.id,
            kind=TechnicalRiskKind.PERFORMANCE,
            finding="slower joins",
            recorded_at=YESTERDAY,
        )
    ]
    return change


def changes() -> list[Any]:
    return [
        *(a_change(state.value, state) for state in ChangeState),
        a_change("found", ChangeState.NEW, ChangeType.UNAUTHORISED),
        Change(id="change-bare", number="CHG-bare", external_id=None, title="Bare", recorded_at=YESTERDAY),
        ChangeModel(id="model", name="patch", type=ChangeType.STANDARD, is_pre_approved=True),
        *(
            ChangeWindow(
                id=name,
                external_id=None,
                name=name,
                kind=kind,
                scope_kind=ScopeKind.ORGANISATION,
                time_zone="Europe/Berlin",
                local_start="20:00",
                local_end="04:00",
                weekdays=[4],
                valid_from=YESTERDAY,
            )
            for name, kind in (("freeze", WindowKind.BLACKOUT), ("night", WindowKind.MAINTENANCE))
        ),
    ]


def tickets() -> list[Any]:
    incident = Incident(
        id="incident",
        number="INC-1",
        external_id=None,
        title="Shop is slow",
        description="since noon",
        opened_at=YESTERDAY,
        recorded_at=YESTERDAY,
    )
    incident.cis = [IncidentCi(id="on-web", incident_id="incident", ci_id="web", recorded_at=YESTERDAY)]
    incident.change_links = [
        IncidentChangeLink(
            id="link",
            incident_id="incident",
            change_id="change-CLOSED",
            type=ChangeLinkType.CAUSED_BY,
            recorded_at=YESTERDAY,
        )
    ]
    cancelled = Incident(
        id="incident-cancelled",
        number="INC-2",
        external_id=None,
        title="None",
        state=IncidentState.CANCELLED,
        opened_at=YESTERDAY,
        recorded_at=YESTERDAY,
    )
    problems = [
        Problem(
            id=f"problem-{state.value}",
            number=f"PRB-{state.value}",
            external_id=None,
            title="Leak",
            state=state,
            root_cause="a leak" if state is ProblemState.KNOWN_ERROR else None,
            opened_at=YESTERDAY,
            recorded_at=YESTERDAY,
        )
        for state in (ProblemState.NEW, ProblemState.KNOWN_ERROR, ProblemState.RESOLVED, ProblemState.CLOSED)
    ]
    return [incident, cancelled, *problems]


def board() -> list[Any]:
    series = CabSeries(
        id="cab",
        external_id=None,
        name="Weekly CAB",
        time_zone="Europe/Berlin",
        rrule="FREQ=WEEKLY;BYDAY=WE",
        local_start="14:00",
        minutes=60,
        quorum=1,
    )
    series.members = [CabMember(id="seat-bob", series_id="cab", person_id="bob", role=MemberRole.CHAIR)]
    meeting = CabMeeting(
        id="meeting",
        number="CAB-1",
        series_id="cab",
        start=WEDNESDAY,
        end=WEDNESDAY + HOUR,
        cut_off_at=WEDNESDAY - timedelta(days=1),
    )
    meeting.items = [
        AgendaItem(
            id=f"item-{place}",
            meeting_id="meeting",
            change_id=f"change-{state}",
            place=place,
            minutes=6,
            reason="ready",
        )
        for place, state in enumerate(("ASSESS", "AUTHORISE", "SCHEDULED"), start=1)
    ]
    return [series, meeting]
