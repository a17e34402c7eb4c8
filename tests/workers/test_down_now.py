"""What counts as down already: open incidents of priority 1 and 2; maintenance under way meets others as a conflict."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.change.model import ChangeState
from domain.conflict.model import ConflictCode
from domain.incident.model import IncidentState
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.usecases.preview import Preview, preview_stored
from tests import builders
from tests.builders import MONDAY
from workers.runtime import Runtime

TONIGHT = MONDAY + timedelta(hours=12)


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    """A service on a pair of servers, and a change of one of them tonight."""
    opened = await Runtime.open(record_url, clock=FixedClock(MONDAY + timedelta(minutes=1)))
    await builders.saved(
        opened.ports.work,
        builders.a_class(id="class-server", name="server"),
        *(builders.a_ci(id=name, name=name, class_name="server") for name in ("left", "right", "shop")),
        builders.a_group(["left", "right"], ["shop"], id="pair"),
        builders.a_change(
            "left",
            id="planned",
            state=ChangeState.SCHEDULED,
            planned_start=TONIGHT,
            planned_end=TONIGHT + timedelta(hours=2),
        ),
    )
    yield opened
    await opened.stop()


async def seen(runtime: Runtime) -> Preview:
    await runtime.drain()
    return await preview_stored(runtime.ports, SYSTEM, "planned")


def degree_of_the_shop(preview: Preview) -> float:
    shop = preview.walk.estate.impact.impacted.get("shop")
    return 0.0 if shop is None else shop.q_in_context


@pytest.mark.parametrize(("priority", "is_down"), [(1, True), (2, True), (3, False)])
async def test_an_open_grave_incident_has_used_the_redundancy_up(
    runtime: Runtime, priority: int, is_down: bool
) -> None:
    assert degree_of_the_shop(await seen(runtime)) == 0
    await builders.saved(runtime.ports.work, builders.an_incident("right", id="inc", priority=priority))
    assert (degree_of_the_shop(await seen(runtime)) > 0) is is_down


async def test_one_that_is_resolved_has_not(runtime: Runtime) -> None:
    resolved = builders.an_incident(
        "right", id="inc", priority=1, state=IncidentState.RESOLVED, resolved_at=MONDAY + timedelta(seconds=30)
    )
    await builders.saved(runtime.ports.work, resolved)
    assert degree_of_the_shop(await seen(runtime)) == 0


async def under_way(runtime: Runtime, hours: int) -> Preview:
    change = builders.a_change(
        "right",
        id="under-way",
        state=ChangeState.IMPLEMENT,
        planned_start=MONDAY - timedelta(hours=1),
        planned_end=MONDAY + timedelta(hours=hours),
        actual_start=MONDAY - timedelta(hours=1),
    )
    await builders.saved(runtime.ports.work, change)
    return await seen(runtime)


async def test_maintenance_under_way_meets_what_it_overlaps_as_a_conflict(runtime: Runtime) -> None:
    preview = await under_way(runtime, hours=13)
    assert ConflictCode.REDUNDANCY in {record.conflict.code for record in preview.conflicts}
    assert degree_of_the_shop(preview) == 0


async def test_maintenance_that_ends_before_costs_a_later_change_nothing(runtime: Runtime) -> None:
    preview = await under_way(runtime, hours=3)
    assert ConflictCode.REDUNDANCY not in {record.conflict.code for record in preview.conflicts}
    assert degree_of_the_shop(preview) == 0
