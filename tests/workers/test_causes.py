"""The cause ledger over the record: candidates by the estate of that day, verdicts, and what they teach."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.change.model import ChangeOutcome, ChangeState
from domain.ci.relations import RelationType
from domain.incident.model import ChangeLinkType, Incident
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.kernel.errors import Forbidden, InvalidInput, NotFound
from domain.kernel.time import FixedClock
from domain.usecases.causes import candidate_causes
from domain.usecases.incidents import link_change, unlink_change
from tests import builders
from tests.builders import MONDAY
from workers.runtime import Runtime

OPENED = MONDAY - timedelta(days=20)
REQUESTER = Actor(id="rita", name="Rita", roles=frozenset({Role.REQUESTER}))


def closed(name: str, ci_id: str, hours_before: float) -> object:
    start = OPENED - timedelta(hours=hours_before)
    return builders.a_change(
        ci_id,
        id=name,
        state=ChangeState.CLOSED,
        planned_start=start,
        planned_end=start + timedelta(hours=1),
        actual_start=start,
        actual_end=start + timedelta(hours=1),
        closed_at=start + timedelta(hours=2),
        outcome=ChangeOutcome.SUCCESSFUL,
    )


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    opened = await Runtime.open(record_url, clock=FixedClock(MONDAY))
    since = OPENED - timedelta(days=100)
    records = [
        builders.a_class(id="class-server", name="server"),
        *(builders.a_ci(id=name, name=name) for name in ("app", "db", "disk", "lone")),
        builders.a_relation("app", "db", type=RelationType.DEPENDS_ON, valid_from=since),
        builders.a_relation("db", "disk", type=RelationType.DEPENDS_ON, valid_from=since),
        closed("on-app", "app", 30),
        closed("on-db", "db", 3),
        closed("on-disk", "disk", 3),
        closed("elsewhere", "lone", 1),
        closed("long-ago", "app", 15 * 24),
        closed("afterwards", "app", -1),
        builders.an_incident("app", id="inc", opened_at=OPENED, recorded_at=OPENED),
    ]
    await builders.saved(opened.ports.work, *records)
    await opened.drain()
    yield opened
    await opened.stop()


async def verdict(runtime: Runtime, change_id: str, link_type: ChangeLinkType) -> None:
    async with runtime.ports.snapshot() as snapshot:
        incident = await snapshot.find(Incident, id="inc")
    assert incident is not None
    await link_change(runtime.ports, SYSTEM, "inc", incident.version, change_id=change_id, link_type=link_type)


async def test_what_was_changed_before_and_beneath_is_a_candidate(runtime: Runtime) -> None:
    found = await candidate_causes(runtime.ports, SYSTEM, "inc")
    assert [(one.change_id, one.hops, one.hours) for one in found.candidates] == [
        ("on-db", 1, 3.0),
        ("on-app", 0, 30.0),
        ("on-disk", 2, 3.0),
    ]
    assert all(one.verdict is None for one in found.candidates)


async def test_the_estate_is_that_of_the_day(runtime: Runtime) -> None:
    async with runtime.ports.work(SYSTEM) as work:
        late = builders.a_relation("app", "lone", type=RelationType.DEPENDS_ON, valid_from=OPENED + timedelta(days=1))
        work.add(late)
        work.record("relation.added", late)
        await work.commit()
    found = await candidate_causes(runtime.ports, SYSTEM, "inc")
    assert "elsewhere" not in {one.change_id for one in found.candidates}


async def test_a_verdict_overrules_and_becomes_a_label(runtime: Runtime) -> None:
    await verdict(runtime, "on-disk", ChangeLinkType.CAUSED_BY)
    found = await candidate_causes(runtime.ports, SYSTEM, "inc")
    assert (found.candidates[0].change_id, found.candidates[0].share) == ("on-disk", 1.0)
    async with runtime.ports.snapshot() as snapshot:
        labels = {change.id: change.failure for change in await snapshot.past_changes()}
    assert (labels["on-disk"], labels["on-db"]) == (1.0, 0.0)


async def test_unrelated_takes_a_change_out_and_is_no_label(runtime: Runtime) -> None:
    await verdict(runtime, "on-db", ChangeLinkType.UNRELATED)
    found = await candidate_causes(runtime.ports, SYSTEM, "inc")
    assert found.candidates[-1].change_id == "on-db"
    assert (found.candidates[-1].share, found.candidates[-1].verdict) == (0.0, ChangeLinkType.UNRELATED)
    async with runtime.ports.snapshot() as snapshot:
        assert {change.failure for change in await snapshot.past_changes()} == {0.0}


async def test_unrelated_stands_beside_no_other_statement(runtime: Runtime) -> None:
    await verdict(runtime, "on-db", ChangeLinkType.RELATED)
    with pytest.raises(InvalidInput, match="linked as RELATED: take that back first"):
        await verdict(runtime, "on-db", ChangeLinkType.UNRELATED)
    async with runtime.ports.snapshot() as snapshot:
        incident = await snapshot.find(Incident, id="inc")
    assert incident is not None
    await unlink_change(
        runtime.ports, SYSTEM, "inc", incident.version, change_id="on-db", link_type=ChangeLinkType.RELATED
    )
    await verdict(runtime, "on-db", ChangeLinkType.UNRELATED)
    with pytest.raises(InvalidInput, match="linked as UNRELATED"):
        await verdict(runtime, "on-db", ChangeLinkType.CAUSED_BY)


async def test_who_may_not_read_everything_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Forbidden):
        await candidate_causes(runtime.ports, REQUESTER, "inc")
    with pytest.raises(NotFound):
        await candidate_causes(runtime.ports, SYSTEM, "no such incident")
