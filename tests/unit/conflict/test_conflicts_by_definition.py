"""O1: the conflicts kept edit by edit are those of the final plan, and these are what the definitions say."""

import random
from collections.abc import Callable
from itertools import combinations

from domain.conflict.book import ConflictBook
from domain.conflict.detector import detect_all
from domain.conflict.footprint import scheduled
from domain.conflict.instants import InstantFinding
from domain.conflict.joint_outages import joint_outages
from domain.conflict.model import Conflict, ConflictCode
from domain.conflict.workload import workload_findings
from tests.unit.conflict.conflict_oracle import Oracle, facts_of
from tests.unit.conflict.conflict_worlds import World, random_world


def act(world: World, book: ConflictBook) -> None:
    """One random edit of the world and the same in the book."""
    draw = world.dice.random()
    if draw < 0.7:
        book.put(world.put_random())
    elif draw < 0.8 and world.plan:
        change_id = world.dice.choice(sorted(world.plan))
        del world.plan[change_id]
        book.remove(change_id)
    elif draw < 0.9:
        affected = world.edit_relation()
        book.amend(world.context(), affected)
    elif draw < 0.95:
        affected = world.edit_outage()
        book.amend(world.context(), affected)
    else:
        affected = world.edit_facts()
        book.amend(world.context(), affected)


def is_larger_outage(conflict: Conflict) -> bool:
    return conflict.code is ConflictCode.REDUNDANCY and len(conflict.change_ids) > 2


def check_larger_outages(oracle: Oracle, findings: list[InstantFinding]) -> None:
    """Every stored set is true and minimal, and every (t, v) without a single or pair that has a set has one."""
    stored = {(finding.instant, finding.subject): finding for finding in findings}
    assert len(stored) == len(findings)
    expected = set()
    for instant in oracle.instants():
        active, lost = oracle.larger(instant)
        expected |= {(instant, ci_id) for ci_id in lost}
        for ci_id in lost:
            culprits = [active[change_id] for change_id in stored[instant, ci_id].change_ids]
            assert len(culprits) >= 3
            assert oracle.takes_down(ci_id, culprits, instant)
            assert not any(oracle.apart(a, b) for a, b in combinations(culprits, 2))
            for left_out in culprits:
                fewer = [change for change in culprits if change is not left_out]
                assert not oracle.takes_down(ci_id, fewer, instant)
    assert stored.keys() == expected


def test_o1_incremental_detection_equals_brute_force_on_the_final_state(worlds: Callable[[int], int]) -> None:
    seen = larger = 0
    for seed in range(worlds(1_500)):
        world = random_world(random.Random(seed))
        book = ConflictBook(world.context())
        for _ in range(world.dice.randint(8, 26)):
            act(world, book)
        context = world.context()
        truth = detect_all(world.plan.values(), context)
        assert book.conflicts() == truth, f"seed {seed}"
        oracle = Oracle(world.plan.values(), world.estate, world.down, context)
        found = dict(facts_of(hit) for hit in truth if not is_larger_outage(hit))
        assert found == oracle.records(), f"seed {seed}"
        plan = [planned for key in sorted(world.plan) if (planned := scheduled(world.plan[key]))]
        outages = list(joint_outages(plan, None, context))
        check_larger_outages(oracle, outages)
        assert book.findings() == sorted({*outages, *workload_findings(plan, None, context)}), f"seed {seed}"
        seen += len(truth)
        larger += sum(is_larger_outage(hit) for hit in truth)
    assert seen > 100
    assert larger > 0
