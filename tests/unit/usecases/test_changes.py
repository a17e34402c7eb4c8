"""How a change goes from draft to review, and who stands in its way (R187 to R200, D13, D14)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.change.lifecycle import SegregationOfDuties
from domain.change.model import (
    Change,
    ChangeOutcome,
    ChangeState,
    ChangeType,
    DecisionKind,
    EvidenceKind,
    TechnicalRiskKind,
    TestState,
)
from domain.change.rules import ChangeFacts
from domain.incident.model import ChangeLinkType
from domain.kernel.absent import ABSENT
from domain.kernel.actor import Actor, Role
from domain.kernel.errors import Duplicate, Forbidden, InvalidInput, InvalidTransition, NotFound
from domain.usecases import change_lifecycle, changes, incidents
from domain.usecases.change_lifecycle import CloseChange, Decide
from domain.usecases.change_plan import PredecessorPlan, ScheduleChange, TargetPlan, TaskPlan
from domain.usecases.changes import EvidenceFacts
from tests.unit.usecases.world import ADA, ADMINISTRATOR, CYD, FRIDAY, HOUR, NOW, World, actor

COORDINATOR = actor(Role.CHANGE_MANAGER, person="bob")
ENGINEER = actor(Role.SUPPORT, person="ada")
MEMBER = actor(Role.CAB_MEMBER, person="cyd")


async def change(world: World, change_id: str) -> Change:
    found: Change = await world.get(Change, change_id)
    return found


def closing(outcome: ChangeOutcome, review: str | None = None) -> CloseChange:
    return CloseChange(change_id="change-REVIEW", expected_version=1, outcome=outcome, review=review)


@pytest.mark.requirement("R187", "R195", "R197")
async def test_a_change_lives_from_draft_to_review(world: World) -> None:
    ports = world.ports
    made = await changes.create(
        ports, ADA, ChangeFacts(title="Upgrade", description="1.2 to 1.3", rollback_plan="back")
    )
    await changes.set_targets(ports, ADA, made, 1, [TargetPlan("db")])
    await changes.set_tasks(ports, ADA, made, 2, [TaskPlan(title="Upgrade", implementer_id="ada")])
    await changes.schedule(ports, ADA, made, 3, ScheduleChange(start=FRIDAY, end=FRIDAY + HOUR))
    await change_lifecycle.submit(ports, ADA, made, 4)
    await change_lifecycle.request_authorisation(ports, COORDINATOR, made, 5)
    note = "lower the concurrency meanwhile"
    await change_lifecycle.approve_with_conditions(
        ports, MEMBER, Decide(change_id=made, expected_version=6, note=note, meeting_id="meeting")
    )
    await change_lifecycle.start(ports, ENGINEER, made, 7)
    await change_lifecycle.complete(ports, ENGINEER, made, 8)
    command = CloseChange(change_id=made, expected_version=9, outcome=ChangeOutcome.SUCCESSFUL, review="smooth")
    await change_lifecycle.close(ports, COORDINATOR, command)

    closed = await change(world, made)
    assert (closed.state, closed.outcome, closed.requester_id) == (ChangeState.CLOSED, ChangeOutcome.SUCCESSFUL, "ada")
    assert (closed.authorised_by_id, [(said.kind, said.note) for said in closed.decisions]) == (
        "cyd",
        [(DecisionKind.APPROVE_WITH_CONDITIONS, note)],
    )
    stamps = (closed.submitted_at, closed.assessed_at, closed.decided_at, closed.actual_start, closed.actual_end)
    assert (*stamps, closed.closed_at) == (NOW,) * 6


@pytest.mark.requirement("R196")
@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (change_lifecycle.ask, ChangeState.ASSESS),
        (change_lifecycle.defer, ChangeState.AUTHORISE),
        (change_lifecycle.reject, ChangeState.CANCELLED),
    ],
)
async def test_a_board_may_say_something_else_than_yes(world: World, verb: object, state: ChangeState) -> None:
    command = Decide(change_id="change-AUTHORISE", expected_version=1, note="why now?")
    await verb(world.ports, MEMBER, command)  # type: ignore[operator]
    decided = await change(world, "change-AUTHORISE")
    assert (decided.state, decided.authorised_by_id, decided.decisions[0].note) == (state, None, "why now?")


@pytest.mark.parametrize("roles", [{Role.CHANGE_MANAGER}, {Role.ADMINISTRATOR}])
async def test_requester_and_implementer_never_approve_alone(world: World, roles: set[Role]) -> None:
    """D13: Ada may decide on changes, but asked for this one."""
    before = await world.everything()
    with pytest.raises(SegregationOfDuties, match="not requester or implementer"):
        await change_lifecycle.approve(
            world.ports, actor(*roles, person="ada"), Decide(change_id="change-AUTHORISE", expected_version=1)
        )
    assert await world.everything() == before


@pytest.mark.requirement("R199")
async def test_an_implementer_does_not_close(world: World) -> None:
    with pytest.raises(SegregationOfDuties, match="not an implementer"):
        await change_lifecycle.close(
            world.ports, actor(Role.CHANGE_MANAGER, person="ada"), closing(ChangeOutcome.SUCCESSFUL)
        )


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        pytest.param(CYD, NotFound, id="to whom it is out of sight it does not exist"),
        pytest.param(MEMBER, Forbidden, id="who sees it without a part in it may not"),
    ],
)
async def test_somebody_elses_draft(world: World, who: Actor, refusal: type[Exception]) -> None:
    for seen in (1, 7):
        with pytest.raises(refusal):
            await changes.update(world.ports, who, "change-NEW", seen, ChangeFacts(title="Mine"))


async def test_nobody_hands_the_asking_on(world: World) -> None:
    """D13: else a requester could name another and approve the change."""
    with pytest.raises(Forbidden):
        await changes.update(world.ports, ADA, "change-NEW", 1, ChangeFacts(requester_id="cyd"))
    await changes.update(world.ports, COORDINATOR, "change-NEW", 1, ChangeFacts(requester_id="cyd"))
    assert (await change(world, "change-NEW")).requester_id == "cyd"


async def test_absent_is_left_and_none_is_cleared(world: World) -> None:
    await changes.update(world.ports, ADA, "change-NEW", 1, ChangeFacts(reason="  old version ", bundle="a"))
    await changes.update(world.ports, ADA, "change-NEW", 2, ChangeFacts(reason=ABSENT, bundle=None))
    updated = await change(world, "change-NEW")
    assert (updated.reason, updated.bundle, updated.rollback_plan) == ("old version", None, "Restore the snapshot")


@pytest.mark.requirement("R200")
@pytest.mark.parametrize("outcome", [o for o in ChangeOutcome if o is not ChangeOutcome.SUCCESSFUL])
async def test_a_change_that_did_not_go_well_is_reviewed(world: World, outcome: ChangeOutcome) -> None:
    with pytest.raises(InvalidInput, match="review: is required"):
        await change_lifecycle.close(world.ports, COORDINATOR, closing(outcome))
    await change_lifecycle.close(world.ports, COORDINATOR, closing(outcome, "two statements took locks"))


@pytest.mark.requirement("R200")
async def test_a_change_that_caused_an_incident_is_reviewed(world: World) -> None:
    link = {"change_id": "change-REVIEW", "link_type": ChangeLinkType.CAUSED_BY}
    await incidents.link_change(world.ports, ADMINISTRATOR, "incident", 1, **link)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="review: is required"):
        await change_lifecycle.close(world.ports, COORDINATOR, closing(ChangeOutcome.SUCCESSFUL))
    await incidents.unlink_change(world.ports, ADMINISTRATOR, "incident", 2, **link)  # type: ignore[arg-type]
    await change_lifecycle.close(world.ports, COORDINATOR, closing(ChangeOutcome.SUCCESSFUL))


async def test_a_held_change_returns_to_where_it_was(world: World) -> None:
    await change_lifecycle.hold(world.ports, COORDINATOR, "change-SCHEDULED", 1, "freeze")
    held = await change(world, "change-SCHEDULED")
    assert (held.state, held.held_state) == (ChangeState.ON_HOLD, ChangeState.SCHEDULED)
    await change_lifecycle.resume(world.ports, COORDINATOR, "change-SCHEDULED", 2)
    resumed = await change(world, "change-SCHEDULED")
    assert (resumed.state, resumed.held_state) == (ChangeState.SCHEDULED, None)


async def test_the_log_keeps_why(world: World) -> None:
    await change_lifecycle.exclude(world.ports, COORDINATOR, "change-ASSESS", 1, " same rack, agreed ")
    await change_lifecycle.cancel(world.ports, COORDINATOR, "change-ASSESS", 2, "no budget")
    assert [(event.kind, event.body["note"], event.body["is_excluded"]) for event in await world.events()] == [
        ("change.excluded", "same rack, agreed", True),
        ("change.cancelled", "no budget", True),
    ]


async def test_only_the_coordinator_moves_an_approved_change(world: World) -> None:
    command = ScheduleChange(start=FRIDAY + HOUR, end=FRIDAY + 2 * HOUR)
    await changes.schedule(world.ports, ADA, "change-AUTHORISE", 1, command)
    with pytest.raises(Forbidden):
        await changes.schedule(world.ports, ADA, "change-SCHEDULED", 1, command)
    await changes.schedule(world.ports, COORDINATOR, "change-SCHEDULED", 1, command)
    assert (await change(world, "change-SCHEDULED")).planned_start == FRIDAY + HOUR


async def test_a_window_in_local_time_is_kept_as_instants(world: World) -> None:
    command = ScheduleChange(
        start=datetime.fromisoformat("2026-10-24T23:00"),
        end=datetime.fromisoformat("2026-10-25T04:00"),
        time_zone="Europe/Berlin",
    )
    await changes.schedule(world.ports, ADA, "change-NEW", 1, command)
    scheduled = await change(world, "change-NEW")
    assert scheduled.planned_start == datetime(2026, 10, 24, 21, tzinfo=UTC)
    assert scheduled.planned_end == datetime(2026, 10, 25, 3, tzinfo=UTC)


async def test_what_a_board_looks_at_keeps_its_content(world: World) -> None:
    with pytest.raises(InvalidTransition, match="AUTHORISE: PLAN is not possible"):
        await changes.set_targets(world.ports, ADA, "change-AUTHORISE", 1, [TargetPlan("web")])


async def test_targets_that_stay_keep_their_rows(world: World) -> None:
    for seen in (1, 2):
        await changes.set_targets(world.ports, ADA, "change-NEW", seen, [TargetPlan("web"), TargetPlan("db")])
    targets = (await change(world, "change-NEW")).targets
    assert {target.ci_id for target in targets} == {"web", "db"}
    assert "target-NEW" in {target.id for target in targets}


async def test_changes_do_not_wait_for_themselves(world: World) -> None:
    """A cycle of any length is refused at the predecessor that would close it, and nothing is changed."""
    await changes.set_predecessors(world.ports, ADA, "change-NEW", 1, [PredecessorPlan("change-ASSESS")])
    await changes.set_predecessors(world.ports, ADA, "change-found", 1, [PredecessorPlan("change-NEW")])
    before = await world.everything()
    with pytest.raises(InvalidInput) as refusal:
        await changes.set_predecessors(
            world.ports, ADA, "change-ASSESS", 1, [PredecessorPlan("change-CLOSED"), PredecessorPlan("change-found")]
        )
    assert [issue.path for issue in refusal.value.issues] == ["predecessors.1"]
    assert await world.everything() == before


async def test_testing_is_passed_only_with_an_artefact(world: World) -> None:
    """ENGINES F10: what nobody can open proves nothing."""
    facts = EvidenceFacts(kind=EvidenceKind.TEST, summary="all green", link="https://ci/run/7")
    await changes.add_evidence(world.ports, ENGINEER, "change-AUTHORISE", 1, facts)
    await changes.add_evidence(
        world.ports, ENGINEER, "change-AUTHORISE", 2, replace(facts, link=None, test_state=TestState.PASSED)
    )
    proven = await change(world, "change-AUTHORISE")
    assert (proven.test_state, [shown.author_id for shown in proven.evidence]) == (TestState.PASSED, ["ada", "ada"])


@pytest.mark.requirement("R191", "R192")
async def test_an_assessors_finding_stays_open_until_it_is_dealt_with(world: World) -> None:
    finding = {"kind": TechnicalRiskKind.SYSTEM_CONFLICT, "finding": "the firewall rule is missing"}
    await changes.add_technical_risk(world.ports, ENGINEER, "change-ASSESS", 1, **finding)  # type: ignore[arg-type]
    (found,) = (risk for risk in (await change(world, "change-ASSESS")).technical_risks if risk.id != "risk-ASSESS")
    assert (found.finding, found.is_open, found.assessor_id) == ("the firewall rule is missing", True, "ada")
    await changes.mitigate_technical_risk(world.ports, ENGINEER, "change-ASSESS", 2, found.id)
    still_open = {risk.id for risk in (await change(world, "change-ASSESS")).technical_risks if risk.is_open}
    assert still_open == {"risk-ASSESS"}
    with pytest.raises(InvalidTransition):
        await changes.mitigate_technical_risk(world.ports, ENGINEER, "change-ASSESS", 3, found.id)


async def test_a_standard_change_has_a_pre_approved_template(world: World) -> None:
    """D14."""
    await changes.update(world.ports, ADA, "change-NEW", 1, ChangeFacts(type=ChangeType.STANDARD))
    with pytest.raises(InvalidInput, match="model: must be a pre-approved template"):
        await change_lifecycle.submit(world.ports, ADA, "change-NEW", 2)
    await changes.update(world.ports, ADA, "change-NEW", 2, ChangeFacts(model="patch"))
    await change_lifecycle.submit(world.ports, ADA, "change-NEW", 3)


async def test_an_unauthorised_change_is_reviewed_never_approved(world: World) -> None:
    await change_lifecycle.submit(world.ports, ADA, "change-found", 1)
    assert (await change(world, "change-found")).state is ChangeState.REVIEW
    with pytest.raises(InvalidTransition):
        await change_lifecycle.approve(world.ports, MEMBER, Decide(change_id="change-found", expected_version=2))


async def test_an_external_id_is_taken_once(world: World) -> None:
    await changes.update(world.ports, ADA, "change-NEW", 1, ChangeFacts(external_id="JIRA-1"))
    with pytest.raises(Duplicate, match="Another change has the external id 'JIRA-1'"):
        await changes.create(world.ports, ADA, ChangeFacts(title="Again", external_id="JIRA-1"))
