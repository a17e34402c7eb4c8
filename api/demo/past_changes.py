"""Two years of changes, made up from the seed: who did what to what, and how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from api.demo.change_models import MODELS, TEAM_RECORD, ModelRow
from api.demo.dates import ZONE, Timeline, local_instant
from api.demo.landscape import ITEMS
from api.demo.people import members_of
from api.demo.register import Register
from domain.change.model import (
    Change,
    ChangeOutcome,
    ChangeState,
    ChangeTarget,
    ChangeTask,
    ChangeType,
    RollbackState,
    TestState,
)
from domain.ci.model import ConfigurationItem
from domain.people.model import Person, Team

HOW_MANY = 800
OLDEST_DAYS, LATEST_DAYS = 730, 9
EVENING = (time(18), time(19, 30), time(20), time(21), time(22), time(23))
WITH_ISSUES_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class PastChange:
    """A closed change with the name of the item it was on and whether it harmed a service."""

    change: Change
    target: str
    has_failed: bool


def past_changes(register: Register, timeline: Timeline, dice: Random) -> Iterator[PastChange]:
    """Yield closed changes in the order they were recorded."""
    ages = sorted((dice.uniform(LATEST_DAYS, OLDEST_DAYS) for _ in range(HOW_MANY)), reverse=True)
    for number, age in enumerate(ages, 1):
        model = dice.choices(MODELS, [row.share for row in MODELS])[0]
        team = dice.choice(model.teams)
        target = dice.choice(_candidates(model, team))
        start = _evening(timeline.ago(age), dice)
        yield _past_change(register, _Facts(number, model, team, target, start), dice)


@dataclass(frozen=True, slots=True)
class _Facts:
    number: int
    model: ModelRow
    team: str
    target: str
    start: datetime


def _candidates(model: ModelRow, team: str) -> list[str]:
    """Return what a team changes with a model: its own items, or any of the classes where it owns none."""
    suitable = [row for row in ITEMS.values() if row.kind in model.classes]
    return [row.name for row in suitable if row.team == team] or [row.name for row in suitable]


def _evening(around: datetime, dice: Random) -> datetime:
    return local_instant(around.astimezone(ZONE).date(), dice.choice(EVENING))


def _past_change(register: Register, facts: _Facts, dice: Random) -> PastChange:
    model = facts.model
    has_failed = dice.random() < model.failures / 100 * TEAM_RECORD.get(facts.team, 1.0)
    has_issues = not has_failed and dice.random() < WITH_ISSUES_SHARE
    end = facts.start + timedelta(minutes=model.minutes)
    overrun = timedelta(minutes=round(dice.uniform(30, 150)) if has_failed else round(dice.uniform(-25, 15)))
    people = members_of(facts.team)
    requester, implementer = dice.choice(people), people[-1]
    recorded = facts.start - timedelta(days=round(dice.uniform(3, 21)), hours=5)
    if model.type is ChangeType.EMERGENCY:
        recorded = facts.start - timedelta(hours=3)
    change_id = register.enter(Change, f"past {facts.number}")
    ci_id = register.id_of(ConfigurationItem, facts.target)
    change = Change(
        id=change_id,
        number="",
        external_id=None,
        title=dice.choice(model.titles).format(ci=facts.target),
        description=f"{model.name} by {facts.team}.",
        type=model.type,
        model=model.name,
        state=ChangeState.CLOSED,
        requester_id=register.id_of(Person, requester),
        team_id=register.id_of(Team, facts.team),
        planned_start=facts.start,
        planned_end=end,
        actual_start=facts.start,
        actual_end=end + overrun,
        rollback_minutes=30,
        test_state=TestState.PARTIAL,
        rollback_state=RollbackState.DOCUMENTED,
        rollback_plan="Restore the previous state.",
        outcome=_outcome(has_failed=has_failed, has_issues=has_issues, dice=dice),
        has_service_effect=has_failed,
        review="Discussed in the review of the month." if has_failed or has_issues else None,
        recorded_at=recorded,
        submitted_at=recorded + timedelta(minutes=40),
        assessed_at=recorded + timedelta(hours=1),
        decided_at=facts.start - timedelta(hours=2),
        closed_at=end + overrun + timedelta(hours=20),
        targets=[ChangeTarget(id=register.new_id(), change_id=change_id, ci_id=ci_id)],
        tasks=[
            ChangeTask(
                id=register.new_id(),
                change_id=change_id,
                title="Carry out the change",
                ci_id=ci_id,
                implementer_id=register.id_of(Person, implementer),
                start=facts.start,
                end=end,
            )
        ],
    )
    return PastChange(change, facts.target, has_failed)


def _outcome(*, has_failed: bool, has_issues: bool, dice: Random) -> ChangeOutcome:
    if has_failed:
        return dice.choice((ChangeOutcome.UNSUCCESSFUL, ChangeOutcome.BACKED_OUT))
    return ChangeOutcome.SUCCESSFUL_WITH_ISSUES if has_issues else ChangeOutcome.SUCCESSFUL
