"""What each step of a change needs."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.change.model import (
    Change,
    ChangeDecision,
    ChangeModel,
    ChangeOutcome,
    ChangeTask,
    ChangeType,
    DecisionKind,
)
from domain.change.rules import needs_review, submission_issues, task_issues, waits_for

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def a_change(change_type: ChangeType = ChangeType.NORMAL, *said: DecisionKind) -> Change:
    change = Change(id="c", number="CHG-1", external_id=None, title="Upgrade", type=change_type, recorded_at=NOW)
    change.decisions = [
        ChangeDecision(id=kind, change_id="c", kind=kind, decided_by="cyd", decided_at=NOW) for kind in said
    ]
    return change


@pytest.mark.requirement("R200")
@pytest.mark.parametrize(
    ("change", "outcome", "has_caused_incident", "expected"),
    [
        (a_change(), ChangeOutcome.SUCCESSFUL, False, False),
        (a_change(ChangeType.NORMAL, DecisionKind.ASK, DecisionKind.APPROVE), ChangeOutcome.SUCCESSFUL, False, False),
        (a_change(ChangeType.EMERGENCY), ChangeOutcome.SUCCESSFUL, False, False),
        (a_change(ChangeType.MAJOR), ChangeOutcome.SUCCESSFUL, False, True),
        (a_change(ChangeType.UNAUTHORISED), ChangeOutcome.SUCCESSFUL, False, True),
        (a_change(), ChangeOutcome.SUCCESSFUL, True, True),
        (a_change(), ChangeOutcome.SUCCESSFUL_WITH_ISSUES, False, True),
        (a_change(), ChangeOutcome.UNSUCCESSFUL, False, True),
        (a_change(), ChangeOutcome.BACKED_OUT, False, True),
        (a_change(ChangeType.NORMAL, DecisionKind.APPROVE_WITH_CONDITIONS), ChangeOutcome.SUCCESSFUL, False, True),
    ],
)
def test_who_is_reviewed(change: Change, outcome: ChangeOutcome, has_caused_incident: bool, expected: bool) -> None:
    assert needs_review(change, outcome, has_caused_incident=has_caused_incident) is expected


@pytest.mark.requirement("R140", "R189", "R188")
@pytest.mark.parametrize(
    ("change_type", "missing"),
    [
        (ChangeType.NORMAL, "description targets window rollback_plan"),
        (ChangeType.EMERGENCY, "description targets window rollback_plan"),
        (ChangeType.STANDARD, "description targets window rollback_plan model"),
        (ChangeType.UNAUTHORISED, "description targets window"),
    ],
)
def test_an_empty_request_lacks_everything_at_once(change_type: ChangeType, missing: str) -> None:
    assert [issue.path for issue in submission_issues(a_change(change_type), None)] == missing.split()


@pytest.mark.parametrize(("is_pre_approved", "is_refused"), [(True, False), (False, True)])
def test_a_template_counts_when_it_is_pre_approved(is_pre_approved: bool, is_refused: bool) -> None:
    """D14."""
    model = ChangeModel(id="m", name="patch", type=ChangeType.STANDARD, is_pre_approved=is_pre_approved)
    paths = {issue.path for issue in submission_issues(a_change(ChangeType.STANDARD), model)}
    assert ("model" in paths) is is_refused


def task(step: int, hour: int | None) -> ChangeTask:
    start = None if hour is None else NOW + timedelta(hours=hour)
    end = None if start is None else start + timedelta(hours=2)
    return ChangeTask(id=f"{step}-{hour}", change_id="c", title="Work", step=step, start=start, end=end)


@pytest.mark.parametrize(
    ("tasks", "faults"),
    [
        ([task(1, 0), task(2, 1), task(2, 0)], []),
        ([task(2, 5), task(1, 0)], []),
        ([task(1, 3), task(2, None), task(3, 1)], ["tasks.2.window.start"]),
        ([task(3, 0), task(1, 2)], ["tasks.0.window.start"]),
    ],
)
def test_a_later_step_does_not_start_before_an_earlier_one(tasks: list[ChangeTask], faults: list[str]) -> None:
    assert [issue.path for issue in task_issues(tasks)] == faults


def test_waiting_goes_over_any_number_of_steps() -> None:
    assert waits_for({"a": ["b"], "b": ["c", "d"], "d": ["b"]}, "a") == {"b", "c", "d"}
    assert waits_for({"a": ["b"], "b": ["a"]}, "a") == {"a", "b"}
    assert waits_for({}, "a") == frozenset()
