"""Conflicts between changes by example, at their boundaries: CIs, redundancy, services, soak, order (ENGINES 3.3)."""

from typing import Any

import pytest

from domain.change.model import TaskAction
from domain.conflict.detector import conflicts_of
from domain.conflict.footprint import PlannedChange, PlannedTask, reserve_seconds
from domain.conflict.model import ConflictCode, ConflictKind, ConflictSeverity
from domain.kernel.intervals import Interval
from tests.unit.conflict.conflict_worlds import HOUR, LATER, MINUTE, NIGHT, Estate, codes, found, only

# SAME_CI


def test_two_changes_on_one_ci_at_one_time_conflict(bank: Estate) -> None:
    hit = only(found(bank, bank.change("CHG-1", NIGHT, ["mail"]), bank.change("CHG-2", (HOUR, 3 * HOUR), ["mail"])))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.SAME_CI, ConflictSeverity.MAJOR, 0.6)
    assert hit.change_ids == ("CHG-1", "CHG-2")
    assert hit.window == (HOUR, 2 * HOUR)
    assert [ci.id for ci in hit.cis] == ["mail"]
    assert hit.message == "CHG-1 and CHG-2 both work on mail."


def test_touching_windows_never_conflict(bank: Estate) -> None:
    assert found(bank, bank.change("CHG-1", NIGHT, ["mail"]), bank.change("CHG-2", LATER, ["mail"])) == []


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (PlannedTask("t", action=TaskAction.RESTART), PlannedTask("u")),
        (PlannedTask("t"), PlannedTask("u", action=TaskAction.REPLACE, ci_id="mail")),
        (PlannedTask("t", is_exclusive=True), PlannedTask("u", is_exclusive=True, ci_id="mail")),
    ],
)
def test_restart_replace_or_two_exclusive_tasks_on_one_ci_block(
    bank: Estate, mine: PlannedTask, theirs: PlannedTask
) -> None:
    first = bank.change("CHG-1", NIGHT, ["mail"], tasks=(mine,))
    hit = only(found(bank, first, bank.change("CHG-2", NIGHT, ["mail"], tasks=(theirs,))))
    assert (hit.severity, hit.weight) == (ConflictSeverity.BLOCKER, 0.9)


def test_one_exclusive_task_or_a_restart_elsewhere_does_not_block(bank: Estate) -> None:
    first = bank.change("CHG-1", NIGHT, ["mail"], tasks=(PlannedTask("t", is_exclusive=True),))
    elsewhere = PlannedTask("u", action=TaskAction.RESTART, ci_id="san")
    second = bank.change("CHG-2", NIGHT, ["mail", "san"], tasks=(elsewhere,))
    assert only(found(bank, first, second)).severity is ConflictSeverity.MAJOR


def test_overlap_of_the_reserve_only_is_minor(bank: Estate) -> None:
    first = bank.change("CHG-1", NIGHT, ["mail"], reserve_seconds=10 * MINUTE)
    hit = only(found(bank, first, bank.change("CHG-2", LATER, ["mail"])))
    assert (hit.kind, hit.severity, hit.weight) == (ConflictKind.RESERVE, ConflictSeverity.MINOR, 0.15)
    assert hit.window == (2 * HOUR, 2 * HOUR + 10 * MINUTE)
    assert "only in the time kept for preparing or backing out" in hit.message


def test_preparation_counts_like_reserve(bank: Estate) -> None:
    second = bank.change("CHG-2", LATER, ["mail"], prep_seconds=5 * MINUTE)
    assert only(found(bank, bank.change("CHG-1", NIGHT, ["mail"]), second)).kind is ConflictKind.RESERVE


@pytest.mark.parametrize("facts", [{"predecessors": {"CHG-1"}, "back_to_back": {"CHG-1"}}, {"bundle": "release-7"}])
def test_back_to_back_or_one_bundle_may_share_the_reserve(bank: Estate, facts: dict[str, Any]) -> None:
    facts = {key: frozenset(value) if isinstance(value, set) else value for key, value in facts.items()}
    first = bank.change("CHG-1", NIGHT, ["mail"], reserve_seconds=10 * MINUTE, bundle="release-7")
    assert found(bank, first, bank.change("CHG-2", LATER, ["mail"], **facts)) == []


def test_one_bundle_does_not_excuse_planned_overlap(bank: Estate) -> None:
    plan = [bank.change(number, NIGHT, ["mail"], bundle="release-7") for number in ("CHG-1", "CHG-2")]
    assert only(found(bank, *plan)).kind is ConflictKind.PLANNED


@pytest.mark.parametrize(
    ("rollback", "duration", "seconds"), [(0, HOUR, 0), (600, HOUR, 600), (None, HOUR, 900), (None, 3, 900)]
)
def test_reserve_is_rollback_else_a_quarter_else_15_minutes(rollback: int | None, duration: int, seconds: int) -> None:
    assert reserve_seconds(rollback, duration) == seconds


# DEPENDENT_CI


def test_work_behind_a_dependency_conflicts_by_degree(bank: Estate) -> None:
    hit = only(found(bank, bank.change("CHG-1", NIGHT, ["san"]), bank.change("CHG-2", NIGHT, ["db"])))
    assert (hit.code, hit.severity) == (ConflictCode.DEPENDENT_CI, ConflictSeverity.MAJOR)
    assert hit.weight == pytest.approx(0.2 + 0.3 * 0.6)
    assert (hit.cis[0].id, hit.cis[0].q, hit.cis[0].witness) == ("db", 0.6, ("san", "db"))


def test_effects_of_a_hub_are_compared_at_service_level(bank: Estate) -> None:
    plan = [bank.change("CHG-1", NIGHT, ["san"]), bank.change("CHG-2", NIGHT, ["db"])]
    assert codes(found(bank, *plan, hubs=frozenset({"san"}))) == [ConflictCode.SHARED_SERVICE]
    direct = [bank.change(number, NIGHT, ["san"]) for number in ("CHG-1", "CHG-2")]
    assert codes(found(bank, *direct, hubs=frozenset({"san"}))) == [ConflictCode.SAME_CI]


# REDUNDANCY


def test_two_harmless_changes_take_a_pair_down_together(bank: Estate) -> None:
    first, second = bank.change("CHG-1", NIGHT, ["front-a"]), bank.change("CHG-2", NIGHT, ["front-b"])
    hit = only(found(bank, first, second))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.REDUNDANCY, ConflictSeverity.BLOCKER, 0.9)
    assert (hit.cis[0].id, hit.cis[0].witness) == ("payments", ("front-a", "front-b", "payments"))
    assert hit.message == "CHG-1 and CHG-2 are harmless apart; together they take down payments."


def test_a_joint_loss_that_reaches_no_critical_service_is_major(bank: Estate) -> None:
    bank.service_tiers["payments"] = 3
    first, second = bank.change("CHG-1", NIGHT, ["front-a"]), bank.change("CHG-2", NIGHT, ["front-b"])
    assert only(found(bank, first, second)).severity is ConflictSeverity.MAJOR


def test_one_change_takes_the_last_member(bank: Estate) -> None:
    change = bank.change("CHG-1", NIGHT, ["front-a"])
    assert found(bank, change) == []
    hit = only(found(bank, change, already_down=["front-b"]))
    assert (hit.code, hit.change_ids) == (ConflictCode.REDUNDANCY, ("CHG-1",))
    assert found(bank, change, already_down=["payments"]) == []


def test_rolling_through_a_pair_takes_nothing_down(bank: Estate) -> None:
    assert found(bank, bank.change("CHG-1", NIGHT, steps={1: ["front-a"], 2: ["front-b"]})) == []


def test_a_step_with_its_own_window_counts_only_inside_it(bank: Estate) -> None:
    rolling = bank.change(
        "CHG-1", NIGHT, steps={1: ["mail"], 2: ["front-a"]}, step_windows=[(2, (HOUR, HOUR + 30 * MINUTE))]
    )
    before, during = bank.change("CHG-2", (0, HOUR), ["front-b"]), bank.change("CHG-2", (0, HOUR + 1), ["front-b"])
    assert ConflictCode.REDUNDANCY not in codes(found(bank, rolling, before))
    assert ConflictCode.REDUNDANCY in codes(found(bank, rolling, during))


def test_a_joint_loss_within_the_reserve_is_minor_and_excused_back_to_back(bank: Estate) -> None:
    first = bank.change("CHG-1", NIGHT, ["front-a"], reserve_seconds=600)
    assert only(found(bank, first, bank.change("CHG-2", LATER, ["front-b"]))).kind is ConflictKind.RESERVE
    follower = bank.change(
        "CHG-2", LATER, ["front-b"], predecessors=frozenset({"CHG-1"}), back_to_back=frozenset({"CHG-1"})
    )
    assert found(bank, first, follower) == []


def triple(windows: list[Interval], **facts: Any) -> tuple[Estate, list[PlannedChange]]:
    nodes = ("node-a", "node-b", "node-c")
    estate = Estate(groups={"cluster": (nodes, ("ledger",), 1)}, service_tiers={"ledger": 2})
    changes = [
        estate.change(f"CHG-{number}", window, [node], **facts)
        for number, (node, window) in enumerate(zip(nodes, windows, strict=True), 1)
    ]
    return estate, changes


def test_three_changes_take_a_cluster_of_three_down() -> None:
    estate, changes = triple([(0, 3 * HOUR), (HOUR, 4 * HOUR), (2 * HOUR, 5 * HOUR)])
    hit = only(found(estate, *changes))
    assert hit.change_ids == ("CHG-1", "CHG-2", "CHG-3")
    assert (hit.severity, hit.weight, hit.window) == (ConflictSeverity.BLOCKER, 0.9, (2 * HOUR, 3 * HOUR))
    assert "harmless one by one and two by two; all together they take down ledger" in hit.message


def test_three_changes_that_meet_two_by_two_by_reserve_only_are_minor() -> None:
    estate, changes = triple([(0, HOUR), (HOUR, 2 * HOUR), (0, 2 * HOUR)], reserve_seconds=600)
    hit = only(found(estate, *changes))
    assert (hit.kind, hit.severity) == (ConflictKind.RESERVE, ConflictSeverity.MINOR)
    bundled, plan = triple([(0, HOUR), (HOUR, 2 * HOUR), (0, 2 * HOUR)], reserve_seconds=600, bundle="release-7")
    assert found(bundled, *plan) == []


def test_two_that_keep_apart_hide_no_outage_of_three() -> None:
    estate = Estate()
    estate.groups["pair"] = (("node-a", "node-b"), ("ledger",), 1)
    estate.groups["trio"] = (("node-a", "disk-1", "disk-2"), ("ledger",), 1)
    first = estate.change("CHG-1", (0, HOUR), ["node-a"], reserve_seconds=HOUR, bundle="release-7")
    second = estate.change("CHG-2", (HOUR, 2 * HOUR), ["node-b"], bundle="release-7")
    disks = [estate.change(f"CHG-{number}", (HOUR, 2 * HOUR), [f"disk-{number - 2}"]) for number in (3, 4)]
    assert found(estate, first, second) == []
    hit = only(found(estate, first, second, *disks))
    assert (hit.change_ids, hit.kind) == (("CHG-1", "CHG-3", "CHG-4"), ConflictKind.RESERVE)


def test_an_outage_masked_by_a_change_is_seen_when_that_change_ends() -> None:
    estate, changes = triple([(0, 4 * HOUR)] * 3)
    mask = estate.change("CHG-9", (0, HOUR), ["ledger"])
    joint = [hit for hit in found(estate, *changes, mask) if hit.code is ConflictCode.REDUNDANCY]
    assert only(joint).window == (HOUR, 4 * HOUR)


def test_a_preview_names_only_the_conflicts_of_its_change() -> None:
    estate, changes = triple([(0, HOUR)] * 3)
    other = [estate.change(f"CHG-{number}", (0, HOUR), ["printer"]) for number in (4, 5)]
    hits = conflicts_of("CHG-1", [*changes, *other], estate.context())
    assert [hit.change_ids for hit in hits] == [("CHG-1", "CHG-2", "CHG-3")]


# SHARED_SERVICE, SOAK, ORDER


def test_a_critical_service_shared_muddies_attribution(bank: Estate) -> None:
    bank.edges["r5"] = ("cache", "payments", 0.5, False)
    hit = only(found(bank, bank.change("CHG-1", NIGHT, ["cache"]), bank.change("CHG-2", NIGHT, ["app"])))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.SHARED_SERVICE, ConflictSeverity.MINOR, 0.15)
    calm = bank.change("CHG-2", NIGHT, ["app"], downtime=(HOUR, 2 * HOUR))
    assert found(bank, bank.change("CHG-1", (0, HOUR), ["cache"]), calm) == []


def test_a_minor_service_shared_is_nobodys_business(bank: Estate) -> None:
    bank.edges["r5"] = ("cache", "news", 0.5, False)
    assert found(bank, bank.change("CHG-1", NIGHT, ["cache"]), bank.change("CHG-2", NIGHT, ["mail"])) == []


@pytest.mark.parametrize(("start", "is_soaking"), [(2 * HOUR, True), (3 * HOUR - 1, True), (3 * HOUR, False)])
def test_a_change_inside_the_bake_time_of_another(bank: Estate, start: int, is_soaking: bool) -> None:
    baking = bank.change("CHG-1", NIGHT, ["mail"], bake_seconds=HOUR)
    hits = found(bank, baking, bank.change("CHG-2", (start, start + HOUR), ["mail"]))
    assert codes(hits) == [ConflictCode.SOAK] * is_soaking


def test_a_successor_that_starts_before_its_predecessor_ends(bank: Estate) -> None:
    successor = bank.change("CHG-2", (2 * HOUR - 60, 3 * HOUR), ["news"], predecessors=frozenset({"CHG-1"}))
    hit = only(found(bank, bank.change("CHG-1", NIGHT, ["san"]), successor))
    assert (hit.code, hit.severity, hit.weight) == (ConflictCode.ORDER, ConflictSeverity.BLOCKER, 0.9)
    assert hit.message == "CHG-1 must be finished before CHG-2 starts, but ends 1 minute after that."


def test_order_is_found_however_far_apart_the_two_are(bank: Estate) -> None:
    early = bank.change("CHG-2", NIGHT, ["news"], predecessors=frozenset({"CHG-1"}))
    late = bank.change("CHG-1", (900 * HOUR, 901 * HOUR), ["san"])
    assert codes(found(bank, early, late)) == [ConflictCode.ORDER]
    in_time = bank.change("CHG-2", LATER, ["news"], predecessors=frozenset({"CHG-1"}))
    assert found(bank, bank.change("CHG-1", NIGHT, ["san"]), in_time) == []
