"""Every field of the schema, selected and answered from a record in which every relation leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLType, get_named_type, is_leaf_type, is_required_argument

from api.ids import encode_id
from api.schema import build_schema
from domain.kernel.actor import Actor, Role
from tests.api.desk import Desk, somebody
from tests.api.estate import hold_estate

SCHEMA = build_schema()._schema
ROOT: Any = SCHEMA.query_type
ADMINISTRATOR = somebody(Role.ADMINISTRATOR, person_id="staff")
ONE = {
    "person": '{ externalId: "p-1" }',
    "team": '{ name: "Desk" }',
    "calendar": '{ externalId: "c-1" }',
    "serviceAccount": f'{{ id: "{encode_id("ServiceAccount", "account")}" }}',
    "capacityLimit": f'{{ id: "{encode_id("CapacityLimit", "limit-team")}" }}',
    "configurationItem": '{ externalId: "ci-1" }',
    "ciClass": '{ name: "server" }',
    "businessService": '{ externalId: "s-1" }',
    "relation": '{ externalId: "r-1" }',
    "redundancyGroup": '{ externalId: "g-1" }',
    "incident": '{ number: "INC0000001" }',
    "problem": '{ number: "PRB0000001" }',
    "change": '{ number: "CHG0000001" }',
    "changeModel": '{ name: "Patch" }',
    "changeWindow": '{ externalId: "w-1" }',
    "cabSeries": '{ externalId: "b-1" }',
    "cabMeeting": '{ number: "CAB0000001" }',
}
"""How the tests refer to the record that each singular root field finds."""
BY_ID = {
    "conflict": "Conflict",
    "riskAssessment": "RiskAssessment",
    "webhook": "Webhook",
    "webhookDelivery": "WebhookDelivery",
    "calendarFeed": "CalendarFeed",
}
CONNECTIONS = [name for name, field in ROOT.fields.items() if "first" in field.args]


def selection(type_: GraphQLType, depth: int) -> str:
    """Return a selection of every field of a type that needs no argument, so many levels down."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if not isinstance(named, GraphQLObjectType):
        return "{ id __typename }"
    return "{ __typename " + " ".join(fields(named, depth)) + " }"


def fields(type_: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in type_.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        named = get_named_type(field.type)
        is_page = "pageInfo" in getattr(named, "fields", {})
        if is_leaf_type(named):
            yield name
        elif is_page and depth > 0:
            page = f"totalCount pageInfo {{ endCursor }} edges {{ cursor node {selection(item(field), 0)} }}"
            yield f"{name}(first: 3) {{ {page} }}"
        elif not is_page and depth > 0:
            yield name + selection(named, depth - 1)
        elif "id" in getattr(named, "fields", {}):
            yield name + " { id }"


def item(field: GraphQLField) -> GraphQLType:
    """Return the type of a connection's nodes."""
    connection: Any = get_named_type(field.type)
    node: GraphQLType = connection.fields["nodes"].type
    return node


@pytest.mark.parametrize("name", [*ONE, *BY_ID])
async def test_one_record_is_found_with_all_its_fields(desk: Desk, name: str) -> None:
    await hold_estate(desk)
    field = ROOT.fields[name]
    by = ONE.get(name)
    if by is None:
        several = "webhookDeliveries" if name == "webhookDelivery" else f"{name}s"
        many = await desk.data(f"{{ {several} {{ nodes {{ id }} }} }}", ADMINISTRATOR)
        by = f'{{ id: "{many[several]["nodes"][0]["id"]}" }}'
    text = f"{{ {name}(by: {by}) {selection(field.type, 1)} }}"
    found = (await desk.data(text, ADMINISTRATOR))[name]
    assert found["__typename"] == get_named_type(field.type).name
    again = await desk.data(f'{{ node(id: "{found["id"]}") {{ id __typename }} }}', ADMINISTRATOR)
    assert again["node"] == {"id": found["id"], "__typename": found["__typename"]}


@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_list_is_answered_with_all_fields_of_its_items(desk: Desk, name: str) -> None:
    await hold_estate(desk)
    page = selection(item(ROOT.fields[name]), 1)
    text = f"{{ {name}(first: 2) {{ totalCount nodes {page} }} }}"
    answer = (await desk.data(text, ADMINISTRATOR))[name]
    assert answer["nodes"]
    assert answer["totalCount"] >= len(answer["nodes"])


@pytest.mark.requirement("R202")
async def test_every_relation_leads_somewhere(desk: Desk) -> None:
    """A field that is null or empty on every record here would be proven by nothing."""
    await hold_estate(desk)
    met: dict[str, bool] = {}
    for name in CONNECTIONS:
        page = selection(item(ROOT.fields[name]), 1)
        first = 100 if name in ("events", "auditTrail") else 5
        answer = (await desk.data(f"{{ {name}(first: {first}) {{ nodes {page} }} }}", ADMINISTRATOR))[name]
        for node in answer["nodes"]:
            for key, value in node.items():
                if isinstance(value, dict | list) or value is None:
                    place = f"{node['__typename']}.{key}"
                    is_full = bool(value["edges"] if isinstance(value, dict) and "edges" in value else value)
                    met[place] = met.get(place, False) or is_full
    objects = {
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if not is_leaf_type(get_named_type(field.type))
    }
    leading_nowhere = sorted(place for place, is_full in met.items() if place in objects and not is_full)
    assert leading_nowhere == []


async def test_nodes_are_found_whatever_their_type_and_in_the_order_asked(desk: Desk, staff: Actor) -> None:
    await hold_estate(desk)
    ids = [
        encode_id("Team", "desk"),
        encode_id("Person", "nobody"),
        encode_id("Person", "staff"),
        encode_id("Query", "x"),
    ]
    data = await desk.data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Person { name } ... on Team { name } } }", staff, ids=ids
    )
    assert data["nodes"] == [{"id": ids[0], "name": "Desk"}, None, {"id": ids[2], "name": "Ada"}, None]


async def test_the_viewer_is_told_who_they_are_and_what_they_may_do(desk: Desk) -> None:
    await hold_estate(desk)
    decider = somebody(Role.CAB_MEMBER, person_id="staff")
    data = await desk.data("{ viewer { name roles permissions person { name } } }", decider)
    assert data["viewer"] == {
        "name": "Somebody",
        "roles": ["CAB_MEMBER"],
        "permissions": ["calendar:follow", "change:decide", "record:read"],
        "person": {"name": "Ada"},
    }


async def test_what_the_viewer_can_do_comes_from_the_lifecycle(desk: Desk) -> None:
    await hold_estate(desk)
    text = '{ change(by: { number: "CHG0000001" }) { viewerCan } }'
    auditor = await desk.data(text, somebody(Role.AUDITOR))
    assert auditor["change"]["viewerCan"] == []
    requester = await desk.data(text, somebody(Role.REQUESTER, person_id="customer"))
    assert "SUBMIT" in requester["change"]["viewerCan"]


def test_every_record_that_can_be_referred_to_is_asked_for_here() -> None:
    by_reference = {name for name, field in ROOT.fields.items() if "by" in field.args}
    assert by_reference == {*ONE, *BY_ID}
