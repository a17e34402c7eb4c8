"""The two tables that rule a change: what may follow what, and whose act it is."""

from datetime import UTC, datetime

import pytest

from domain.change.lifecycle import LIFECYCLES, RIGHTS, ChangeAct, advance, viewer_can
from domain.change.model import Change, ChangeState, ChangeTask, ChangeType
from domain.kernel.actor import Actor, Role
from domain.kernel.errors import InvalidTransition

FINAL = {ChangeState.CLOSED, ChangeState.CANCELLED}


def a_change(state: ChangeState, change_type: ChangeType = ChangeType.NORMAL) -> Change:
    change = Change(
        id="c",
        number="CHG-1",
        external_id=None,
        title="Upgrade",
        type=change_type,
        state=state,
        requester_id="ada",
        recorded_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    change.tasks = [ChangeTask(id="t", change_id="c", title="Upgrade", implementer_id="eve")]
    return change


def actor(role: Role, person: str | None = "bob") -> Actor:
    return Actor("token", "somebody", frozenset({role}), person)


def acts(text: str) -> list[ChangeAct]:
    return [ChangeAct(word) for word in text.split()]


@pytest.mark.parametrize("change_type", ChangeType)
def test_every_state_but_the_final_ones_leads_on(change_type: ChangeType) -> None:
    transitions = LIFECYCLES[change_type].transitions
    reached = {ChangeState.NEW}
    while more := {after for (state, _), after in transitions.items() if state in reached} - reached:
        reached |= more
    assert {state for state in reached if not LIFECYCLES[change_type].allowed(state)} == FINAL
    if change_type is not ChangeType.UNAUTHORISED:
        assert reached == set(ChangeState)


@pytest.mark.parametrize("change_type", ChangeType)
def test_nothing_is_implemented_without_an_approval(change_type: ChangeType) -> None:
    """Take the approvals out of the table: IMPLEMENT is out of reach."""
    approvals = {ChangeAct.APPROVE, ChangeAct.APPROVE_WITH_CONDITIONS}
    edges = [
        (state, after) for (state, act), after in LIFECYCLES[change_type].transitions.items() if act not in approvals
    ]
    reached = {ChangeState.NEW}
    while more := {after for state, after in edges if state in reached} - reached:
        reached |= more
    assert ChangeState.IMPLEMENT not in reached


def test_every_act_is_somebodys() -> None:
    assert set(RIGHTS) == set(ChangeAct)


@pytest.mark.parametrize("state", [state for state in ChangeState if state is not ChangeState.ON_HOLD])
def test_holding_and_resuming_changes_nothing(state: ChangeState) -> None:
    change = a_change(state)
    if ChangeAct.HOLD not in LIFECYCLES[change.type].allowed(state):
        with pytest.raises(InvalidTransition):
            advance(ChangeAct.HOLD, change)
        assert (change.state, change.held_state) == (state, None)
        return
    advance(ChangeAct.HOLD, change)
    assert (change.state, change.held_state) == (ChangeState.ON_HOLD, state)
    advance(ChangeAct.RESUME, change)
    assert (change.state, change.held_state) == (state, None)


@pytest.mark.parametrize(
    ("who", "state", "expected"),
    [
        (actor(Role.REQUESTER, "ada"), ChangeState.NEW, "UPDATE PLAN SCHEDULE ADD_EVIDENCE SUBMIT CANCEL"),
        (actor(Role.REQUESTER, "eve"), ChangeState.NEW, "UPDATE PLAN SCHEDULE ADD_EVIDENCE SUBMIT CANCEL"),
        (actor(Role.REQUESTER), ChangeState.NEW, ""),
        (actor(Role.AUDITOR), ChangeState.NEW, ""),
        (actor(Role.SUPPORT), ChangeState.ASSESS, "ADD_EVIDENCE ASSESS_RISK"),
        (actor(Role.CAB_MEMBER), ChangeState.AUTHORISE, "ASSESS_RISK APPROVE APPROVE_WITH_CONDITIONS ASK DEFER REJECT"),
        (actor(Role.CAB_MEMBER, "ada"), ChangeState.AUTHORISE, "ASSESS_RISK ASK DEFER REJECT"),
        (actor(Role.CAB_MEMBER, "eve"), ChangeState.AUTHORISE, "ASSESS_RISK ASK DEFER REJECT"),
        (actor(Role.SUPPORT), ChangeState.SCHEDULED, "ADD_EVIDENCE ASSESS_RISK START"),
        (actor(Role.CHANGE_MANAGER), ChangeState.REVIEW, "CLOSE EXCLUDE"),
        (actor(Role.CHANGE_MANAGER, "eve"), ChangeState.REVIEW, "EXCLUDE"),
        (actor(Role.ADMINISTRATOR, None), ChangeState.ON_HOLD, "RESUME CANCEL EXCLUDE"),
        (actor(Role.ADMINISTRATOR), ChangeState.CLOSED, ""),
    ],
)
def test_a_viewer_is_shown_what_is_possible_and_allowed(who: Actor, state: ChangeState, expected: str) -> None:
    """D13: requester (Ada) and implementer (Eve) are not offered to approve; R199: nor an implementer to close."""
    assert sorted(viewer_can(who, a_change(state))) == sorted(acts(expected))
