"""What one operation may ask: bombs are refused by name, after work that their text bounds, before any validation."""

from typing import Any

import pytest
from graphql import get_introspection_query

from api import limits, preparation
from domain.kernel.actor import Actor
from tests.api.desk import Desk


async def refusal(desk: Desk, actor: Actor, text: str, **variables: Any) -> dict[str, Any]:
    """Return the extensions of the one error with which an operation is refused."""
    answer = await desk.ask(text, actor, **variables)
    (error,) = answer.errors
    assert answer.data is None
    extensions: dict[str, Any] = error["extensions"]
    assert extensions["code"] == "LIMIT_EXCEEDED"
    return extensions


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many selections the one pass has looked at; validation, which would follow it, fails the test."""
    looks: list[int] = []
    look = limits._Pass._selection

    def counted(*of: Any) -> Any:
        looks.append(1)
        return look(*of)

    def validated(*_: Any, **__: Any) -> Any:
        raise AssertionError("what is refused must not be validated")

    monkeypatch.setattr(limits._Pass, "_selection", counted)
    monkeypatch.setattr(preparation, "validate", validated)
    return looks


def fragment_bomb(levels: int) -> str:
    """Return fragments each of which spreads the next twice, in fields of their own."""
    steps = [
        f"fragment P{level} on Person {{ x: delegate {{ ...P{level + 1} }} y: delegate {{ ...P{level + 1} }} }}"
        for level in range(levels)
    ]
    return " ".join(["{ people { nodes { ...P0 } } }", *steps, f"fragment P{levels} on Person {{ id }}"])


@pytest.mark.parametrize("levels", [20, 40])
async def test_a_fragment_bomb_is_refused_after_one_look_at_each_selection(
    desk: Desk, staff: Actor, visited: list[int], levels: int
) -> None:
    extensions = await refusal(desk, staff, fragment_bomb(levels))
    assert extensions["limit"] in {"depth", "cost", "aliases"}
    assert len(visited) <= 4 * levels + 4


async def test_an_alias_flood_is_refused(desk: Desk, staff: Actor) -> None:
    flood = " ".join(f"a{number}: viewer {{ name }}" for number in range(101))
    extensions = await refusal(desk, staff, f"{{ {flood} }}")
    assert (extensions["limit"], extensions["requested"], extensions["maximum"]) == ("aliases", 101, 100)


async def test_aliases_behind_fragments_are_counted_as_often_as_they_are_spread(desk: Desk, staff: Actor) -> None:
    spreads = " ".join(f"c{number}: viewer {{ ...V }}" for number in range(42))
    text = "fragment V on Viewer { a: name b: name } { " + spreads + " }"
    assert (await refusal(desk, staff, text))["requested"] == 42 * 3


async def test_a_question_to_an_engine_costs_what_the_schema_says(desk: Desk, staff: Actor) -> None:
    answer = await desk.ask('{ impact(of: [{ externalId: "x" }]) { reachedCount } }', staff)
    assert answer.extensions["cost"]["requested"] == 102


@pytest.mark.parametrize("first", ["", "(first: 100)"])
async def test_a_bomb_of_lists_is_refused_with_its_cost(desk: Desk, staff: Actor, first: str) -> None:
    inner = "number"
    for _ in range(3):
        inner = f"configurationItems{first} {{ nodes {{ incidents{first} {{ nodes {{ {inner} }} }} }} }}"
    extensions = await refusal(desk, staff, f"{{ incidents{first} {{ nodes {{ {inner} }} }} }}")
    assert extensions["limit"] == "cost"
    assert extensions["requested"] > 1_000_000


async def test_a_variable_counts_for_what_it_holds(desk: Desk, staff: Actor) -> None:
    text = """query ($n: Int! = 1) { incidents(first: $n) { nodes { configurationItems(first: $n) { nodes {
      incidents(first: $n) { nodes { number title state } } } } } } }"""
    small = await desk.ask(text, staff)
    assert (small.errors, small.extensions["cost"]["requested"]) == ([], 15)
    extensions = await refusal(desk, staff, text, n=100)
    assert extensions["requested"] > 3_000_000


async def test_depth_is_bounded(desk: Desk, staff: Actor) -> None:
    deep = "name"
    for _ in range(15):
        deep = f"delegate {{ {deep} }}"
    text = '{ person(by: { externalId: "x" }) { %s } }'
    extensions = await refusal(desk, staff, text % deep)
    assert (extensions["limit"], extensions["requested"]) == ("depth", 17)


async def test_a_flood_of_directives_is_refused_before_validation(desk: Desk, staff: Actor, visited: list[int]) -> None:
    text = "{ viewer { name " + "@include(if: true) " * 400 + "} }"
    extensions = await refusal(desk, staff, text)
    assert len(visited) == 2
    assert (extensions["limit"], extensions["requested"]) == ("directives", 400)


async def test_a_flood_of_equal_fields_is_refused_before_anything_is_measured(
    desk: Desk, staff: Actor, visited: list[int]
) -> None:
    extensions = await refusal(desk, staff, "{ viewer { " + "name " * 2_500 + "} }")
    assert visited == []
    assert (extensions["limit"], extensions["maximum"]) == ("fields", 500)


async def test_too_many_tokens_are_not_even_parsed(desk: Desk, staff: Actor) -> None:
    answer = await desk.ask("{ viewer { %s } }" % ("name " * 3_000), staff)
    assert answer.errors[0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


async def test_a_cycle_of_fragments_is_left_to_validation(desk: Desk, staff: Actor) -> None:
    text = "{ viewer { ...A } } fragment A on Viewer { name ...B } fragment B on Viewer { ...A }"
    (error,) = (await desk.ask(text, staff)).errors
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_many_faults_are_told_to_a_bound(desk: Desk, staff: Actor) -> None:
    answer = await desk.ask("{ " + " ".join(f"x{number}" for number in range(200)) + " }", staff)
    assert len(answer.errors) <= 11


async def test_introspection_fits(desk: Desk, staff: Actor) -> None:
    answer = await desk.ask(get_introspection_query(), staff)
    assert answer.errors == []


@pytest.mark.parametrize("first", [-1, 101])
async def test_a_page_size_out_of_bounds_is_named(desk: Desk, staff: Actor, first: int) -> None:
    answer = await desk.ask("query ($n: Int!) { people(first: $n) { nodes { id } } }", staff, n=first)
    (error,) = answer.errors
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["issues"] == [{"path": ["first"], "message": "must lie between 0 and 100"}]


@pytest.mark.parametrize("field", ["nodes(ids: $ids) { id }", "people(where: { name: { in: $ids } }) { nodes { id } }"])
async def test_long_lists_of_input_are_refused(desk: Desk, staff: Actor, field: str) -> None:
    kind = "ID" if field.startswith("nodes") else "String"
    answer = await desk.ask(f"query ($ids: [{kind}!]!) {{ {field} }}", staff, ids=["x"] * 101)
    assert answer.errors[0]["extensions"]["code"] == "INVALID_INPUT"
