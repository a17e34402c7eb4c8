"""What may follow what in the life of a change, and who may do it (R187, R195 to R199, D13, D14).

Two tables decide everything: `LIFECYCLES` which act is possible in which state, `RIGHTS` whose act it is. What a verb
allows and what `viewer_can` shows come from the same two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.change.model import Change, ChangeState, ChangeType
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.lifecycle import Lifecycle


class ChangeAct(StrEnum):
    """What can be done to a change."""

    UPDATE = "UPDATE"
    PLAN = "PLAN"
    SCHEDULE = "SCHEDULE"
    RESCHEDULE = "RESCHEDULE"
    ADD_EVIDENCE = "ADD_EVIDENCE"
    ASSESS_RISK = "ASSESS_RISK"
    SUBMIT = "SUBMIT"
    REQUEST_AUTHORISATION = "REQUEST_AUTHORISATION"
    APPROVE = "APPROVE"
    APPROVE_WITH_CONDITIONS = "APPROVE_WITH_CONDITIONS"
    ASK = "ASK"
    DEFER = "DEFER"
    REJECT = "REJECT"
    START = "START"
    COMPLETE = "COMPLETE"
    CLOSE = "CLOSE"
    HOLD = "HOLD"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    EXCLUDE = "EXCLUDE"


_S, _A = ChangeState, ChangeAct

_ANY_CHANGE: Mapping[tuple[ChangeState, ChangeAct], ChangeState] = {
    **{(state, act): state for state in (_S.NEW, _S.ASSESS) for act in (_A.UPDATE, _A.PLAN, _A.SCHEDULE)},
    # What a board is looking at keeps its content; only its window may still move.
    (_S.AUTHORISE, _A.SCHEDULE): _S.AUTHORISE,
    (_S.SCHEDULED, _A.RESCHEDULE): _S.SCHEDULED,
    **{(state, _A.ADD_EVIDENCE): state for state in (_S.NEW, _S.ASSESS, _S.AUTHORISE, _S.SCHEDULED)},
    **{(state, _A.ASSESS_RISK): state for state in (_S.ASSESS, _S.AUTHORISE, _S.SCHEDULED)},
}

_PLANNED_CHANGE: Mapping[tuple[ChangeState, ChangeAct], ChangeState] = {
    **_ANY_CHANGE,
    (_S.NEW, _A.SUBMIT): _S.ASSESS,
    (_S.ASSESS, _A.REQUEST_AUTHORISATION): _S.AUTHORISE,
    (_S.AUTHORISE, _A.APPROVE): _S.SCHEDULED,
    (_S.AUTHORISE, _A.APPROVE_WITH_CONDITIONS): _S.SCHEDULED,
    (_S.AUTHORISE, _A.ASK): _S.ASSESS,
    (_S.AUTHORISE, _A.DEFER): _S.AUTHORISE,
    (_S.AUTHORISE, _A.REJECT): _S.CANCELLED,
    (_S.SCHEDULED, _A.START): _S.IMPLEMENT,
    (_S.IMPLEMENT, _A.COMPLETE): _S.REVIEW,
    (_S.REVIEW, _A.CLOSE): _S.CLOSED,
    **{(state, _A.HOLD): _S.ON_HOLD for state in (_S.ASSESS, _S.AUTHORISE, _S.SCHEDULED)},
    # A held change returns to the state it was held in (`Change.held_state`); ASSESS stands for it here.
    (_S.ON_HOLD, _A.RESUME): _S.ASSESS,
    **{(state, _A.CANCEL): _S.CANCELLED for state in (_S.NEW, _S.ASSESS, _S.AUTHORISE, _S.SCHEDULED, _S.ON_HOLD)},
    **{(state, _A.EXCLUDE): state for state in _S if state not in {_S.CLOSED, _S.CANCELLED}},
}

_FOUND_CHANGE: Mapping[tuple[ChangeState, ChangeAct], ChangeState] = {
    **_ANY_CHANGE,
    (_S.NEW, _A.SUBMIT): _S.REVIEW,
    (_S.ASSESS, _A.SUBMIT): _S.REVIEW,
    (_S.REVIEW, _A.CLOSE): _S.CLOSED,
    (_S.NEW, _A.CANCEL): _S.CANCELLED,
    (_S.ASSESS, _A.CANCEL): _S.CANCELLED,
}
"""An unauthorised change was already made: it is reviewed, never approved (ENGINES 4.8 row 0)."""

LIFECYCLES: Mapping[ChangeType, Lifecycle[ChangeState, ChangeAct]] = {
    change_type: Lifecycle("change", _FOUND_CHANGE if change_type is ChangeType.UNAUTHORISED else _PLANNED_CHANGE)
    for change_type in ChangeType
}


@dataclass(frozen=True, slots=True)
class Right:
    """Whose act it is: holders of any of the permissions; on their own change also requester and implementers."""

    permissions: tuple[Permission, ...]
    is_also_of_its_people: bool = False


_PLANNERS = Right((Permission.MANAGE_CHANGE,), is_also_of_its_people=True)
_COORDINATORS = Right((Permission.MANAGE_CHANGE,))
_DECIDERS = Right((Permission.DECIDE_CHANGE,))
_ENGINEERS = Right((Permission.IMPLEMENT_CHANGE, Permission.MANAGE_CHANGE))

RIGHTS: Mapping[ChangeAct, Right] = {
    _A.UPDATE: _PLANNERS,
    _A.PLAN: _PLANNERS,
    _A.SCHEDULE: _PLANNERS,
    _A.RESCHEDULE: _COORDINATORS,
    _A.ADD_EVIDENCE: Right((Permission.IMPLEMENT_CHANGE, Permission.MANAGE_CHANGE), is_also_of_its_people=True),
    _A.ASSESS_RISK: Right((Permission.IMPLEMENT_CHANGE, Permission.DECIDE_CHANGE, Permission.MANAGE_CHANGE)),
    _A.SUBMIT: _PLANNERS,
    _A.REQUEST_AUTHORISATION: _COORDINATORS,
    _A.APPROVE: _DECIDERS,
    _A.APPROVE_WITH_CONDITIONS: _DECIDERS,
    _A.ASK: _DECIDERS,
    _A.DEFER: _DECIDERS,
    _A.REJECT: _DECIDERS,
    _A.START: _ENGINEERS,
    _A.COMPLETE: _ENGINEERS,
    _A.CLOSE: _COORDINATORS,
    _A.HOLD: _COORDINATORS,
    _A.RESUME: _COORDINATORS,
    _A.CANCEL: _PLANNERS,
    _A.EXCLUDE: Right((Permission.EXCLUDE_FROM_DETECTION,)),
}

_NEEDS_AN_OUTSIDER = frozenset({_A.APPROVE, _A.APPROVE_WITH_CONDITIONS})


class SegregationOfDuties(Forbidden):
    """The actor has the permission, but a part in this very change (D13, R199)."""

    def __init__(self, permission: Permission, part: str) -> None:
        super().__init__(permission.value)
        self.message = f"Somebody who is not {part} of this change must do this."
        self.args = (self.message,)


def implementers(change: Change) -> frozenset[str]:
    """Return the persons who carry out the change's tasks."""
    return frozenset(task.implementer_id for task in change.tasks if task.implementer_id is not None)


def require_right(actor: Actor, act: ChangeAct, change: Change) -> None:
    """Raise unless the act is this actor's: `NotFound` when the change is out of sight, else `Forbidden`."""
    right = RIGHTS[act]
    is_own = _has_part(actor, change)
    if not (is_own or actor.may(Permission.READ_ALL)):
        raise NotFound("change", change.id)
    is_entitled = any(actor.may(permission) for permission in right.permissions)
    if not is_entitled and not (right.is_also_of_its_people and is_own and actor.may(Permission.REQUEST_CHANGE)):
        raise Forbidden(right.permissions[0].value)
    if act in _NEEDS_AN_OUTSIDER:
        require_outsider(actor, change, right.permissions[0])
    if act is ChangeAct.CLOSE and actor.person_id in implementers(change):
        raise SegregationOfDuties(right.permissions[0], "an implementer")


def require_outsider(actor: Actor, change: Change, permission: Permission) -> None:
    """Raise `SegregationOfDuties` when the actor requested the change or implements any of it (D13)."""
    if actor.person_id is not None and actor.person_id in {change.requester_id, *implementers(change)}:
        raise SegregationOfDuties(permission, "requester or implementer")


def advance(act: ChangeAct, change: Change) -> None:
    """Move the change to the state that follows the act, or raise `InvalidTransition`."""
    following = LIFECYCLES[change.type].next(change.state, act)
    if act is ChangeAct.HOLD:
        change.held_state = change.state
    if act is ChangeAct.RESUME:
        following, change.held_state = change.held_state or following, None
    change.state = following


def viewer_can(actor: Actor, change: Change) -> list[ChangeAct]:
    """Return the acts that are possible in this state and allowed to this actor, in the table's order."""
    return [act for act in LIFECYCLES[change.type].allowed(change.state) if _is_allowed(actor, act, change)]


def _is_allowed(actor: Actor, act: ChangeAct, change: Change) -> bool:
    try:
        require_right(actor, act, change)
    except (Forbidden, NotFound):
        return False
    return True


def _has_part(actor: Actor, change: Change) -> bool:
    return actor.person_id == change.requester_id or actor.person_id in implementers(change)
