"""Mutations about changes as they are decided and carried out."""

import strawberry

from api.bulk import in_bulk
from api.mutations.change_inputs import SeenChange
from api.mutations.changes import CHANGE
from api.verbs import STEPS, given, verb, with_command
from domain.change.lifecycle import RIGHTS, ChangeAct
from domain.change.model import ChangeOutcome
from domain.usecases import change_lifecycle as life
from domain.usecases.change_lifecycle import CloseChange, Decide


@strawberry.input(description="A draft to be handed in.")
class ChangeSubmitInput(SeenChange):
    """Which one."""


@strawberry.input(description="A change that is ready for a decision.")
class ChangeRequestAuthorisationInput(SeenChange):
    """Which one."""


@strawberry.input
class Said(SeenChange):
    """A change that is decided on, and where."""

    meeting_id: strawberry.ID | None = given("Meeting that decides; null: none.", of="CabMeeting", default=None)


@strawberry.input(description="A change to be approved as planned.")
class ChangeApproveInput(Said):
    """Which one, and a remark."""

    note: str | None = given("Remark recorded with the approval.", default=None)


@strawberry.input(description="A change to be approved on conditions.")
class ChangeApproveWithConditionsInput(Said):
    """Which one, and the conditions."""

    note: str = given("The conditions: the approval note.")


@strawberry.input(description="A change that needs more information or modification.")
class ChangeAskInput(Said):
    """Which one, and what is asked."""

    note: str = given("What is asked for.")


@strawberry.input(description="A change to be decided later.")
class ChangeDeferInput(Said):
    """Which one, and why."""

    note: str = given("Why it waits.")


@strawberry.input(description="A change that must not be made.")
class ChangeRejectInput(Said):
    """Which one, and why."""

    note: str = given("Why it is rejected.")


@strawberry.input(description="A change whose work begins.")
class ChangeStartInput(SeenChange):
    """Which one."""


@strawberry.input(description="A change whose work is done.")
class ChangeCompleteInput(SeenChange):
    """Which one."""


@strawberry.input(description="How a change ended.")
class ChangeCloseInput(SeenChange):
    """Its outcome."""

    outcome: ChangeOutcome = given("How it ended.")
    review: str | None = given(
        "What was learnt; required unless the change was fully successful, caused no incident, was approved without "
        "conditions and is neither MAJOR nor UNAUTHORISED.",
        default=None,
    )
    has_service_effect: bool | None = given("Whether people noticed an interruption; null: unknown.", default=None)


@strawberry.input
class WithReason(SeenChange):
    """A change, and why something is done to it."""

    reason: str = given("Why; the log keeps it.")


@strawberry.input(description="A change to be given up.")
class ChangeCancelInput(WithReason):
    """Which one, and why."""


@strawberry.input(description="A change to be put aside.")
class ChangeHoldInput(WithReason):
    """Which one, and why."""


@strawberry.input(description="A held change to be taken up.")
class ChangeResumeInput(SeenChange):
    """Which one."""


@strawberry.input(description="A change to be taken out of conflict detection.")
class ChangeExcludeInput(WithReason):
    """Which one, and why."""


@strawberry.type
class ChangeLifecycleMutations:
    """Verbs of changes from submission to review."""

    change_submit = verb(
        life.submit,
        ChangeSubmitInput,
        "Hand a draft in; it must be complete.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.SUBMIT],
    )
    change_request_authorisation = verb(
        life.request_authorisation,
        ChangeRequestAuthorisationInput,
        "End the assessment: the change is ready for a decision.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.REQUEST_AUTHORISATION],
    )
    change_approve = verb(
        with_command(life.approve, Decide),
        ChangeApproveInput,
        "Approve a change as planned; nobody approves what they requested or implement.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.APPROVE],
    )
    change_approve_bulk = in_bulk(change_approve)
    change_approve_with_conditions = verb(
        with_command(life.approve_with_conditions, Decide),
        ChangeApproveWithConditionsInput,
        "Approve a change on conditions; nobody approves what they requested or implement.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.APPROVE_WITH_CONDITIONS],
    )
    change_ask = verb(
        with_command(life.ask, Decide),
        ChangeAskInput,
        "Ask for more information or modification; assessment goes on.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.ASK],
    )
    change_defer = verb(
        with_command(life.defer, Decide),
        ChangeDeferInput,
        "Leave the decision to a later meeting.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.DEFER],
    )
    change_defer_bulk = in_bulk(change_defer)
    change_reject = verb(
        with_command(life.reject, Decide),
        ChangeRejectInput,
        "Reject a change for good.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.REJECT],
    )
    change_start = verb(
        life.start,
        ChangeStartInput,
        "Begin the work.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.START],
    )
    change_complete = verb(
        life.complete,
        ChangeCompleteInput,
        "End the work; verification and review follow.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.COMPLETE],
    )
    change_close = verb(
        with_command(life.close, CloseChange),
        ChangeCloseInput,
        "Close a change with its outcome; nobody closes what they implemented.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.CLOSE],
    )
    change_close_bulk = in_bulk(change_close)
    change_cancel = verb(
        life.cancel,
        ChangeCancelInput,
        "Give a change up before it is carried out.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.CANCEL],
    )
    change_cancel_bulk = in_bulk(change_cancel)
    change_hold = verb(
        life.hold,
        ChangeHoldInput,
        "Put a change aside.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.HOLD],
    )
    change_hold_bulk = in_bulk(change_hold)
    change_resume = verb(
        life.resume,
        ChangeResumeInput,
        "Take a held change up where it was put aside.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.RESUME],
    )
    change_resume_bulk = in_bulk(change_resume)
    change_exclude = verb(
        life.exclude,
        ChangeExcludeInput,
        "Take a change out of conflict detection.",
        answers=CHANGE,
        refusals=STEPS,
        needs=RIGHTS[ChangeAct.EXCLUDE],
    )
