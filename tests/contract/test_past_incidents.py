"""What is kept of past incidents says the same as the record, after any edits, to every snapshot, on both stores."""

import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count

import pytest

from domain.ci.model import CiClass, ConfigurationItem
from domain.incident.model import Incident, IncidentCi
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.ports import UnitOfWork
from domain.risk import past_incidents
from domain.risk.past_incidents import PastIncidents
from domain.store import incident_reads
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.snapshot import snapshots
from domain.usecases.past_incidents import incidents_on

CIS = [f"ci-{number}" for number in range(8)]
DAY = timedelta(days=1)

numbers = count(1)


@pytest.fixture
async def estate(database: Database, work) -> Database:
    async with work(SYSTEM) as act:
        server = CiClass(id="server", name="server")
        act.add(server)
        act.record("ci_class.created", server)
        for ci_id in CIS:
            ci = ConfigurationItem(id=ci_id, external_id=None, name=ci_id, class_name="server")
            act.add(ci)
            act.record("ci.created", ci)
        await act.commit()
    return database


@pytest.fixture(params=[past_incidents.MOST_KEPT, 12])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for everything, and for next to nothing."""
    monkeypatch.setattr(past_incidents, "MOST_KEPT", request.param)


async def edit(act: UnitOfWork, dice: random.Random, clock: FixedClock, known: list[str]) -> None:
    """Raise an incident, or change what one is on, its priority or when it was opened."""
    if not known or dice.random() < 0.4:
        number = next(numbers)
        opened = clock.now() - dice.choice([0, 1, 5, 30]) * DAY
        raised = Incident(
            id=f"i{number:05}",
            number=f"INC{number}",
            external_id=None,
            title="It broke",
            priority=dice.randrange(1, 5),
            opened_at=opened,
            recorded_at=opened,
        )
        raised.cis = [link(act, raised.id, ci_id, clock) for ci_id in dice.sample(CIS, dice.choice([0, 1, 1, 2]))]
        act.add(raised)
        known.append(raised.id)
        act.record("incident.raised", raised)
        return
    incident = await act.get(Incident, dice.choice(known))
    standing = [on for on in incident.cis if on.ended_at is None]
    if standing and dice.random() < 0.4:
        dice.choice(standing).ended_at = clock.now()
    elif dice.random() < 0.5:
        incident.cis.append(link(act, incident.id, dice.choice(CIS), clock))
    else:
        incident.priority, incident.opened_at = dice.randrange(1, 5), clock.now() - dice.choice([2, 20]) * DAY
    act.record("incident.updated", incident)


def link(act: UnitOfWork, incident_id: str, ci_id: str, clock: FixedClock) -> IncidentCi:
    return IncidentCi(id=act.new_id(), incident_id=incident_id, ci_id=ci_id, recorded_at=clock.now())


@pytest.mark.usefixtures("room")
async def test_what_is_kept_says_the_same_as_the_record_to_every_snapshot(
    estate: Database, work, clock: FixedClock, worlds: Callable[[int], int]
) -> None:
    dice, past, known = random.Random(3), PastIncidents(), list[str]()
    log, open_snapshot = SqlEventLog(estate), snapshots(estate)
    async with AsyncExitStack() as former:
        older = await former.enter_async_context(open_snapshot())
        for _ in range(worlds(300)):
            if dice.random() < 0.6:
                async with work(SYSTEM) as act:
                    await edit(act, dice, clock, known)
                    await act.commit()
            if dice.random() < 0.5:
                await log.number()
            if dice.random() < 0.1:
                await former.aclose()
                older = await former.enter_async_context(open_snapshot())
            since = clock.now() - dice.choice([3, 10, 10, 10, 40]) * DAY
            async with open_snapshot() as newer:
                for snapshot in dice.sample([older, newer], 2):
                    asked = dice.sample(CIS, dice.randrange(1, 6))
                    said = await incidents_on(past, snapshot, asked, since)
                    assert said == await incidents_on(PastIncidents(), snapshot, asked, since)


async def test_nothing_is_read_again_until_somebody_edits_it(
    estate: Database, work, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, open_snapshot, read = PastIncidents(), snapshots(estate), list[set[str]]()
    original = incident_reads.incidents_on

    async def watched(session, ci_ids, since):
        read.append(set(ci_ids))
        return await original(session, ci_ids, since)

    monkeypatch.setattr(incident_reads, "incidents_on", watched)

    async def ask(ci_ids: list[str]) -> list[set[str]]:
        read.clear()
        async with open_snapshot() as snapshot:
            await incidents_on(past, snapshot, ci_ids, clock.now() - DAY)
        return read

    await SqlEventLog(estate).number()
    assert await ask(CIS[:3]) == [set(CIS[:3])]
    assert await ask(CIS[:4]) == [{CIS[3]}]
    async with work(SYSTEM) as act:
        raised = Incident(
            id="one",
            number="INC-ONE",
            external_id=None,
            title="It broke",
            opened_at=clock.now(),
            recorded_at=clock.now(),
        )
        raised.cis = [link(act, "one", CIS[0], clock)]
        act.add(raised)
        act.record("incident.raised", raised)
        await act.commit()
    assert await ask(CIS[:4]) == [{CIS[0]}]
    assert await ask(CIS[:4]) == [{CIS[0]}]  # not kept until it has a position
    await SqlEventLog(estate).number()
    assert await ask(CIS[:4]) == [{CIS[0]}]
    assert await ask(CIS[:4]) == []
