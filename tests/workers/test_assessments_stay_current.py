"""What is stored after any sequence of edits equals what a fresh look at everything says (ENGINES 3.6, O1)."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.change.model import Change, ChangeTarget
from domain.ci.model import CiClass, ConfigurationItem
from domain.ci.relations import RelationType
from domain.ci.topology import Topology
from domain.conflict.detector import conflicts_of
from domain.conflict.model import Conflict, ConflictCode
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.people.model import Person
from domain.usecases.assessment import Session, is_open, risk_of, walk
from domain.usecases.neighbours import neighbourhood
from domain.usecases.surroundings import Surroundings
from tests.edited_worlds import CIS, MONDAY, PEOPLE, SERVICES, change, edit, redundancy, relation, seed
from tests.records import record_at
from workers.runtime import Runtime


async def found_afresh(runtime: Runtime) -> dict[str, Conflict]:
    """Look at every open change against every other, over the whole estate, with nothing stored."""
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        everything = Topology.of(await runtime.ports.graph.closure((*CIS, *SERVICES), as_of=session.around.now_at))
        walks = [await walk(session, found) for found in await snapshot.find_all(Change) if is_open(found)]
        conflicts: dict[str, Conflict] = {}
        for own in walks:
            near = await neighbourhood(session, own, fresh={other.change.id: other for other in walks})
            failures = type(near.context.failures)(everything, session.around.down_now)
            context = replace(near.context, failures=failures)
            planned = [other.planned for other in walks]
            conflicts |= {found.key: found for found in conflicts_of(own.change.id, planned, context)}
        return conflicts


@pytest.mark.parametrize("block", range(5))
async def test_stored_conflicts_and_scores_equal_a_fresh_look_after_any_edits(
    block: int, worlds: Callable[[int], int], tmp_path: Path
) -> None:
    met: set[ConflictCode] = set()
    for world in range(max(2, worlds(60) // 5)):
        dice = random.Random(1000 * block + world)
        clock = FixedClock(MONDAY)
        runtime = await Runtime.open(record_at(tmp_path / f"{world}.db"), clock=clock)
        if world % 2:
            await runtime.graph.load()
        async with runtime.ports.work(SYSTEM) as work:
            await seed(work, dice)
            await work.commit()
        await runtime.drain()
        for number in range(6):
            clock.advance(timedelta(minutes=1))
            async with runtime.ports.work(SYSTEM) as work:
                await edit(work, dice, number)
                await work.commit()
            await runtime.drain()
        met |= await check_stored(runtime, f"world {block}/{world}")
        await runtime.stop()
    assert {ConflictCode.SAME_CI, ConflictCode.PERSON, ConflictCode.CAPACITY} <= met


@pytest.mark.parametrize(("targets", "is_joint"), [(CIS[:3], True), ((*CIS[:3], CIS[4]), False)])
async def test_an_outage_that_a_change_elsewhere_causes_alone_is_no_joint_one(
    targets: tuple[str, ...], is_joint: bool, tmp_path: Path
) -> None:
    """Three changes take all members of a group; what it protects is taken down by a fourth, that shares none of it."""
    dice, start = random.Random(1), MONDAY + timedelta(days=2)
    runtime = await Runtime.open(record_at(tmp_path / "record.db"), clock=FixedClock(MONDAY))
    async with runtime.ports.work(SYSTEM) as work:

        def put(record: object, kind: str) -> None:
            work.add(record)
            work.record(kind, record)

        put(CiClass(id="class", name="thing"), "ci_class.defined")
        for person in PEOPLE:
            put(Person(id=person, external_id=None, name=person), "person.created")
        for ci in CIS:
            put(ConfigurationItem(id=ci, external_id=ci, name=ci, class_name="thing"), "ci.created")
        group = redundancy("group", list(CIS[:3]), [CIS[3]], dice)
        group.min_up = 1
        put(group, "redundancy_group.defined")
        runs_on = relation("r", CIS[3], CIS[4], dice)
        runs_on.type = RelationType.RUNS_ON
        put(runs_on, "relation.added")
        for ci in targets:
            planned = change(f"on-{ci}", dice)
            planned.targets = [ChangeTarget(id=f"{ci}-t", change_id=planned.id, ci_id=ci)]
            planned.planned_start, planned.planned_end = start, start + timedelta(hours=2)
            planned.bundle = None
            put(planned, "change.created")
        await work.commit()
    await runtime.drain()
    found = await check_stored(runtime, f"changes on {targets}")
    assert (ConflictCode.REDUNDANCY in found) is is_joint
    await runtime.stop()


async def check_stored(runtime: Runtime, world: str) -> set[ConflictCode]:
    """Every conflict and score is stored as a fresh look finds it; return the kinds of conflicts met."""
    fresh = await found_afresh(runtime)
    async with runtime.ports.snapshot() as snapshot:
        everyone = await snapshot.open_changes()
        stored = {
            record.conflict.key: record.conflict
            for record in await snapshot.conflicts_of(everyone)
            if record.conflict.code is not ConflictCode.APPROVER
        }
    assert stored == fresh, world
    await check_scores(runtime, everyone)
    return {found.code for found in fresh.values()}


async def check_scores(runtime: Runtime, change_ids: set[str]) -> None:
    """Every stored score knows the conflicts as they are stored."""
    async with runtime.ports.snapshot() as snapshot:
        session = Session(runtime.ports, snapshot, await Surroundings.load(runtime.ports, snapshot))
        stored = {risk.change_id: risk for risk in await snapshot.current_risks(change_ids)}
        assert stored.keys() == change_ids
        for found in await snapshot.find_all(Change, id=sorted(change_ids)):
            own = await walk(session, found)
            risk = await risk_of(session, own, await snapshot.conflicts_of([found.id]))
            score = risk.assessment.score
            assert stored[found.id].score == (None if score is None else float(score)), found.id
            assert stored[found.id].level == risk.assessment.level.name
