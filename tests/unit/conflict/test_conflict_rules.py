"""Conflicts with calendars, people, incidents and limits by example, and who takes part (ENGINES 3.2 and 3.3)."""

from typing import Any

import pytest

from domain.change.model import ChangeState
from domain.conflict.context import (
    ApprovalFacts,
    Approver,
    Blackout,
    BlackoutScope,
    CapacityLimit,
    CapacitySubject,
    OpenIncident,
    PersonFacts,
)
from domain.conflict.footprint import PlannedChange, PlannedTask, reach, span
from domain.conflict.model import ConflictCode, ConflictKind, ConflictSeverity
from domain.conflict.weights import joint_weight, severity_weights
from domain.kernel.intervals import Interval
from tests.unit.conflict.conflict_worlds import HOUR, LATER, MINUTE, NIGHT, Estate, codes, found, only

# BLACKOUT and maintenance


def freeze(scope: BlackoutScope, window: Interval = (HOUR, 9 * HOUR)) -> tuple[Blackout, ...]:
    return (Blackout("freeze-1", "Year end", (window,), scope),)


@pytest.mark.parametrize(
    "scope",
    [
        BlackoutScope(is_organisation_wide=True),
        BlackoutScope(ci_ids=frozenset({"app"})),
        BlackoutScope(service_ids=frozenset({"payments"})),
        BlackoutScope(classes=frozenset({"server"})),
        BlackoutScope(sites=frozenset({"north"})),
    ],
)
def test_a_change_in_a_freeze_that_concerns_it_is_blocked(bank: Estate, scope: BlackoutScope) -> None:
    change = bank.change("CHG-1", NIGHT, ["app"], classes=frozenset({"server"}), sites=frozenset({"north"}))
    hit = only(found(bank, change, blackouts=freeze(scope)))
    assert (hit.code, hit.severity, hit.subject) == (ConflictCode.BLACKOUT, ConflictSeverity.BLOCKER, "freeze-1")
    assert hit.window == (HOUR, 2 * HOUR)
    assert hit.message == "CHG-1 runs into the freeze 'Year end'."


def test_a_freeze_of_a_minor_service_or_of_something_else_does_not_concern_it(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["mail"])
    for scope in (BlackoutScope(service_ids=frozenset({"news"})), BlackoutScope(ci_ids=frozenset({"app"}))):
        assert found(bank, change, blackouts=freeze(scope)) == []


def test_a_freeze_counts_against_the_reserve_but_not_when_it_only_touches(bank: Estate) -> None:
    everywhere = freeze(BlackoutScope(is_organisation_wide=True), LATER)
    assert found(bank, bank.change("CHG-1", NIGHT, ["mail"]), blackouts=everywhere) == []
    assert codes(found(bank, bank.change("CHG-1", NIGHT, ["mail"], reserve_seconds=60), blackouts=everywhere))


def test_an_exemption_turns_a_freeze_into_information(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["mail"], exemptions=frozenset({"freeze-1"}))
    hit = only(found(bank, change, blackouts=freeze(BlackoutScope(is_organisation_wide=True))))
    assert (hit.kind, hit.severity, hit.weight) == (ConflictKind.EXEMPTED, ConflictSeverity.INFO, 0.0)


def test_outside_maintenance_weighs_the_uncovered_share(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["mail"])
    hit = only(found(bank, change, ci_maintenance={"mail": ((0, HOUR), (HOUR, HOUR + 30 * MINUTE))}))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.OUTSIDE_MAINT, ConflictSeverity.MAJOR, 0.5 * 0.25)
    assert found(bank, change, ci_maintenance={"mail": ((0, HOUR), (HOUR, 2 * HOUR)), "san": ()}) == []


def test_maintenance_binds_the_downtime_where_one_is_given(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["mail"], downtime=(0, HOUR))
    assert found(bank, change, ci_maintenance={"mail": ((0, HOUR),)}) == []


def test_impacted_services_have_maintenance_windows_too(bank: Estate) -> None:
    change, schedule = bank.change("CHG-1", NIGHT, ["app"]), {"payments": ((0, HOUR),)}
    hit = only(found(bank, change, service_maintenance=schedule))
    assert (hit.code, hit.severity) == (ConflictCode.IMPACTED_OUTSIDE_MAINT, ConflictSeverity.MINOR)
    bank.edges["r2"] = ("app", "payments", 0.4, False)
    assert found(bank, bank.change("CHG-1", NIGHT, ["app"]), service_maintenance=schedule) == []


# PERSON, APPROVER


def with_task(estate: Estate, number: str, ci_id: str, window: Interval, who: str = "ana") -> PlannedChange:
    return estate.change(number, (0, 4 * HOUR), [ci_id], tasks=(PlannedTask(f"t-{number}", who, window),))


def test_one_person_cannot_be_in_two_places(bank: Estate) -> None:
    first, second = with_task(bank, "CHG-1", "mail", NIGHT), with_task(bank, "CHG-2", "san", (HOUR, 3 * HOUR))
    hit = only(found(bank, first, second, names={"ana": "Ana Lindt"}))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.PERSON, ConflictSeverity.MAJOR, 0.4)
    assert (hit.subject, hit.window) == ("ana", (HOUR, 2 * HOUR))
    assert hit.message == "Ana Lindt can carry 1 task at once, but is planned for more by CHG-1 and CHG-2."
    assert found(bank, first, with_task(bank, "CHG-2", "san", LATER)) == []
    assert found(bank, first, second, people={"ana": PersonFacts(capacity=2)}) == []


def test_a_person_off_shift_or_on_leave_during_a_task(bank: Estate) -> None:
    change = with_task(bank, "CHG-1", "mail", NIGHT)
    off = only(found(bank, change, people={"ana": PersonFacts(shift=((HOUR, 9 * HOUR),))}))
    assert (off.code, off.kind, off.window) == (ConflictCode.PERSON, ConflictKind.ABSENCE, (0, HOUR))
    away = only(found(bank, change, people={"ana": PersonFacts(leave=((2 * HOUR - 60, 9 * HOUR),))}))
    assert away.message == "ana is on leave during tasks of CHG-1."
    assert found(bank, change, people={"ana": PersonFacts(shift=(NIGHT,), leave=(LATER,))}) == []


@pytest.mark.parametrize(
    ("approver", "can_decide"),
    [
        (Approver("cab"), True),
        (Approver("cab", available=((0, HOUR),)), True),
        (Approver("cab", available=((HOUR, 2 * HOUR),)), False),
        (Approver("cab", available=(), delegate_id="dee"), True),
        (Approver("cab", available=(), delegate_id="ana"), False),
        (Approver("ana"), False),
        (Approver("ana", delegate_id="dee"), False),
        (Approver("req"), False),
    ],
)
def test_somebody_else_must_be_there_to_approve(bank: Estate, approver: Approver, can_decide: bool) -> None:
    change = bank.change("CHG-1", LATER, ["mail"], requester_id="req", tasks=(PlannedTask("t", "ana"),))
    hits = found(bank, change, approvals={"CHG-1": ApprovalFacts(HOUR, (approver,))})
    assert codes(hits) == [] if can_decide else [ConflictCode.APPROVER]


def test_nothing_is_said_of_approval_before_the_change_is_scored(bank: Estate) -> None:
    assert found(bank, bank.change("CHG-1", NIGHT, ["mail"])) == []


# ACTIVE_INCIDENT, CAPACITY, UNSCHEDULED


@pytest.mark.parametrize(
    ("priority", "severity", "weight"), [(1, ConflictSeverity.BLOCKER, 0.9), (2, ConflictSeverity.MAJOR, 0.6)]
)
def test_an_open_incident_where_a_change_is_about_to_start(
    bank: Estate, priority: int, severity: ConflictSeverity, weight: float
) -> None:
    incident = OpenIncident("i-1", "INC-7", priority, frozenset({"payments"}))
    change = bank.change("CHG-1", (24 * HOUR - 1, 25 * HOUR), ["app"])
    hit = only(found(bank, change, incidents=(incident,)))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.ACTIVE_INCIDENT, severity, weight)
    assert (hit.subject, hit.cis[0].id) == ("i-1", "payments")
    assert found(bank, bank.change("CHG-1", (24 * HOUR, 25 * HOUR), ["app"]), incidents=(incident,)) == []
    assert found(bank, bank.change("CHG-1", NIGHT, ["mail"]), incidents=(incident,)) == []


def test_more_changes_at_once_than_a_site_can_take(bank: Estate) -> None:
    limit = (CapacityLimit(CapacitySubject.SITE, "north", 2),)
    plan = [
        bank.change(f"CHG-{ci}", (start, 3 * HOUR), [ci], sites=frozenset({"north"}))
        for start, ci in [(0, "mail"), (HOUR, "san"), (2 * HOUR, "front-a")]
    ]
    assert found(bank, *plan[:2], capacity_limits=limit) == []
    hit = only(found(bank, *plan, capacity_limits=limit))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.CAPACITY, ConflictSeverity.MINOR, 0.2)
    assert (hit.subject, hit.window) == ("SITE:north", (2 * HOUR, 3 * HOUR))


def test_a_team_limit_counts_its_own_changes_and_not_the_reserve(bank: Estate) -> None:
    limit = (CapacityLimit(CapacitySubject.TEAM, "dba", 1),)
    first = bank.change("CHG-1", NIGHT, ["mail"], team_id="dba", reserve_seconds=HOUR)
    assert codes(found(bank, first, bank.change("CHG-2", NIGHT, ["san"], team_id="dba"), capacity_limits=limit))
    assert found(bank, first, bank.change("CHG-2", LATER, ["san"], team_id="dba"), capacity_limits=limit) == []
    assert found(bank, first, bank.change("CHG-2", NIGHT, ["san"], team_id="web"), capacity_limits=limit) == []


def test_a_change_without_window_is_noted_and_meets_nobody(bank: Estate) -> None:
    hits = found(bank, bank.change("CHG-1", None, ["mail"]), bank.change("CHG-2", NIGHT, ["mail"]))
    assert [(hit.code, hit.severity, hit.change_ids) for hit in hits] == [
        (ConflictCode.UNSCHEDULED, ConflictSeverity.INFO, ("CHG-1",))
    ]


@pytest.mark.parametrize(
    ("facts", "takes_part"),
    [
        ({"state": ChangeState.ASSESS}, True),
        ({"state": ChangeState.IMPLEMENT}, True),
        ({"state": ChangeState.NEW}, False),
        ({"state": ChangeState.NEW, "is_on_demand": True}, True),
        ({"state": ChangeState.CLOSED, "is_on_demand": True}, False),
        ({"state": ChangeState.CANCELLED}, False),
        ({"is_excluded": True}, False),
    ],
)
def test_only_open_changes_take_part(bank: Estate, facts: dict[str, Any], takes_part: bool) -> None:
    other = bank.change("CHG-2", NIGHT, ["mail"])
    assert bool(found(bank, bank.change("CHG-1", NIGHT, ["mail"], **facts), other)) == takes_part


# records, windows and what risk is told


def test_span_holds_every_window_and_reach_the_bake_time(bank: Estate) -> None:
    task = PlannedTask("t", "ana", (0, HOUR))
    change = bank.change(
        "CHG-1", (HOUR, 2 * HOUR), ["mail"], prep_seconds=60, reserve_seconds=90, bake_seconds=HOUR, tasks=(task,)
    )
    assert span(change) == (0, 2 * HOUR + 90)
    assert reach(change) == (0, 3 * HOUR)


def test_risk_hears_the_weights_without_the_approver(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["mail"], requester_id="req")
    hits = found(
        bank,
        change,
        bank.change("CHG-2", NIGHT, ["mail"]),
        approvals={"CHG-1": ApprovalFacts(HOUR, ())},
        blackouts=freeze(BlackoutScope(ci_ids=frozenset({"mail"}))),
    )
    assert ConflictCode.APPROVER in codes(hits)
    mine = [hit for hit in hits if "CHG-1" in hit.change_ids]
    assert sorted(severity_weights(mine)) == [0.6, 0.9]
    assert joint_weight(mine) == pytest.approx(1 - 0.4 * 0.1)
    assert joint_weight([]) == 0.0


def test_at_most_five_cis_are_shown_and_all_are_counted() -> None:
    estate, cis = Estate(), [f"ci-{number}" for number in range(8)]
    hit = only(found(estate, estate.change("CHG-1", NIGHT, cis), estate.change("CHG-2", NIGHT, cis)))
    assert [ci.id for ci in hit.cis] == cis[:5]
    assert hit.total_cis == 8
    assert hit.message == "CHG-1 and CHG-2 both work on ci-0, ci-1, ci-2 and 5 more."
