"""Small worlds of configuration items, changes and people, and random acts on them."""

import random
from datetime import UTC, datetime, timedelta

from domain.change.model import Change, ChangeState, ChangeTarget, ChangeTask
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
)
from domain.ci.relations import RelationType
from domain.incident.model import Incident, IncidentCi, IncidentState
from domain.kernel.actor import SYSTEM
from domain.people.model import CapacityLimit, Person
from domain.ports import Ports, UnitOfWork
from domain.usecases.conflicts import accept_conflict

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
CIS = tuple(f"ci{number}" for number in range(8))
SERVICES = ("svc0", "svc1")
PEOPLE = ("ana", "ben")


async def seed(work: UnitOfWork, dice: random.Random) -> None:
    def put(record: object, kind: str) -> None:
        work.add(record)
        work.record(kind, record)

    put(CiClass(id="class", name="thing"), "ci_class.defined")
    put(CiClass(id="service-class", name="service"), "ci_class.defined")
    for person in PEOPLE:
        put(Person(id=person, external_id=None, name=person), "person.created")
    for ci in (*CIS, *SERVICES):
        class_name = "service" if ci in SERVICES else "thing"
        put(ConfigurationItem(id=ci, external_id=ci, name=ci, class_name=class_name, site="north"), "ci.created")
    for tier, service in enumerate(SERVICES, start=1):
        put(BusinessService(id=service, tier=tier), "business_service.defined")
    for number in range(10):
        source, target = dice.sample((*CIS, *SERVICES), 2)
        put(relation(f"r{number}", source, target, dice), "relation.added")
    for number in range(2):
        chosen = dice.sample(CIS, 4)
        put(redundancy(f"g{number}", chosen[:3], [chosen[3], dice.choice(SERVICES)], dice), "redundancy_group.defined")
    put(CapacityLimit(id="limit", subject_kind="SITE", subject_id="north", concurrent_changes=2), "capacity_limit.set")
    for number in range(6):
        put(change(f"c{number}", dice), "change.created")


def relation(relation_id: str, source: str, target: str, dice: random.Random) -> Relation:
    kind = dice.choice([RelationType.RUNS_ON, RelationType.DEPENDS_ON, RelationType.USES])
    return Relation(id=relation_id, external_id=None, source_id=source, target_id=target, type=kind, valid_from=MONDAY)


def redundancy(group_id: str, members: list[str], protected: list[str], dice: random.Random) -> RedundancyGroup:
    return RedundancyGroup(
        id=group_id,
        external_id=None,
        name=group_id,
        min_up_kind=MinUpKind.COUNT,
        min_up=dice.choice([1, 1, 2]),
        members=[
            RedundancyMember(id=f"{group_id}m{n}", group_id=group_id, ci_id=ci, valid_from=MONDAY)
            for n, ci in enumerate(members)
        ],
        protected=[
            RedundancyProtected(id=f"{group_id}p{n}", group_id=group_id, ci_id=ci, valid_from=MONDAY)
            for n, ci in enumerate(dict.fromkeys(protected))
        ],
    )


def change(change_id: str, dice: random.Random) -> Change:
    start = MONDAY + timedelta(days=2, hours=dice.randrange(8))
    end = start + timedelta(hours=dice.choice([1, 2, 4]))
    targets = dice.sample(CIS, dice.choice([1, 1, 2]))
    return Change(
        id=change_id,
        number=change_id.upper(),
        external_id=None,
        title=change_id,
        state=ChangeState.ASSESS,
        planned_start=start,
        planned_end=end,
        rollback_minutes=dice.choice([None, 0, 30]),
        bake_minutes=dice.choice([None, 120]),
        bundle=dice.choice([None, None, "together"]),
        recorded_at=MONDAY,
        targets=[ChangeTarget(id=f"{change_id}t{n}", change_id=change_id, ci_id=ci) for n, ci in enumerate(targets)],
        tasks=[
            ChangeTask(
                id=f"{change_id}w",
                change_id=change_id,
                title="work",
                implementer_id=dice.choice(PEOPLE),
                start=start,
                end=end,
            )
        ],
    )


async def edit(work: UnitOfWork, dice: random.Random, number: int) -> None:
    """Do one random act: move, finish or add a change, rewire, break or mend something, declare a freeze."""
    match dice.randrange(7):
        case 0 | 1:
            moved = await work.get(Change, f"c{dice.randrange(6)}")
            shift = timedelta(hours=dice.choice([-3, -1, 1, 2, 30]))
            assert moved.planned_start is not None
            assert moved.planned_end is not None
            moved.planned_start, moved.planned_end = moved.planned_start + shift, moved.planned_end + shift
            work.record("change.scheduled", moved)
        case 2:
            finished = await work.get(Change, f"c{dice.randrange(6)}")
            finished.state = dice.choice([ChangeState.CANCELLED, ChangeState.ON_HOLD, ChangeState.ASSESS])
            work.record("change.updated", finished)
        case 3:
            source, target = dice.sample((*CIS, *SERVICES), 2)
            added = relation(f"new{number}", source, target, dice)
            work.add(added)
            work.record("relation.added", added)
        case 4:
            ended = await work.get(Relation, f"r{dice.randrange(10)}")
            ended.valid_to = work.now
            work.record("relation.ended", ended)
        case 5:
            broken = incident(f"i{number}", dice.choice(CIS))
            work.add(broken)
            work.record("incident.reported", broken)
        case _:
            freeze = ChangeWindow(
                id=f"w{number}",
                external_id=None,
                name=f"freeze {number}",
                kind=WindowKind.BLACKOUT,
                scope_kind=ScopeKind.CI,
                scope_id=dice.choice(CIS),
                time_zone="UTC",
                local_start="08:00",
                local_end="12:00",
                weekdays=[2],
                valid_from=MONDAY,
            )
            work.add(freeze)
            work.record("change_window.defined", freeze)


def incident(incident_id: str, ci_id: str) -> Incident:
    return Incident(
        id=incident_id,
        number=incident_id,
        external_id=None,
        title="down",
        state=IncidentState.NEW,
        priority=1,
        opened_at=MONDAY,
        recorded_at=MONDAY,
        cis=[IncidentCi(id=f"{incident_id}c", incident_id=incident_id, ci_id=ci_id, recorded_at=MONDAY)],
    )


async def entered_late(work: UnitOfWork, dice: random.Random, number: int) -> None:
    """An import of an incident that began, and was written down elsewhere, days ago; it takes a server down."""
    long_ago, ci_id = MONDAY - timedelta(days=3), dice.choice(CIS)
    late = Incident(
        id=f"late{number}",
        number=f"LATE{number}",
        external_id=f"theirs-{number}",
        title="was down",
        state=IncidentState.NEW,
        priority=dice.choice([1, 3]),
        opened_at=long_ago,
        recorded_at=long_ago,
        cis=[IncidentCi(id=f"late{number}c", incident_id=f"late{number}", ci_id=ci_id, recorded_at=long_ago)],
    )
    work.add(late)
    work.record("incident.imported", late)


async def accept_one(ports: Ports, dice: random.Random) -> bool:
    """Have somebody accept one of the conflicts that stand; return whether there was one."""
    async with ports.snapshot() as snapshot:
        standing = await snapshot.conflicts_of(await snapshot.open_changes())
        ids = await snapshot.conflict_ids([record.conflict.key for record in standing])
    if not ids:
        return False
    chosen = ids[dice.choice(sorted(ids))]
    async with ports.work(SYSTEM) as work:
        _, version = await work.assessments.conflict(chosen)
    await accept_conflict(ports, SYSTEM, chosen, version, "agreed on the phone")
    return True


async def act_on(ports: Ports, dice: random.Random, number: int) -> None:
    """Do one random act: an edit, a late entry, or the acceptance of a conflict."""
    kind = dice.randrange(5)
    if kind == 0 and await accept_one(ports, dice):
        return
    async with ports.work(SYSTEM) as work:
        await (entered_late if kind == 1 else edit)(work, dice, number)
        await work.commit()
