"""O2 to O8: what holds of conflicts in every plan (ENGINES 3.6)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest

from domain.conflict.acceptance import ConflictRecord, ConflictStatus, accept, reconcile
from domain.conflict.book import ConflictBook
from domain.conflict.detector import detect_all
from domain.conflict.footprint import PlannedChange, scheduled
from domain.conflict.model import Conflict, ConflictCode, ConflictKind, ConflictSeverity
from domain.conflict.pairs import pair_conflicts
from domain.conflict.reading import read_conflicts
from domain.kernel.errors import InvalidInput, InvalidTransition
from domain.kernel.intervals import Interval
from tests.unit.conflict.conflict_oracle import Facts, Key, facts_of
from tests.unit.conflict.conflict_worlds import QUARTER, World, random_world

Worlds = Callable[[int], int]


def random_plans(number: int, size: int = 6) -> Iterator[World]:
    """Yield worlds with a plan each: the same to every property, which may edit what it is given."""
    return (planned_world(seed, size).copy() for seed in range(number))


@cache
def planned_world(seed: int, size: int) -> World:
    world = random_world(random.Random(seed))
    for _ in range(size):
        world.put_random()
    world.edit_facts()
    return world


def pairs_of(world: World) -> Iterator[tuple[PlannedChange, PlannedChange]]:
    yield from combinations([change for change in world.plan.values() if scheduled(change)], 2)


def between(first: PlannedChange, second: PlannedChange, world: World) -> list[Conflict]:
    left, right = scheduled(first), scheduled(second)
    assert left is not None
    assert right is not None
    return list(pair_conflicts(left, right, world.context()))


def shifted(change: PlannedChange, by: int) -> PlannedChange:
    return replace(
        change,
        window=moved(change.window, by),
        downtime=moved(change.downtime, by),
        steps=tuple(replace(step, window=moved(step.window, by)) for step in change.steps),
        tasks=tuple(replace(task, window=moved(task.window, by)) for task in change.tasks),
    )


def moved(window: Interval | None, by: int) -> Interval | None:
    return window and (window[0] + by, window[1] + by)


def test_o2_a_pair_conflicts_alike_in_either_order(worlds: Worlds) -> None:
    met = 0
    for world in random_plans(worlds(2_000)):
        for first, second in pairs_of(world):
            found = between(first, second, world)
            assert found == between(second, first, world)
            met += len(found)
    assert met > 50


def test_o3_shifting_all_times_changes_nothing_but_the_times(worlds: Worlds) -> None:
    for world in random_plans(worlds(2_000)):
        by = world.dice.randrange(-1000, 1000) * 60
        world.facts = {key: value for key, value in world.facts.items() if key in {"hubs", "capacity_limits"}}

        def facts(plan: list[PlannedChange], back: int, world: World = world) -> dict[Key, Facts]:
            return {
                key: (*values[:3], moved(values[3], -back), *values[4:])
                for key, values in map(facts_of, detect_all(plan, world.context()))
            }

        plan = list(world.plan.values())
        assert facts([shifted(change, by) for change in plan], by) == facts(plan, 0)


def test_o4_touching_planned_windows_meet_by_reserve_or_soak_only(worlds: Worlds) -> None:
    met: set[ConflictCode] = set()
    for world in random_plans(worlds(2_000)):
        for first, second in pairs_of(world):
            assert first.window is not None
            end = first.window[1]
            earlier = replace(first, predecessors=frozenset())
            touching = replace(second, window=(end, end + QUARTER), downtime=None)
            for found in between(earlier, touching, world):
                assert found.kind is ConflictKind.RESERVE or found.code is ConflictCode.SOAK
                met.add(found.code)
    assert {ConflictCode.SOAK, ConflictCode.SAME_CI, ConflictCode.DEPENDENT_CI} <= met


def test_o4_shrinking_a_window_never_adds_a_pair_conflict_except_soak(worlds: Worlds) -> None:
    gone = 0
    for world in random_plans(worlds(2_000)):
        for first, second in pairs_of(world):
            assert first.window is not None
            start, end = first.window
            plain = replace(first, downtime=None, steps=tuple(replace(step, window=None) for step in first.steps))
            start += world.dice.randint(0, (end - start) // 120) * 60
            end -= world.dice.randint(0, (end - start) // 120) * 60
            before = {found.key for found in between(plain, second, world)}
            after = between(replace(plain, window=(start, end)), second, world)
            assert {found.key for found in after if found.code is not ConflictCode.SOAK} <= before
            gone += len(before) > len(after)
    assert gone > 0


def test_o4_adding_redundancy_never_adds_a_loss_joint_or_alone(worlds: Worlds) -> None:
    saved = 0
    for world in random_plans(worlds(2_000)):
        plan = [change.direct for change in world.plan.values()]
        weak = world.context().failures
        for key, (members, protected, min_up) in world.estate.groups.items():
            world.estate.groups[key] = ((*members, f"spare of {key}"), protected, min_up)
        strong = world.context().failures
        for first, second in combinations(plan, 2):
            before, after = weak.loss(first | second).lost, strong.loss(first | second).lost
            assert after | strong.baseline <= before | weak.baseline
            saved += after < before
    assert saved > 0


def test_o5_removing_then_re_adding_is_identity(worlds: Worlds) -> None:
    for world in random_plans(worlds(2_000)):
        book = ConflictBook(world.context())
        for change in world.plan.values():
            book.put(change)
        before = book.conflicts()
        absent = world.dice.choice(list(world.plan.values()))
        book.remove(absent.id)
        assert all(absent.id not in found.change_ids for found in book.conflicts())
        book.put(absent)
        assert book.conflicts() == before


def test_o6_splitting_a_maintenance_window_changes_nothing(worlds: Worlds) -> None:
    for world in random_plans(worlds(2_000)):
        whole = detect_all(world.plan.values(), world.context())
        for schedules in ("ci_maintenance", "service_maintenance"):
            world.facts[schedules] = {
                ci_id: tuple(part for start, end in windows for part in ((start, start + 60), (start + 60, end)))
                for ci_id, windows in world.facts[schedules].items()
            }
        assert detect_all(world.plan.values(), world.context()) == whole


def test_o7_a_cap_keeps_the_highest_severities(worlds: Worlds) -> None:
    ranks = list(ConflictSeverity)
    for world in random_plans(worlds(600), size=10):
        found = detect_all(world.plan.values(), world.context())
        page = read_conflicts(found, limit=5, cluster_from=10_000)
        shown = [entry for entry in page.entries if isinstance(entry, Conflict)]
        left_out = [hit for hit in found if hit not in shown]
        assert page.is_truncated == bool(left_out)
        assert page.total == len(found)
        for kept in shown:
            assert all(ranks.index(kept.severity) <= ranks.index(hit.severity) for hit in left_out)


def test_o8_an_acceptance_reopens_iff_the_facts_change(worlds: Worlds) -> None:
    kept = reopened = 0
    for world in random_plans(worlds(2_000)):
        records = {
            found.key: accept(ConflictRecord(found, position=1), "ana", "the teams sit together")
            for found in detect_all(world.plan.values(), world.context())
        }
        world.put_random()
        for found in detect_all(world.plan.values(), world.context()):
            record = reconcile(records.get(found.key), found, position=2)
            assert record is not None
            stored = records.get(found.key)
            is_same = stored is not None and facts_of(stored.conflict) == facts_of(found)
            if record.status is ConflictStatus.ACCEPTED:
                assert is_same
                kept += 1
            elif stored is not None:
                assert stored.conflict.fingerprint != found.fingerprint
                reopened += 1
    assert kept > 10
    assert reopened > 0


def some_conflict() -> Conflict:
    world = next(random_plans(1, size=10))
    return detect_all(world.plan.values(), world.context())[0]


def test_what_is_no_longer_found_is_resolved_and_cannot_be_accepted() -> None:
    record = reconcile(ConflictRecord(some_conflict(), position=1), None, position=2)
    assert record is not None
    assert record.status is ConflictStatus.RESOLVED
    with pytest.raises(InvalidTransition):
        accept(record, "ana", "never mind")


def test_an_acceptance_needs_a_reason() -> None:
    with pytest.raises(InvalidInput, match="reason"):
        accept(ConflictRecord(some_conflict(), position=1), "ana", "  ")


def test_a_result_of_an_older_position_never_replaces_a_newer_one() -> None:
    newer = ConflictRecord(some_conflict(), position=7)
    assert reconcile(newer, None, position=6) is newer
