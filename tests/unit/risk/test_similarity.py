"""F14: what is alike, how much, and what its outcomes say (ENGINES 1.3)."""

import random
from dataclasses import replace

import pytest

from domain.risk.facts import ChangeFacts, TargetFacts
from domain.risk.params import SHIPPED, RateParams
from domain.risk.rates import PastChange, RateTable
from domain.risk.similarity import ALIKE_FROM, PSEUDO_COUNT, Alike, Kind, peers_of
from tests.unit.risk.risk_examples import AS_OF, a_change, a_past, assessed, past_change, some_facts
from tests.unit.risk.risk_worlds import CLASSES, MODELS, TEAMS, TITLES

ON = replace(SHIPPED, factors={**SHIPPED.factors, "similar": replace(SHIPPED.factors["similar"], muted_reason=None)})
KIND = Kind("Upgrade the payments database", "upgrade", "dba", (("db", "database"),))


def of_kind(number: int, failure: float = 0.0, **edits: object) -> PastChange:
    plain = {"title": "Upgrade the payments database", "team": "dba", "ci_ids": ("db",), "class_names": ("database",)}
    return past_change(number, failure, **(plain | edits))


def alike(*past: PastChange, kind: Kind = KIND) -> tuple[Alike, ...]:
    found = peers_of(kind, a_past(*past))
    assert found is not None
    return found.alike


@pytest.mark.parametrize(
    ("edits", "similarity"),
    [
        ({}, 1.0),
        ({"title": "UPGRADE the payments database (2)"}, 1.0),
        ({"title": "Upgrade the ledger database"}, 0.75 + 0.25 * 3 / 5),
        ({"ci_ids": ("other",)}, 0.825),
        ({"team": None}, 0.85),
        ({"model": "patch"}, 0.75),
        ({"ci_ids": ("other",), "class_names": ("server",), "title": "Rotate keys", "team": "dba"}, None),
        ({"ci_ids": ("other",), "model": "patch"}, None),
    ],
)
def test_likeness_is_a_sum_of_named_parts(edits: dict[str, object], similarity: float | None) -> None:
    found = alike(of_kind(1, **edits))
    if similarity is None:
        assert found == ()
        return
    (one,) = found
    assert one.similarity == pytest.approx(similarity)
    assert sum(part for _, part in one.parts) == pytest.approx(one.similarity)
    assert [name for name, _ in one.parts] == ["target", "model", "team", "text"]


def rate_by_definition(kind: Kind, past: list[PastChange], p_org: float) -> float:
    """ENGINES 1.3 word by word: for every target Σ k·y over all that is alike, the worst of them."""

    def words(title: str) -> set[str]:
        return {"".join(c for c in word if c.isalpha()) for word in title.lower().split()}

    rates = []
    for ci_id, class_name in kind.targets:
        weight = failures = 0.0
        for one in past:
            if one.failure is None or not (ci_id in one.ci_ids or (kind.model is not None and kind.model == one.model)):
                continue
            mine, theirs = words(kind.title), words(one.title)
            k = 0.35 if ci_id in one.ci_ids else 0.175 * (class_name in one.class_names)
            k += 0.25 * (kind.model is not None and kind.model == one.model)
            k += 0.15 * (kind.team is not None and kind.team == one.team)
            k += 0.25 * (len(mine & theirs) / len(mine | theirs) if mine | theirs else 0)
            if k >= ALIKE_FROM - 1e-12:
                weight, failures = weight + k, failures + k * one.failure
        rates.append((failures + PSEUDO_COUNT * p_org) / (weight + PSEUDO_COUNT))
    return max(rates)


def test_the_rate_is_that_of_the_definition() -> None:
    dice = random.Random(14)
    for _ in range(300):
        cis = [f"ci{number}" for number in range(6)]
        past = [
            past_change(
                number,
                dice.choice((None, 0.0, 0.0, 0.4, 1.0)),
                model=dice.choice(MODELS),
                team=dice.choice(TEAMS),
                ci_ids=tuple(dice.sample(cis, dice.randint(1, 2))),
                class_names=(dice.choice(CLASSES),),
                title=dice.choice(TITLES),
            )
            for number in range(dice.randint(0, 25))
        ]
        targets = tuple((ci_id, dice.choice(CLASSES)) for ci_id in dice.sample(cis, dice.randint(1, 4)))
        kind = Kind(dice.choice(TITLES), dice.choice(MODELS), dice.choice(TEAMS), targets)
        found = peers_of(kind, a_past(*past))
        assert found is not None
        assert found.rate == pytest.approx(rate_by_definition(kind, past, 0.03), rel=1e-9)


def test_small_samples_cannot_shout() -> None:
    one_failed, thirty_went_well = peers_of(KIND, a_past(of_kind(1, 1.0))), [of_kind(n) for n in range(30)]
    assert one_failed is not None
    assert one_failed.rate == pytest.approx((1 + 20 * 0.03) / 21)
    calm = peers_of(KIND, a_past(*thirty_went_well))
    assert calm is not None
    assert calm.rate == pytest.approx(0.6 / 50)
    nobody = peers_of(KIND, a_past())
    assert nobody is not None
    assert nobody.rate == 0.03


def test_it_is_the_same_whichever_way_the_table_was_built() -> None:
    past = [of_kind(n, float(n % 5 == 0), age_days=20 + n) for n in range(40)]
    params = RateParams()
    (through,) = RateTable.through_time(past, [AS_OF], params)
    assert peers_of(KIND, through) == peers_of(KIND, RateTable.build(reversed(past), AS_OF, params))


def test_without_a_target_or_while_off_it_says_nothing() -> None:
    facts = some_facts(a_change(title=KIND.title, team="dba"), targets=(TargetFacts("db", "database"),))
    past = a_past(*(of_kind(n, 1.0) for n in range(30)))
    off, on = assessed(facts, past), assessed(facts, past, ON)
    line = {line.code: line for line in on.factors}["similar"]
    assert line.points > 0
    assert line.raw == pytest.approx((30 + 0.6) / 50)
    assert len(line.evidence) == 5
    assert line.evidence[0].label == "failed; 100% alike (target 0.35, model 0.25, team 0.15, text 0.25)"
    assert {line.code: line for line in off.factors}["similar"].raw is None
    bare = assessed(some_facts(a_change(title=KIND.title), targets=()), past, ON)
    assert {line.code: line for line in bare.factors}["similar"].raw is None


def test_comparables_are_shown_whether_or_not_the_factor_counts() -> None:
    facts = some_facts(a_change(title=KIND.title, team="dba"), targets=(TargetFacts("db", "database"),))
    past = a_past(of_kind(1, 1.0), of_kind(2, ci_ids=("other",)), of_kind(3, 0.5))
    shown = assessed(facts, past).comparables
    assert [(one.change_id, one.outcome) for one in shown] == [
        ("old-001", "FAILED"),
        ("old-003", "UNCERTAIN"),
        ("old-002", "SUCCESSFUL"),
    ]
    assert shown[2].similarity == pytest.approx(0.825)


def test_another_team_has_other_peers() -> None:
    """A counterfactual that changes who does the work is scored with that team's peers."""
    facts = ChangeFacts(id="c", type=a_change().type, title=KIND.title, model="upgrade", team="dba")
    other = replace(facts, team="network", test_artefact="run")
    targets = (TargetFacts("db", "database"),)
    assert Kind.of(facts, targets) != Kind.of(other, targets)
    assert Kind.of(facts, targets) == Kind.of(replace(facts, test_artefact="run"), targets)
