"""A change previewed and a board planned on one small estate, end to end through the runtime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.cab.model import CabMeeting, MemberRole
from domain.change.model import (
    Change,
    ChangeEvidence,
    ChangeState,
    ChangeTarget,
    EvidenceKind,
    RollbackState,
    TestState,
)
from domain.change.windows import ScopeKind, WindowKind
from domain.ci.model import ConfigurationItem, RedundancyMember
from domain.ci.relations import RelationType
from domain.conflict.acceptance import ConflictStatus
from domain.conflict.model import ConflictCode
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.time import FixedClock, to_seconds
from domain.ports import UnitOfWork
from domain.risk.model import RiskLevel
from domain.risk.routing import Forum
from domain.usecases.conflicts import accept_conflict
from domain.usecases.planning import plan_meetings, propose_plan
from domain.usecases.preview import preview, preview_stored
from domain.usecases.reassessment import reassess
from tests import builders
from tests.builders import MONDAY
from workers.runtime import Runtime

NIGHT = MONDAY + timedelta(days=7, hours=12)


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    runtime = await Runtime.open(record_url, clock=FixedClock(MONDAY))
    await builders.saved(runtime.ports.work, *estate())
    await runtime.drain()
    yield runtime
    await runtime.stop()


def estate() -> list[object]:
    """A pair of databases behind an application behind online banking, and a board that meets on Wednesday."""
    hours = builders.a_calendar(id="office", is_organisation_default=True)
    people = [builders.a_person(id=name, name=name.title(), calendar_id="office") for name in ("rita", "carl", "dora")]
    guild = builders.a_team("carl", id="guild", name="Database guild")
    classes = [builders.a_class(id=f"class-{name}", name=name) for name in ("server", "database", "application")]
    classes[1].expert_team_id = "guild"
    classes.append(builders.a_class(id="class-service", name="service"))
    cis = [
        builders.a_ci(id="db1", name="db-1", class_name="database"),
        builders.a_ci(id="db2", name="db-2", class_name="database"),
        builders.a_ci(id="app", name="Payments app", class_name="application"),
        builders.a_ci(id="bank", name="Online banking", class_name="service", owner_id="dora"),
        builders.a_ci(id="lone", name="lone server", class_name="server"),
    ]
    service = builders.a_service(id="bank", tier=1, calendar_id="office")
    relation = builders.a_relation("bank", "app", type=RelationType.DEPENDS_ON)
    pair = builders.a_group(["db1", "db2"], ["app"])
    series = builders.a_cab_series("carl", "dora", id="cab", quorum=1)
    series.members[0].role = MemberRole.CHAIR
    meeting = builders.a_cab_meeting(
        "cab",
        id="wednesday",
        start=MONDAY + timedelta(days=2, hours=2),
        end=MONDAY + timedelta(days=2, hours=3),
        cut_off_at=MONDAY + timedelta(days=1),
    )
    return [hours, *people, guild, *classes, *cis, service, relation, pair, series, meeting]


def draft(change_id: str, *targets: str, **facts: object) -> Change:
    change = builders.a_change(
        *targets,
        **{
            "id": change_id,
            "number": f"CHG-{change_id}",
            "title": change_id,
            "state": ChangeState.ASSESS,
            "requester_id": "rita",
            "planned_start": NIGHT,
            "planned_end": NIGHT + timedelta(hours=2),
            "submitted_at": MONDAY - timedelta(days=1),
            **facts,
        },
    )
    assert isinstance(change, Change)
    return change


def shown(kind: EvidenceKind) -> ChangeEvidence:
    return ChangeEvidence(id=kind.value, change_id="app", kind=kind, summary="run", link="run/1", recorded_at=MONDAY)


async def test_a_preview_of_a_draft_writes_nothing_and_equals_what_is_stored_after_saving(runtime: Runtime) -> None:
    before = await runtime.log.head()
    seen = await preview(runtime.ports, SYSTEM, draft("app", "app"))
    assert await runtime.log.head() == before
    await builders.saved(runtime.ports.work, draft("app", "app"))
    await runtime.drain()
    async with runtime.ports.snapshot() as snapshot:
        [stored] = await snapshot.current_risks(["app"])
        conflicts = {record.conflict.key for record in await snapshot.conflicts_of(["app"])}
    assert seen.risk.assessment.score is not None
    assert (stored.score, stored.level) == (float(seen.risk.assessment.score), seen.risk.assessment.level.name)
    assert stored.forum == seen.risk.route.forum.value
    assert conflicts == {record.conflict.key for record in seen.conflicts}


async def test_two_changes_harmless_alone_are_seen_to_break_the_pair(runtime: Runtime) -> None:
    await builders.saved(runtime.ports.work, draft("one", "db1"))
    await runtime.drain()
    seen = await preview(runtime.ports, SYSTEM, draft("two", "db2"))
    [joint] = [found.conflict for found in seen.conflicts if found.conflict.code is ConflictCode.REDUNDANCY]
    assert joint.change_ids == ("one", "two")
    assert {ci.id for ci in joint.cis} == {"app", "bank"}
    assert {guardrail.code for guardrail in seen.risk.assessment.guardrails} >= {"G2", "G4"}
    assert seen.slots is not None
    starts = [slot.slot.start for slot in seen.slots.slots]
    taken = (to_seconds(NIGHT), to_seconds(NIGHT + timedelta(hours=2)))
    assert starts
    assert all(start >= taken[1] or start + 7200 <= taken[0] for start in starts)
    assert all(not slot.conflicts for slot in seen.slots.slots)


async def test_no_slot_is_offered_in_which_three_changes_together_break_a_group(runtime: Runtime) -> None:
    members = [builders.a_ci(id=f"node{n}", name=f"node-{n}", class_name="server") for n in range(3)]
    trio = builders.a_group(["node0", "node1", "node2"], ["app"], id="trio", name="trio")
    others = [draft("first", "node0"), draft("second", "node1", planned_end=NIGHT + timedelta(hours=5))]
    await builders.saved(runtime.ports.work, *members, trio, *others)
    await runtime.drain()
    seen = await preview(runtime.ports, SYSTEM, draft("third", "node2"))
    [joint] = [found.conflict for found in seen.conflicts if found.conflict.code is ConflictCode.REDUNDANCY]
    assert joint.change_ids == ("first", "second", "third")
    assert seen.slots is not None
    assert len(seen.slots.slots) == 5
    assert all(not slot.conflicts for slot in seen.slots.slots)
    reserve = 30 * 60
    assert to_seconds(NIGHT + timedelta(hours=2)) + reserve in {slot.slot.start for slot in seen.slots.slots}


async def test_what_would_lower_the_risk_is_a_promise_kept(runtime: Runtime) -> None:
    """C1: doing what is proposed gives the promised score and level."""
    bare = {"test_state": TestState.NONE, "rollback_state": RollbackState.NONE}
    seen = await preview(runtime.ports, SYSTEM, draft("app", "app", **bare))
    by_evidence = [
        found
        for found in seen.risk.assessment.counterfactuals
        if {action.code for action in found.actions} <= {"test", "rollback"}
    ]
    assert by_evidence, seen.risk.assessment.counterfactuals
    for found in by_evidence:
        codes = {action.code for action in found.actions}
        done = draft("app", "app", **bare)
        if "test" in codes:
            done.test_state = TestState.PASSED
            done.evidence.append(shown(EvidenceKind.TEST))
        if "rollback" in codes:
            done.rollback_state = RollbackState.TESTED
            done.evidence.append(shown(EvidenceKind.ROLLBACK))
        after = await preview(runtime.ports, SYSTEM, done, with_slots=False)
        assert after.risk.assessment.score == found.new_score
        assert after.risk.assessment.level is found.new_level


async def test_no_slot_is_explained_by_the_constraint_in_the_way(runtime: Runtime) -> None:
    window = builders.a_window(
        kind=WindowKind.MAINTENANCE, scope_kind=ScopeKind.CI, scope_id="db1", local_end="23:00", weekdays=[5]
    )
    await builders.saved(runtime.ports.work, window)
    seen = await preview(runtime.ports, SYSTEM, draft("long", "db1"))
    assert seen.slots is not None
    assert seen.slots.slots == ()
    [relaxation] = seen.slots.answer.relaxations
    assert "maintenance window of db-1 is 1 h, change needs 2 h" in relaxation.explanation


@pytest.mark.requirement("R193", "R194")
async def test_a_change_on_key_business_lands_on_wednesdays_agenda(runtime: Runtime) -> None:
    await builders.saved(runtime.ports.work, draft("app", "app"))
    await runtime.drain()
    seen = await preview_stored(runtime.ports, SYSTEM, "app")
    assert seen.risk.route.forum in (Forum.CAB, Forum.CAB_OR_ELECTRONIC)
    assert seen.meeting is not None
    assert seen.meeting.meeting_id == "wednesday"
    [planned] = await plan_meetings(runtime.ports, SYSTEM)
    assert planned.reason == seen.meeting.reason
    async with runtime.ports.snapshot() as snapshot:
        [meeting] = await snapshot.find_all(CabMeeting)
    [item] = meeting.items
    assert (item.change_id, item.place) == ("app", 1)
    assert "dora" in item.attendee_ids, "the owner of the service is heard"
    assert "CHG-app" in item.reason
    assert "Dora speaks for Online banking (owner)" in item.reason


async def test_the_experts_of_what_is_changed_are_heard(runtime: Runtime) -> None:
    seen = await preview(runtime.ports, SYSTEM, draft("both", "db1", "db2"))
    assert seen.meeting is not None
    assert "Carl speaks for Database guild (expert)" in seen.meeting.reason


async def test_planning_again_without_news_changes_nothing(runtime: Runtime) -> None:
    await builders.saved(runtime.ports.work, draft("app", "app"), draft("two", "db2", "db1"))
    await runtime.drain()
    first = await plan_meetings(runtime.ports, SYSTEM)
    await runtime.drain()
    head = await runtime.log.head()
    assert await plan_meetings(runtime.ports, SYSTEM) == first
    assert await propose_plan(runtime.ports, SYSTEM) == first
    await runtime.drain()
    assert await runtime.log.head() == head


async def test_taking_both_members_down_at_once_can_be_rolled_instead(runtime: Runtime) -> None:
    seen = await preview(runtime.ports, SYSTEM, draft("both", "db1", "db2"))
    assert seen.risk.assessment.level > RiskLevel.LOW
    offered = {action.code for found in seen.risk.assessment.counterfactuals for action in found.actions}
    assert "rolling" in offered


async def test_rights_are_asked_for_and_unknown_changes_are_not_found(runtime: Runtime) -> None:
    nobody = Actor(id="x", name="x", roles=frozenset())
    requester = Actor(id="r", name="r", roles=frozenset({Role.REQUESTER}))
    with pytest.raises(Forbidden):
        await preview(runtime.ports, nobody, draft("app", "app"))
    with pytest.raises(Forbidden):
        await plan_meetings(runtime.ports, requester)
    with pytest.raises(NotFound):
        await preview_stored(runtime.ports, SYSTEM, "nothing")


async def test_time_itself_asks_for_another_look(runtime: Runtime) -> None:
    """An urgent incident is no conflict of a change next week; the day before the start it is one, without any edit."""
    await builders.saved(runtime.ports.work, draft("app", "app"))
    await runtime.drain()
    await builders.saved(runtime.ports.work, builders.an_incident("db1", id="inc", priority=2))
    soon = {"planned_start": NIGHT + timedelta(hours=8), "planned_end": NIGHT + timedelta(hours=9)}
    await builders.saved(runtime.ports.work, draft("db", "db1", **soon))
    await runtime.drain()
    assert ConflictCode.ACTIVE_INCIDENT not in await open_codes(runtime, "db")
    clock = runtime.ports.clock
    assert isinstance(clock, FixedClock)
    while clock.now() < NIGHT - timedelta(hours=15):
        clock.advance(timedelta(hours=12))
        await runtime.drain()
    assert ConflictCode.ACTIVE_INCIDENT in await open_codes(runtime, "db")


async def open_codes(runtime: Runtime, change_id: str) -> set[ConflictCode]:
    async with runtime.ports.snapshot() as snapshot:
        return {record.conflict.code for record in await snapshot.conflicts_of([change_id])}


async def test_the_exact_planner_is_used_where_asked_for(record_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_CAB_SOLVER", "exact")
    runtime = await Runtime.open(record_url, clock=FixedClock(MONDAY))
    await builders.saved(runtime.ports.work, *estate(), draft("app", "app"))
    await runtime.drain()
    [planned] = await plan_meetings(runtime.ports, SYSTEM)
    assert runtime.ports.solver is not None
    assert planned.meeting_id == "wednesday"
    await runtime.stop()


async def test_an_acceptance_given_while_a_recheck_runs_is_kept(runtime: Runtime) -> None:
    """O8: only a changed fact reopens an accepted conflict, never a slower writer."""
    await builders.saved(runtime.ports.work, draft("one", "db1"), draft("two", "db1"))
    await runtime.drain()
    async with runtime.ports.snapshot() as snapshot:
        ids = await snapshot.conflict_ids(["SAME_CI:one+two"])
    accepting = AcceptFirst(runtime, ids["SAME_CI:one+two"])
    async with runtime.ports.work(SYSTEM) as work:
        renamed = await work.get(ConfigurationItem, "db1")
        renamed.name = "db-one"
        work.record("ci.updated", renamed)
        await work.commit()
    await reassess(replace(runtime.ports, work=accepting.work), ["one"])
    async with runtime.ports.snapshot() as snapshot:
        [record] = await snapshot.conflicts_by_key(["SAME_CI:one+two"])
    assert accepting.has_accepted
    assert record.status is ConflictStatus.ACCEPTED
    assert "db-one" in record.conflict.message


@dataclass
class AcceptFirst:
    """Units of work before the first of which somebody accepts a conflict."""

    runtime: Runtime
    conflict_id: str
    has_accepted: bool = False

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        if not self.has_accepted:
            self.has_accepted = True
            await accept_conflict(self.runtime.ports, SYSTEM, self.conflict_id, 1, reason="agreed with both teams")
        async with self.runtime.ports.work(actor) as unit:
            yield unit


async def test_a_joint_outage_of_three_outlives_a_recheck_of_a_change_that_has_nothing_to_do_with_it(
    runtime: Runtime,
) -> None:
    await builders.saved(runtime.ports.work, *trio(), *(draft(f"c{n}", f"node{n}") for n in range(3)))
    await runtime.drain()
    assert ConflictCode.REDUNDANCY in await open_codes(runtime, "c0")
    await builders.saved(runtime.ports.work, draft("apart", "lone"))
    await runtime.drain()
    assert ConflictCode.REDUNDANCY in await open_codes(runtime, "c0")


async def test_three_still_break_a_group_when_a_fourth_moves_its_work_away_from_it(runtime: Runtime) -> None:
    *nodes, group = trio()
    nodes.append(builders.a_ci(id="node3", name="node-3", class_name="server"))
    group.members.append(RedundancyMember(id="fourth", group_id="trio", ci_id="node3", valid_from=MONDAY))
    group.min_up = 2
    await builders.saved(runtime.ports.work, *nodes, group, *(draft(f"c{n}", f"node{n}") for n in range(4)))
    await runtime.drain()
    async with runtime.ports.work(SYSTEM) as work:
        change = await work.get(Change, "c0")
        change.targets = [ChangeTarget(id="elsewhere", change_id="c0", ci_id="lone")]
        work.record("change.targets_set", change)
        await work.commit()
    await runtime.drain()
    async with runtime.ports.snapshot() as snapshot:
        found = {
            r.conflict.change_ids
            for r in await snapshot.conflicts_of(["c1"])
            if r.conflict.code is ConflictCode.REDUNDANCY
        }
    assert found == {("c1", "c2", "c3")}


def trio() -> list[Any]:
    members = [builders.a_ci(id=f"node{n}", name=f"node-{n}", class_name="server") for n in range(3)]
    return [*members, builders.a_group(["node0", "node1", "node2"], ["app"], id="trio", name="trio")]
