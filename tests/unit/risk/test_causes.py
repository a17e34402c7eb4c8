"""The cause ledger against ENGINES 1.3 written out, on random worlds; and what a person's verdict does to it."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from domain.ci.topology import ImpactEdge, ImpactGroup, Topology
from domain.incident.model import ChangeLinkType
from domain.risk.causes import StartedChange, cause_ledger, hops_to
from domain.risk.params import DAY, SHIPPED
from domain.risk.rates import RateTable
from tests.unit.risk.risk_worlds import AS_OF, MODELS, random_edge, random_group, random_past

NODES = [f"ci{number}" for number in range(8)]
VERDICTS = (None, None, None, *ChangeLinkType)


def fewest_hops(edges: Iterable[ImpactEdge], groups: Iterable[ImpactGroup], start: str, goal: str) -> int | None:
    """Forward search over single steps: the oracle of the backward one."""
    steps = {(edge.provider, edge.dependent) for edge in edges}
    steps |= {(member, held) for group in groups for member in group.members for held in group.protected}
    seen, hops = {start}, 0
    while goal not in seen:
        further = seen | {near for at, near in steps if at in seen}
        if further == seen:
            return None
        seen, hops = further, hops + 1
    return hops


def random_started(dice: random.Random, number: int) -> StartedChange:
    return StartedChange(
        id=f"chg{number}",
        type=dice.choice(("NORMAL", "EMERGENCY")),
        model=dice.choice(MODELS),
        started_at=AS_OF - dice.choice((0, 3600, 14 * DAY, 14 * DAY + 1, -1, dice.randrange(16 * DAY))),
        ci_ids=frozenset(dice.sample(NODES, dice.randint(1, 2))),
    )


def test_ranked_shares_equal_the_formula(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(4_000)):
        dice = random.Random(seed)
        edges = [random_edge(dice, NODES, number) for number in range(dice.randint(0, 12))]
        groups = [random_group(dice, NODES, NODES, number) for number in range(dice.randint(0, 2))]
        changes = [random_started(dice, number) for number in range(dice.randint(0, 5))]
        on = dice.sample(NODES, dice.randint(1, 2))
        rates = RateTable.build([random_past(dice, NODES, n) for n in range(10)], AS_OF, SHIPPED.rates)
        verdicts = {change.id: said for change in changes if (said := dice.choice(VERDICTS)) is not None}
        found = cause_ledger(AS_OF, changes, hops_to(Topology(edges, groups), on, NODES), rates, verdicts)

        weights: dict[str, float] = {}
        for change in changes:
            ways = [fewest_hops(edges, groups, start, goal) for start in change.ci_ids for goal in on]
            near = [hops for hops in ways if hops is not None]
            if near and 0 <= AS_OF - change.started_at <= 14 * DAY:
                rate = rates.of_model(change.model, change.type) if change.model else rates.of_type(change.type)
                hours = (AS_OF - change.started_at) / 3600
                weights[change.id] = 2.0 ** -min(near) * 2.0 ** (-hours / 24) * rate.value
        assert {one.change_id: pytest.approx(one.weight) for one in found.candidates} == weights
        caused = {c for c in weights if verdicts.get(c) is ChangeLinkType.CAUSED_BY}
        ruled_out = {c for c in weights if verdicts.get(c) in (ChangeLinkType.UNRELATED, ChangeLinkType.FIXED_BY)}
        standing = caused or weights.keys() - ruled_out
        none = 0.0 if caused else rates.organisation_rate / 2
        whole = sum(weights[c] for c in standing) + none
        shares = {c: weights[c] / whole if c in standing else 0.0 for c in weights}
        assert {one.change_id: one.share for one in found.candidates} == pytest.approx(shares)
        assert found.none_share == pytest.approx(none / whole)
        assert sum(one.share for one in found.candidates) + found.none_share == pytest.approx(1)
        assert [one.share for one in found.candidates] == sorted((one.share for one in found.candidates), reverse=True)


def change(number: int, **edits: object) -> StartedChange:
    plain = StartedChange(f"chg{number}", "NORMAL", "upgrade", AS_OF - 3600, frozenset({"db"}))
    return replace(plain, **edits)  # type: ignore[arg-type]


def ledger(*changes: StartedChange, said: dict[str, ChangeLinkType] | None = None):
    rates = RateTable.build([], AS_OF, SHIPPED.rates)
    return cause_ledger(AS_OF, changes, {"app": 0, "db": 1}, rates, said or {})


def test_nearer_and_later_changes_are_likelier() -> None:
    near, far = change(1, ci_ids=frozenset({"app"})), change(2)
    early = change(3, started_at=AS_OF - 2 * DAY)
    assert [one.change_id for one in ledger(early, far, near).candidates] == ["chg1", "chg2", "chg3"]
    parts = ledger(near).candidates[0]
    assert (parts.hops, parts.hours, parts.rate) == (0, 1.0, 0.03)


def test_without_candidates_it_was_none_of_them() -> None:
    assert ledger(change(1, ci_ids=frozenset({"elsewhere"}))).none_share == 1.0


def test_a_verdict_of_caused_by_leaves_nothing_to_the_others() -> None:
    found = ledger(change(1), change(2), said={"chg2": ChangeLinkType.CAUSED_BY})
    assert [(one.change_id, one.share) for one in found.candidates] == [("chg2", 1.0), ("chg1", 0.0)]
    assert found.none_share == 0.0


def test_a_verdict_of_unrelated_takes_a_change_out() -> None:
    found = ledger(change(1), change(2), said={"chg1": ChangeLinkType.UNRELATED})
    assert [one.change_id for one in found.candidates] == ["chg2", "chg1"]
    assert found.candidates[1].share == 0.0
    assert found.candidates[1].weight > 0


def test_that_they_are_related_is_no_verdict_on_the_cause() -> None:
    said = ledger(change(1), change(2), said={"chg1": ChangeLinkType.RELATED})
    assert [one.share for one in said.candidates] == [one.share for one in ledger(change(1), change(2)).candidates]
