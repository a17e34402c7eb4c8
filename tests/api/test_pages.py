"""Pages: every item once, whatever is added meanwhile; cursors and ids that are none are named."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from api.ids import encode_id
from domain.kernel.actor import Actor
from domain.kernel.page import encode_cursor
from tests.api.desk import KEY, Desk
from tests.api.estate import number_events
from tests.builders import MONDAY, a_change, a_ci, a_class, a_person, an_incident

WALK = """query ($first: Int!, $after: String, $order: [IncidentOrder!]) {
  incidents(first: $first, after: $after, orderBy: $order) {
    totalCount nodes { number } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


async def walk(desk: Desk, staff: Actor, order: list[dict[str, str]], first: int = 3) -> list[str]:
    """Return the numbers of every incident, page by page."""
    numbers: list[str] = []
    after = None
    while True:
        page = (await desk.data(WALK, staff, first=first, after=after, order=order))["incidents"]
        numbers += [node["number"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        if page["edges"]:
            assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
            assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return numbers
        after = page["pageInfo"]["endCursor"]


def order(*parts: str) -> list[dict[str, str]]:
    """Return orderings from names; a minus is descending."""
    return [{"field": part.lstrip("-"), "direction": "DESC" if part.startswith("-") else "ASC"} for part in parts]


async def hold_ten(desk: Desk) -> list[tuple[int, timedelta, str]]:
    """Hold ten incidents with equal priorities and instants among them."""
    facts = [(1 + place % 3, timedelta(hours=-(place % 4)), f"INC{place:07d}") for place in range(10)]
    for priority, age, number in facts:
        await desk.holds(an_incident(id=f"i{number}", number=number, priority=priority, opened_at=MONDAY + age))
    return facts


@pytest.mark.requirement("R088")
@pytest.mark.parametrize("first", [1, 3, 10, 100])
async def test_pages_hold_every_item_once_in_order_with_ties_by_id(desk: Desk, staff: Actor, first: int) -> None:
    facts = await hold_ten(desk)
    by_priority = [number for priority, _, number in sorted(facts, key=lambda fact: (fact[0], fact[2]))]
    assert await walk(desk, staff, order("PRIORITY"), first) == by_priority
    mixed = [fact[2] for fact in sorted(facts, key=lambda fact: (-fact[0], fact[1], fact[2]))]
    assert await walk(desk, staff, order("-PRIORITY", "OPENED_AT", "NUMBER"), first) == mixed
    latest = [fact[2] for fact in sorted(facts, key=lambda fact: (fact[1], fact[2]), reverse=True)]
    assert await walk(desk, staff, order("-OPENED_AT"), first) == latest


async def test_what_is_added_meanwhile_neither_repeats_nor_hides_an_item(desk: Desk, staff: Actor) -> None:
    await hold_ten(desk)
    page = (await desk.data(WALK, staff, first=5, order=order("NUMBER")))["incidents"]
    await desk.holds(
        an_incident(id="early", number="INC0000000a"),
        an_incident(id="late", number="INC0000099"),
    )
    rest = await desk.data(WALK, staff, first=100, after=page["pageInfo"]["endCursor"], order=order("NUMBER"))
    numbers = [node["number"] for node in [*page["nodes"], *rest["incidents"]["nodes"]]]
    assert numbers == [f"INC{place:07d}" for place in range(10)] + ["INC0000099"]


async def test_unknown_values_come_before_known_ones_and_after_them_backwards(desk: Desk, staff: Actor) -> None:
    starts = {"CHG1": None, "CHG2": MONDAY, "CHG3": None, "CHG4": MONDAY + timedelta(hours=1)}
    for number, start in starts.items():
        end = start and start + timedelta(hours=1)
        await desk.holds(a_change(id=number, number=number, planned_start=start, planned_end=end))
    text = """query ($after: String, $order: [ChangeOrder!]) {
      changes(first: 1, after: $after, orderBy: $order) { nodes { number } pageInfo { hasNextPage endCursor } } }"""

    async def numbers(direction: str) -> list[str]:
        found: list[str] = []
        after = None
        while True:
            sorting = [{"field": "PLANNED_START", "direction": direction}]
            page = (await desk.data(text, staff, after=after, order=sorting))["changes"]
            found += [node["number"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    assert await numbers("ASC") == ["CHG1", "CHG3", "CHG2", "CHG4"]
    assert await numbers("DESC") == ["CHG4", "CHG2", "CHG3", "CHG1"]


async def test_pages_below_many_parents_go_on_by_the_same_cursor_rules(desk: Desk, staff: Actor) -> None:
    await desk.holds(a_class(), a_ci(id="a", name="a"), a_ci(id="b", name="b"))
    for place in range(5):
        await desk.holds(an_incident("a", "b", id=f"i{place}", number=f"INC{place}"))
    text = """query ($after: String) { configurationItems { nodes { name incidents(
      first: 2, after: $after, orderBy: [{ field: NUMBER }]
    ) { totalCount nodes { number } pageInfo { hasNextPage endCursor } } } } }"""
    after, seen = None, []
    for has_next in (True, True, False):
        items = (await desk.data(text, staff, after=after))["configurationItems"]["nodes"]
        assert [item["name"] for item in items] == ["a", "b"]
        assert items[0]["incidents"] == items[1]["incidents"]
        page = items[0]["incidents"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, has_next)
        seen += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == [f"INC{place}" for place in range(5)]


async def test_aliases_with_other_arguments_keep_apart(desk: Desk, staff: Actor) -> None:
    await desk.holds(
        a_class(), a_ci(id="a", name="a"), *[an_incident("a", number=f"INC{n}", priority=n) for n in (1, 2)]
    )
    text = """{ configurationItems { nodes {
      name again: name
      urgent: incidents(where: { priority: { eq: 1 } }) { nodes { x: number } also: nodes { x: priority } }
      all: incidents(orderBy: [{ field: NUMBER }]) { totalCount edges { node { number } } n: nodes { number } }
    } } }"""
    (item,) = (await desk.data(text, staff))["configurationItems"]["nodes"]
    both = [{"number": "INC1"}, {"number": "INC2"}]
    assert item == {
        "name": "a",
        "again": "a",
        "urgent": {"nodes": [{"x": "INC1"}], "also": [{"x": 1}]},
        "all": {"totalCount": 2, "edges": [{"node": number} for number in both], "n": both},
    }


async def test_skip_and_include_are_heeded_by_lookahead(desk: Desk, staff: Actor) -> None:
    await desk.holds(a_person(id="customer", name="Ben"), an_incident(number="INC1", reporter_id="customer"))
    text = """query ($with: Boolean!) { incidents { nodes {
      number @skip(if: $with) reporter @include(if: $with) { ... @include(if: $with) { name } ...More } } } }
      fragment More on Node { ... on Person { isVip } }"""
    with_reporter = await desk.data(text, staff, **{"with": True})
    assert with_reporter["incidents"]["nodes"] == [{"reporter": {"name": "Ben", "isVip": False}}]
    without = await desk.data(text, staff, **{"with": False})
    assert without["incidents"]["nodes"] == [{"number": "INC1"}]


async def test_filters_are_joined_by_and_and_take_ids(desk: Desk, staff: Actor) -> None:
    await desk.holds(
        a_person(id="p"), a_class(), a_ci(id="a"), an_incident("a", number="INC1", reporter_id="p", priority=1)
    )
    await desk.holds(
        an_incident("a", number="INC2", priority=1), an_incident(number="INC3", reporter_id="p", priority=4)
    )
    text = """query ($where: IncidentWhere) {
      incidents(where: $where, orderBy: [{ field: NUMBER }]) { totalCount nodes { number } } }"""

    async def numbers(**where: Any) -> list[str]:
        page = (await desk.data(text, staff, where=where))["incidents"]
        assert page["totalCount"] == len(page["nodes"])
        return [node["number"] for node in page["nodes"]]

    person, item = encode_id("Person", "p"), encode_id("ConfigurationItem", "a")
    assert await numbers(reporter={"eq": person}) == ["INC1", "INC3"]
    assert await numbers(reporter={"in": [person]}, priority={"lte": 2}) == ["INC1"]
    assert await numbers(configurationItem={"eq": item}) == ["INC1", "INC2"]
    assert await numbers(state={"in": ["NEW"]}, priority={"gte": 2, "lte": 4}) == ["INC3"]
    assert await numbers(openedAt={"gte": "2026-11-23T09:00:00+01:00", "lt": "2026-11-23T08:00:01Z"}) == [
        "INC1",
        "INC2",
        "INC3",
    ]
    assert await numbers(openedAt={"lt": "2026-11-23T08:00:00Z"}) == []
    assert await numbers(state={"in": []}) == []
    assert await numbers(state=None, priority={"eq": None}) == ["INC1", "INC2", "INC3"]


def foreign_cursor() -> str:
    """Return a cursor that was never given out: its checksum is right, its values are not of this list."""
    return encode_cursor("number", ["INC1", 7])


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "a b", "ü", "=" * 20, base64.b64encode(b"[]").decode(), foreign_cursor(), encode_cursor("number", ["x"])],
)
async def test_a_cursor_that_is_none_is_named(desk: Desk, staff: Actor, cursor: str) -> None:
    answer = await desk.ask(WALK, staff, first=3, after=cursor, order=order("NUMBER"))
    (error,) = answer.errors
    assert answer.data == {"incidents": None}
    assert (error["extensions"]["code"], error["extensions"]["issues"][0]["path"]) == ("INVALID_INPUT", ["after"])


async def test_a_cursor_of_another_order_is_named(desk: Desk, staff: Actor) -> None:
    await hold_ten(desk)
    page = (await desk.data(WALK, staff, first=3, order=order("NUMBER")))["incidents"]
    answer = await desk.ask(WALK, staff, first=3, after=page["pageInfo"]["endCursor"], order=order("PRIORITY"))
    assert answer.errors[0]["extensions"]["issues"][0]["path"] == ["after"]


@pytest.mark.parametrize(
    "global_id", ["", "x", "ü", "%%%", base64.b64encode(b"Incident").decode(), base64.b64encode(b"\xff:1").decode()]
)
async def test_an_id_that_is_none_is_named(desk: Desk, staff: Actor, global_id: str) -> None:
    for text, path in (
        ("query ($id: ID!) { node(id: $id) { id } }", ["id"]),
        ("query ($id: ID!) { nodes(ids: [$id]) { id } }", ["ids", "0"]),
        ("query ($id: ID!) { incident(by: { id: $id }) { id } }", ["by", "id"]),
        ("query ($id: ID!) { incidents(where: { team: { eq: $id } }) { nodes { id } } }", ["where", "team", "eq"]),
    ):
        answer = await desk.ask(text, staff, id=global_id)
        (error,) = answer.errors
        assert (error["extensions"]["code"], error["extensions"]["issues"][0]["path"]) == ("INVALID_INPUT", path)


async def test_an_id_of_another_type_is_named(desk: Desk, staff: Actor) -> None:
    text = "query ($id: ID!) { incident(by: { id: $id }) { id } }"
    answer = await desk.ask(text, staff, id=encode_id("Person", "p"))
    (error,) = answer.errors
    assert error["message"] == "by.id: is the id of a Person, not of a Incident"


@pytest.mark.parametrize("instant", ["2026-11-23T08:00:00", "yesterday", "9999-12-31T23:59:59-14:00", 7])
async def test_an_instant_without_an_offset_or_sense_is_refused(desk: Desk, staff: Actor, instant: Any) -> None:
    text = "query ($at: DateTime!) { incidents(where: { openedAt: { lt: $at } }) { nodes { id } } }"
    answer = await desk.ask(text, staff, at=instant)
    assert answer.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_the_log_is_read_on_from_a_cursor_without_missing_anything(desk: Desk, staff: Actor) -> None:
    await desk.holds(a_person(id="one"), a_person(id="two"))
    await number_events(desk.database)
    text = """query ($after: String) { events(after: $after) {
      nodes { id cursor kind subjectVersion occurredAt subject { id } image } pageInfo { endCursor } } }"""
    first = (await desk.data(text, staff))["events"]
    assert [event["cursor"] for event in first["nodes"]] == [KEY.cursor(1), KEY.cursor(2)]
    assert first["pageInfo"]["endCursor"] == KEY.cursor(2)
    assert first["nodes"][1]["subject"] == {"id": encode_id("Person", "two")}
    assert first["nodes"][1]["image"]["name"] == "Ada Lind"
    await desk.holds(a_person(id="three"))
    assert (await desk.data(text, staff, after=first["pageInfo"]["endCursor"]))["events"]["nodes"] == []
    await number_events(desk.database)
    rest = (await desk.data(text, staff, after=first["pageInfo"]["endCursor"]))["events"]
    assert [event["cursor"] for event in rest["nodes"]] == [KEY.cursor(3)]
