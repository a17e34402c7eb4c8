"""Mutations about changes as they are planned."""

from typing import Any

import strawberry

from api.bulk import in_bulk
from api.mutations.change_inputs import (
    ChangeInput,
    ChangePredecessorInput,
    ChangeTargetInput,
    ChangeTaskInput,
    ChangeTimesInput,
    SeenChange,
    schedule_command,
    task_plan,
)
from api.types.change import Change
from api.types.change_model import ChangeModel
from api.verbs import ACTS, CREATES, STEPS, Outcome, Repeatable, given, verb, with_facts
from domain.change.lifecycle import RIGHTS, ChangeAct
from domain.change.model import ChangeType, EvidenceKind, RollbackState, TechnicalRiskKind, TestState
from domain.change.rules import ChangeFacts, ChangeModelFacts
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import Duplicate, StaleVersion
from domain.ports import Ports
from domain.usecases import changes
from domain.usecases.change_plan import PredecessorPlan, TargetPlan
from domain.usecases.changes import EvidenceFacts

CHANGE = Outcome("change", Change, "The change")
CHANGE_MODEL = Outcome("change_model", ChangeModel, "The template")


@strawberry.input(description="A template of repeatable changes, by its name: what is absent stays, null clears.")
class ChangeModelDefineInput:
    """Facts of a template."""

    name: str = given("Name of the template. A new name makes a new template.")
    expected_version: int = given("Version you saw; 0 when there is no such template yet.", default=0)
    type: strawberry.Maybe[ChangeType] = given("Type of the changes made from it; STANDARD unless given.")
    description: strawberry.Maybe[str] = given("What it is for.")
    usual_minutes: strawberry.Maybe[int | None] = given("Minutes such a change usually takes.")
    is_pre_approved: strawberry.Maybe[bool] = given("Whether the CAB approved it beforehand.")
    approved_tiers: strawberry.Maybe[list[int]] = given(
        "Tiers of services, 1 to 4, for which it is approved beforehand; instead of those before."
    )


@strawberry.input(description="A draft of a change.")
class ChangeCreateInput(ChangeInput, Repeatable):
    """The title is required."""

    title: str = given("What is to be done, in one line of at most 200 characters.")


@strawberry.input(description="What changes of a change: what is absent stays, null clears.")
class ChangeUpdateInput(ChangeInput, SeenChange):
    """Facts with the change they are about."""

    title: strawberry.Maybe[str] = given("What is to be done, in one line of at most 200 characters.")


@strawberry.input(description="The configuration items that are changed.")
class ChangeTargetsSetInput(SeenChange):
    """All of them, in their steps."""

    targets: list[ChangeTargetInput] = given("The items, at most 100; instead of those before.", into=TargetPlan)


@strawberry.input(description="The pieces of work of a change.")
class ChangeTasksSetInput(SeenChange):
    """All of them."""

    tasks: list[ChangeTaskInput] = given("The work, at most 100 tasks; instead of those before.", into=task_plan)


@strawberry.input(description="The changes that must end before a change begins.")
class ChangePredecessorsSetInput(SeenChange):
    """All of them."""

    predecessors: list[ChangePredecessorInput] = given(
        "The changes, at most 100; instead of those before.", into=PredecessorPlan
    )


@strawberry.input(description="When a change is made.")
class ChangeScheduleInput(SeenChange):
    """The planned window and the downtime in it."""

    times: ChangeTimesInput = given("When it is made, and when service is interrupted.", is_spread=True)


@strawberry.input(description="Something a board can look at, and what is known of testing and of the way back since.")
class ChangeEvidenceAddInput(SeenChange):
    """What it is, and what it proves."""

    kind: EvidenceKind = given("What it is about.")
    summary: str = given("What it shows.")
    link: str | None = given("Where it can be read.", default=None)
    environment: str | None = given("Where it was gathered, e.g. staging.", default=None)
    measured_minutes: int | None = given("Minutes it took.", default=None)
    test_state: strawberry.Maybe[TestState] = given("What is known of testing now; PASSED needs a link.")
    rollback_state: strawberry.Maybe[RollbackState] = given("What is known of the way back now.")


@strawberry.input(description="What an assessor found.")
class ChangeTechnicalRiskAddInput(SeenChange):
    """A finding."""

    kind: TechnicalRiskKind = given("What kind of risk it is.")
    finding: str = given("What was found.")


@strawberry.input(description="A finding that is dealt with.")
class ChangeTechnicalRiskMitigateInput(SeenChange):
    """Which one."""

    technical_risk_id: strawberry.ID = given("The finding.", of="TechnicalRisk")


async def _schedule(ports: Ports, actor: Actor, change_id: str, expected_version: int, **times: Any) -> str:
    return await changes.schedule(ports, actor, change_id, expected_version, schedule_command(**times))


@strawberry.type
class ChangeMutations:
    """Verbs of changes as they are planned."""

    change_model_define = verb(
        with_facts(changes.define_model, ChangeModelFacts),
        ChangeModelDefineInput,
        "Create the template of that name, or change it.",
        answers=CHANGE_MODEL,
        refusals=(*ACTS, StaleVersion),
        needs=Permission.MANAGE_CHANGE,
    )
    change_create = verb(
        with_facts(changes.create, ChangeFacts),
        ChangeCreateInput,
        "Draft a change.",
        answers=CHANGE,
        refusals=(*CREATES, Duplicate),
        needs=Permission.REQUEST_CHANGE,
    )
    change_update = verb(
        with_facts(changes.update, ChangeFacts),
        ChangeUpdateInput,
        "Change plain facts of a draft or of a change under assessment.",
        answers=CHANGE,
        refusals=(*STEPS, Duplicate),
        needs=RIGHTS[ChangeAct.UPDATE],
    )
    change_targets_set = verb(
        changes.set_targets,
        ChangeTargetsSetInput,
        "State which configuration items are changed, in which steps.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.PLAN],
    )
    change_tasks_set = verb(
        changes.set_tasks,
        ChangeTasksSetInput,
        "State the pieces of work, by whom and when.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.PLAN],
    )
    change_predecessors_set = verb(
        changes.set_predecessors,
        ChangePredecessorsSetInput,
        "State which changes must end before this one starts.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.PLAN],
    )
    change_schedule = verb(
        _schedule,
        ChangeScheduleInput,
        "Plan when the change is made; an approved one is moved by its coordinator only.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.SCHEDULE],
    )
    change_schedule_bulk = in_bulk(change_schedule)
    change_evidence_add = verb(
        with_facts(changes.add_evidence, EvidenceFacts),
        ChangeEvidenceAddInput,
        "Add something a board can look at, and what it proves.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.ADD_EVIDENCE],
    )
    change_technical_risk_add = verb(
        changes.add_technical_risk,
        ChangeTechnicalRiskAddInput,
        "Record what an assessor found.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.ASSESS_RISK],
    )
    change_technical_risk_mitigate = verb(
        changes.mitigate_technical_risk,
        ChangeTechnicalRiskMitigateInput,
        "Say that a finding is dealt with.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.ASSESS_RISK],
    )
