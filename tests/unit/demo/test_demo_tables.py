"""What the tables of the demo say is what the API would take: the same rules hold, and every name means something."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.cab.model import CabMeeting, CabSeries
from domain.cab.rules import member_issues, series_issues
from domain.calendar.model import Calendar
from domain.calendar.rules import calendar_issues
from domain.change.model import Change, ChangeModel, ChangeState, ChangeType
from domain.change.rules import (
    change_issues,
    evidence_issues,
    model_issues,
    schedule_issues,
    submission_issues,
    target_issues,
    task_issues,
)
from domain.change.window_rules import change_window_issues
from domain.change.windows import ChangeWindow
from domain.ci.model import BusinessService, CiClass, ConfigurationItem, RedundancyGroup, Relation
from domain.ci.rules import ci_issues, class_issues, redundancy_issues, stated_relation_issues
from domain.kernel.errors import Issue
from domain.people.model import CapacityLimit, Person, Team
from domain.people.rules import capacity_limit_issues, person_issues, team_issues
from tests.unit.demo.story import AS_OF, COMING, Story

RULES: dict[type[Any], Callable[[Any], list[Issue]]] = {
    Calendar: calendar_issues,
    Person: person_issues,
    Team: team_issues,
    CapacityLimit: capacity_limit_issues,
    CiClass: class_issues,
    ConfigurationItem: ci_issues,
    Relation: stated_relation_issues,
    RedundancyGroup: lambda group: redundancy_issues(group, AS_OF),
    ChangeModel: model_issues,
    ChangeWindow: change_window_issues,
    CabSeries: lambda board: [
        *series_issues(board),
        *member_issues([(seat.person_id, seat.role) for seat in board.members], board.quorum),
    ],
}


@pytest.mark.parametrize("noun", RULES, ids=lambda noun: noun.__name__)
def test_records_keep_the_rules_of_the_api(story: Story, noun: type[Any]) -> None:
    records = story.of(noun)
    assert records
    assert [issue for record in records for issue in RULES[noun](record)] == []


def test_changes_keep_the_rules_of_the_api(story: Story) -> None:
    models = {model.name: model for model in story.of(ChangeModel)}
    for change in story.of(Change):
        issues = [
            *change_issues(change),
            *evidence_issues(change),
            *schedule_issues(change),
            *target_issues([(target.ci_id, target.step) for target in change.targets]),
            *task_issues(change.tasks),
        ]
        if change.state is not ChangeState.NEW and change.type is not ChangeType.UNAUTHORISED:
            issues += submission_issues(change, models.get(change.model or ""))
        assert issues == [], change.title


def test_ids_are_unique(story: Story) -> None:
    # A business service is the same thing as its configuration item, and shares its id.
    ids = [record.id for record in story.records if not isinstance(record, BusinessService)]
    assert len(set(ids)) == len(ids)


def test_nothing_is_related_twice(story: Story) -> None:
    ends = Counter((relation.source_id, relation.type, relation.target_id) for relation in story.of(Relation))
    assert max(ends.values()) == 1


def test_the_estate_has_the_size_of_a_regional_bank(story: Story) -> None:
    assert 280 <= len(story.of(ConfigurationItem)) <= 320
    assert Counter(service.tier for service in story.of(BusinessService)) == {1: 4, 2: 3, 3: 3, 4: 2}
    assert len(COMING) in range(55, 80)


def test_meetings_come_on_wednesdays_for_five_weeks(story: Story) -> None:
    weekly = next(board for board in story.of(CabSeries) if not board.is_electronic)
    starts = [meeting.start for meeting in story.of(CabMeeting) if meeting.series_id == weekly.id]
    assert len(starts) == 5
    assert {start.strftime("%a") for start in starts} == {"Wed"}
    assert all(meeting.cut_off_at <= meeting.start for meeting in story.of(CabMeeting))


def test_part_of_the_map_is_stale_and_part_was_never_confirmed(story: Story) -> None:
    relations = story.of(Relation)
    stale = [r for r in relations if r.confirmed_at is not None and (AS_OF - r.confirmed_at).days > 3 * 365]
    never = [r for r in relations if r.confirmed_at is None]
    assert len(stale) >= 10
    assert len(never) >= 3
