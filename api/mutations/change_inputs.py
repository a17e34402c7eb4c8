"""What a change is told by: inputs that its mutations and its preview share."""

from typing import Any

import strawberry

from api.mutations.time_inputs import LocalTimeWindowInput, TimeWindowInput
from api.verbs import SEEN, given
from domain.change.model import ChangeType, RollbackState, TaskAction, TestState
from domain.usecases.change_plan import ScheduleChange, TaskPlan


@strawberry.input
class SeenChange:
    """A change at the version somebody saw."""

    change_id: strawberry.ID = given("The change.", of="Change")
    expected_version: int = given(SEEN)


@strawberry.input(description="What may be said of a change beside its plan.")
class ChangeInput:
    """Facts of a change, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    description: strawberry.Maybe[str] = given("What is to be done, in full.")
    reason: strawberry.Maybe[str | None] = given("Why.")
    expected_effect: strawberry.Maybe[str | None] = given("What people will notice.")
    type: strawberry.Maybe[ChangeType] = given("What kind of change it is; NORMAL unless given.")
    model_name: strawberry.Maybe[str | None] = given("Name of the template it is made from.", fact="model")
    requester_id: strawberry.Maybe[strawberry.ID | None] = given(
        "Who asks for it; you unless given. To name another afterwards needs permission `change:manage`.", of="Person"
    )
    team_id: strawberry.Maybe[strawberry.ID | None] = given("The team that carries it.", of="Team")
    service_id: strawberry.Maybe[strawberry.ID | None] = given("The service it is for.", of="BusinessService")
    prep_minutes: strawberry.Maybe[int | None] = given("Minutes of preparation before the window.")
    rollback_minutes: strawberry.Maybe[int | None] = given("Minutes the way back takes.")
    bake_minutes: strawberry.Maybe[int | None] = given("Minutes to watch it afterwards.")
    is_irreversible: strawberry.Maybe[bool] = given("Whether there is no way back.")
    test_state: strawberry.Maybe[TestState] = given("What is known of testing; PASSED needs evidence with a link.")
    rollback_state: strawberry.Maybe[RollbackState] = given("What is known of the way back.")
    rollback_plan: strawberry.Maybe[str | None] = given("The way back.")
    bundle: strawberry.Maybe[str | None] = given("Name shared by changes that belong together.")
    needs_security_review: strawberry.Maybe[bool] = given("Whether security must look at it.")


@strawberry.input(description="When a change is made, by instants.")
class InstantsInput:
    """The window, and the downtime in it."""

    window: TimeWindowInput = given("When it is made.")
    downtime: TimeWindowInput | None = given("When service is interrupted; null: all the time.", default=None)


@strawberry.input(description="When a change is made, on the clock of one zone.")
class LocalTimesInput:
    """The window, and the downtime in it."""

    time_zone: str = given("IANA time zone, e.g. Europe/Berlin.")
    window: LocalTimeWindowInput = given("When it is made.")
    downtime: LocalTimeWindowInput | None = given("When service is interrupted; null: all the time.", default=None)


@strawberry.input(one_of=True, description="When a change is made.")
class ChangeTimesInput:
    """By instants, or by local times."""

    instants: strawberry.Maybe[InstantsInput] = given("As instants with an offset.", is_spread=True)
    local_times: strawberry.Maybe[LocalTimesInput] = given("As local times of a zone.", is_spread=True)


def schedule_command(
    window: dict[str, Any], downtime: dict[str, Any] | None = None, time_zone: str | None = None
) -> ScheduleChange:
    """Return the command of the planned times, downtime included."""
    during = downtime or {}
    return ScheduleChange(
        **window, downtime_start=during.get("start"), downtime_end=during.get("end"), time_zone=time_zone
    )


@strawberry.input(description="A configuration item to be changed.")
class ChangeTargetInput:
    """Which, and in which step."""

    configuration_item_id: strawberry.ID = given("The item.", fact="ci_id", of="ConfigurationItem")
    step: int = given("Order of a rolling change, from 1: equal numbers are taken down together.", default=1)


@strawberry.input(description="One piece of work.")
class ChangeTaskInput:
    """What, by whom, when, on what."""

    id: strawberry.ID | None = given(
        "A task the change already has, to be changed; null for a new one.", of="ChangeTask", default=None
    )
    title: str = given("What is done, in one line.")
    step: int = given("Order in which tasks run, from 1; equal numbers run together.", default=1)
    action: TaskAction = given("What it does to its configuration item.", default=TaskAction.CONFIGURE)
    is_exclusive: bool = given("Whether its implementer can do nothing else meanwhile.", default=False)
    configuration_item_id: strawberry.ID | None = given(
        "What it is done to; null: nothing in particular.", fact="ci_id", of="ConfigurationItem", default=None
    )
    implementer_id: strawberry.ID | None = given("Who does it; null: nobody yet.", of="Person", default=None)
    window: TimeWindowInput | None = given("When it is planned; null: not yet.", default=None)


def task_plan(window: dict[str, Any] | None = None, **plan: Any) -> TaskPlan:
    """Return the plan of one task."""
    return TaskPlan(**plan, **(window or {}))


@strawberry.input(description="A change that must end before another begins.")
class ChangePredecessorInput:
    """Which, and whether the reserve between them is waived."""

    change_id: strawberry.ID = given("The earlier change.", fact="predecessor_id", of="Change")
    is_back_to_back: bool = given(
        "Whether the later one may begin without the reserve of the earlier one between them.", default=False
    )
