"""A record in a file, and what follows its log, with a use case that is a fake and remembers what it was asked."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.events import Event
from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.store.dead_letters import SqlDeadLetters
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.recheck import SqlRecheckQueue
from domain.store.timers import SqlTimers
from domain.store.unit_of_work import unit_of_work
from tests.chaos.servers import Server, redis_server
from workers.consumers import Consumer
from workers.consumers.assessment import assessment
from workers.following import Following
from workers.lanes import Lane, until_idle
from workers.rechecks import Rechecks
from workers.relay import relay_lane
from workers.timers import timer_effects, timers_lane

collect_ignore = [] if os.environ.get("HEADWATER_TEST_REDIS_URL") else ["test_redis.py", "test_spending.py"]


@dataclass
class Affected:
    footprint: frozenset[str]
    risk_only: frozenset[str]


@dataclass
class FakeAssessment:
    """Finds every edited change affected, and fails on those it is told to fail on."""

    poisoned: set[str] = field(default_factory=set)
    asked: list[tuple[list[str], list[str]]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    async def affected_changes(self, events: Sequence[Event]) -> Affected:
        edited = {event.subject_id for event in events if event.kind == "change.edited"}
        scored = {event.subject_id for event in events if event.kind == "change.scored"}
        return Affected(frozenset(edited), frozenset(scored))

    async def reassess(self, change_ids: Sequence[str], risk_only: Sequence[str]) -> None:
        self.asked.append((list(change_ids), list(risk_only)))
        everything = [*change_ids, *risk_only]
        if self.poisoned & set(everything):
            raise ValueError("cannot be assessed")
        self.done += everything


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Server]:
    """A server of the test's own, which it may kill."""
    server = redis_server(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


@pytest.fixture
def work(database: Database, clock: FixedClock):
    return unit_of_work(database, clock, random_ids(clock))


@pytest.fixture
def edit(work):
    """An act on a change that is made when it is first edited; returns the outbox id."""

    async def act(change_id: str, kind: str = "change.edited", timer: datetime | None = None) -> int:
        async with work(SYSTEM) as one:
            change = await one.find(Change, id=change_id)
            if change is None:
                change = Change(id=change_id, number=change_id, external_id=None, title="t", recorded_at=one.now)
                one.add(change)
            one.record(kind, change)
            if timer is not None:
                await one.assessments.set_timers("recheck", {change_id: timer})
            return await one.commit()

    return act


@pytest.fixture
def assessing() -> FakeAssessment:
    return FakeAssessment()


@dataclass
class Lanes:
    """The lanes that follow the log, to be moved by hand."""

    log: SqlEventLog
    rechecks: SqlRecheckQueue
    letters: SqlDeadLetters
    clock: FixedClock
    lanes: list[Lane] = field(default_factory=list)

    def add(self, consumer: Consumer) -> Lane:
        added = list(Following(consumer, self.log, self.letters, self.clock).lanes())
        self.lanes += added
        return added[0]

    async def until_idle(self) -> None:
        await until_idle(self.lanes)


@pytest.fixture
def following(database: Database, clock: FixedClock, assessing: FakeAssessment) -> Lanes:
    lanes = Lanes(SqlEventLog(database), SqlRecheckQueue(database), SqlDeadLetters(database), clock)
    lanes.lanes = [
        timers_lane(SqlTimers(database), timer_effects(lanes.rechecks, clock), clock),
        relay_lane(lanes.log),
    ]
    lanes.add(assessment(assessing.affected_changes, lanes.rechecks, clock))
    lanes.lanes.append(Rechecks(lanes.rechecks, assessing.reassess, clock).lane())
    return lanes
