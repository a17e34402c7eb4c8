"""Partial input, and the checks of single fields."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.cab.model import CabSeries
from domain.cab.rules import SeriesFacts
from domain.calendar.model import Calendar
from domain.calendar.rules import CalendarFacts
from domain.change.model import Change, ChangeModel
from domain.change.rules import ChangeFacts, ChangeModelFacts
from domain.change.window_rules import WindowFacts
from domain.change.windows import ChangeWindow
from domain.ci.model import BusinessService, CiClass, ConfigurationItem, RedundancyGroup, Relation
from domain.ci.rules import CiClassFacts, CiFacts, GroupFacts, RelationFacts, ServiceFacts
from domain.incident.model import Incident
from domain.incident.rules import IncidentFacts
from domain.kernel.absent import ABSENT, apply_facts, stated
from domain.kernel.checks import (
    LINE,
    attribute_issues,
    instant_issues,
    missing_issues,
    prose_issues,
    range_issues,
    repeat_issues,
    text_issues,
    window_issues,
)
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.people.rules import PersonFacts, TeamFacts
from domain.problem.model import Problem
from domain.problem.rules import ProblemFacts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAIVE = datetime.fromisoformat("2026-11-23T12:00")


@pytest.mark.parametrize(
    ("record", "facts"),
    [
        (Calendar, CalendarFacts),
        (Person, PersonFacts),
        (Team, TeamFacts),
        (CiClass, CiClassFacts),
        (ConfigurationItem, CiFacts),
        (BusinessService, ServiceFacts),
        (Relation, RelationFacts),
        (RedundancyGroup, GroupFacts),
        (Incident, IncidentFacts),
        (Problem, ProblemFacts),
        (Change, ChangeFacts),
        (ChangeModel, ChangeModelFacts),
        (ChangeWindow, WindowFacts),
        (CabSeries, SeriesFacts),
    ],
)
def test_facts_say_what_the_record_holds_and_nothing_by_default(record: type[Any], facts: type[Any]) -> None:
    assert {field.name for field in fields(facts)} <= {field.name for field in fields(record)}
    assert stated(facts()) == {}


def test_absent_is_left_none_clears_and_text_is_trimmed() -> None:
    person = Person(id="ada", external_id="hr-1", name="Ada", email="ada@example.org", site="Berlin")
    apply_facts(person, PersonFacts(name="  Ada L. ", email=None, site=ABSENT))
    assert (person.name, person.email, person.site) == ("Ada L.", None, "Berlin")
    assert not ABSENT


@pytest.mark.parametrize(
    ("value", "required", "message"),
    [
        ("web", True, None),
        (None, False, None),
        (None, True, "is required"),
        ("", True, "is required"),
        ("", False, "must not be blank"),
        ("x" * LINE, False, None),
        ("x" * (LINE + 1), False, "must not be longer than 200"),
        ("a\x00b", False, "holds a character"),
        ("a\ud800b", False, "holds a character"),
        ("数据库", True, None),
    ],
)
def test_text(value: str | None, required: bool, message: str | None) -> None:
    issues = text_issues("name", value, required=required)
    assert [issue.path for issue in issues] == ([] if message is None else ["name"])
    assert all(issue.message.startswith(message or "") for issue in issues)


def test_prose_may_be_blank_and_long() -> None:
    assert prose_issues("plan", "") == []
    assert prose_issues("plan", "x" * 20_000) == []
    assert len(prose_issues("plan", "x" * 20_001)) == 1
    assert prose_issues("plan", "", required=True) == [Issue("plan", "is required")]


@pytest.mark.parametrize(
    ("value", "is_fine"),
    [(None, True), (0, True), (1, True), (1.01, False), (-1, False), (float("nan"), False), (float("inf"), False)],
)
def test_range_holds_both_ends_and_no_nan(value: float | None, is_fine: bool) -> None:
    assert (range_issues("alpha", value, 0, 1) == []) is is_fine


@pytest.mark.parametrize(
    ("start", "end", "paths"),
    [
        (None, None, []),
        (NOON, NOON.replace(hour=13), []),
        (NOON, NOON, ["w.end"]),
        (NOON, None, ["w.end"]),
        (None, NOON, ["w.start"]),
        (NAIVE, NAIVE, ["w.start", "w.end"]),
    ],
)
def test_window(start: datetime | None, end: datetime | None, paths: list[str]) -> None:
    assert [issue.path for issue in window_issues("w", start, end)] == paths


def test_instants_are_aware_and_not_later_than_they_may_be() -> None:
    assert instant_issues("at", None) == instant_issues("at", NOON, not_after=NOON) == []
    assert len(instant_issues("at", NAIVE, not_after=NOON)) == 1
    assert len(instant_issues("at", NOON.replace(hour=13), not_after=NOON)) == 1


def test_lists_name_the_item() -> None:
    assert [issue.path for issue in repeat_issues("ids", ["a", "b", "a", "c"], besides=["c"])] == ["ids.2", "ids.3"]
    assert [issue.path for issue in missing_issues("ids", ["a", "b"], {"a"})] == ["ids.1"]


@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({"cores": 8, "model": "X", "is_virtual": True, "price": 1.5, "note": None}, []),
        ({"tree": {}}, ["a.tree"]),
        ({"big": 10**20}, ["a.big"]),
        ({"nan": float("nan")}, ["a.nan"]),
        ({"": 1}, ["a"]),
        ({f"k{number}": 1 for number in range(101)}, ["a"]),
    ],
)
def test_attributes_are_flat_and_bounded(attributes: dict[str, Any], faults: list[str]) -> None:
    assert [issue.path for issue in attribute_issues("a", attributes)] == faults
