"""Minutes, weights, the freeze and refused inputs of a planning problem (ENGINES 4.2)."""

import random
from dataclasses import replace

import pytest

from domain.cab.problem import is_frozen, item_minutes, item_weight
from domain.kernel.errors import InvalidInput
from domain.risk.model import RiskLevel
from tests.cab_worlds import DAY, NOW, random_problem


def test_minutes_by_level_and_three_more_per_unresolved_major_conflict() -> None:
    assert [item_minutes(level, 0) for level in RiskLevel] == [3, 6, 12, 20]
    assert item_minutes(RiskLevel.HIGH, 2) == 18


def test_weights_double_when_the_deadline_is_less_than_five_days_away() -> None:
    assert [item_weight(level, None, NOW) for level in RiskLevel] == [1, 3, 9, 27]
    assert item_weight(RiskLevel.HIGH, NOW + 5 * DAY, NOW) == 9
    assert item_weight(RiskLevel.HIGH, NOW + 5 * DAY - 1, NOW) == 18


def test_an_item_is_frozen_only_in_its_published_meeting_and_only_when_that_is_near() -> None:
    problem = random_problem(random.Random(1))
    meeting = problem.meetings[0]
    item = replace(problem.items[0], published_meeting=meeting.id)
    assert not is_frozen(item, meeting, meeting.freeze_from)
    assert is_frozen(item, meeting, meeting.freeze_from + 1)
    assert not is_frozen(replace(item, published_meeting=None), meeting, meeting.freeze_from + 1)
    assert not is_frozen(item, None, meeting.freeze_from + 1)


def test_impossible_problems_are_refused() -> None:
    problem = random_problem(random.Random(1))
    with pytest.raises(InvalidInput, match="id twice"):
        replace(problem, items=(*problem.items, problem.items[0]))
    with pytest.raises(InvalidInput, match="minute"):
        replace(problem, items=(replace(problem.items[0], minutes=0), *problem.items[1:]))
    with pytest.raises(InvalidInput, match="wait for every meeting"):
        replace(problem, waiting_days={})
    with pytest.raises(InvalidInput, match="after the start"):
        replace(problem, meetings=(replace(problem.meetings[0], end=problem.meetings[0].start),))
