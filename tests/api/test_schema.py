"""The schema walked by its own rules: names, descriptions, connections, lists, enums, results; and the printed file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
    is_union_type,
)

from api.lookahead import DEFINITION, NEEDS, SOURCE
from api.relations import One, Owned, Varying
from api.schema import build_schema, printed_schema
from domain.kernel.visibility import VISIBILITY

SCHEMA = build_schema()._schema
PRINTED = Path(__file__).parents[2] / "schema.graphql"
TYPES: list[Any] = [
    type_
    for name, type_ in sorted(SCHEMA.type_map.items())
    if not name.startswith("__") and not is_specified_scalar_type(type_)
]
OUTPUT = [type_ for type_ in TYPES if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)]
INPUT = [type_ for type_ in TYPES if isinstance(type_, GraphQLInputObjectType)]
ENUMS = [type_ for type_ in TYPES if isinstance(type_, GraphQLEnumType)]
NODES = [type_ for type_ in OUTPUT if SCHEMA.type_map["Node"] in getattr(type_, "interfaces", ())]
NULLABLE_LISTS = {"Query.nodes"}
"""Lists whose items may be null, because each is a lookup by id."""


def fields() -> Iterator[tuple[str, Any]]:
    for type_ in (*OUTPUT, *INPUT):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field


def source_of(field: Any) -> Any:
    """Return where the value of a field over rows comes from, None for any other field."""
    return getattr(field.extensions.get(DEFINITION), "metadata", {}).get(SOURCE)


def arguments() -> Iterator[tuple[str, Any]]:
    for place, field in fields():
        for name, argument in getattr(field, "args", {}).items():
            yield f"{place}({name})", argument


def test_the_printed_schema_is_the_file_at_the_root() -> None:
    """`headwater schema --write` writes it anew."""
    assert PRINTED.read_text(encoding="utf-8") == printed_schema()


def test_rule_1_types_are_singular_nouns_and_fields_camel_case() -> None:
    assert [type_.name for type_ in TYPES if not re.fullmatch(r"[A-Z][A-Za-z]*", type_.name)] == []
    places = [place for place, _ in (*fields(), *arguments())]
    assert [place for place in places if not re.fullmatch(r"\w+\.[a-z][A-Za-z]*(\([a-z][A-Za-z]*\))?", place)] == []


def test_rule_1_truth_values_are_asked_as_a_question() -> None:
    allowed = re.compile(r"\.(is|has|needs)[A-Z]|Filter\.eq$")
    truths = [place for place, field in fields() if get_named_type(field.type).name == "Boolean"]
    assert [place for place in truths if not allowed.search(place)] == []


def test_rule_1_relations_go_by_object_and_instants_say_when() -> None:
    ids = [
        f"{type_.name}.{name}"
        for type_ in OUTPUT
        for name, field in type_.fields.items()
        if get_named_type(field.type).name == "ID" and name != "id"
    ]
    assert ids == []
    instants = [
        f"{type_.name}.{name}"
        for type_ in OUTPUT
        for name, field in type_.fields.items()
        if get_named_type(field.type).name == "DateTime"
    ]
    said = re.compile(r"(At|Start|End|From|To|\.start|\.end|\.at|asOf)$")
    assert [place for place in instants if not said.search(place)] == []


def test_rule_2_everything_has_a_description() -> None:
    described = [(type_.name, type_) for type_ in TYPES]
    described += [*fields(), *arguments()]
    described += [(f"{enum.name}.{name}", value) for enum in ENUMS for name, value in enum.values.items()]
    assert [place for place, thing in described if not (thing.description or "").strip()] == []


def test_rule_2_the_permission_needed_stands_in_the_description() -> None:
    missing = []
    for place, field in fields():
        definition = field.extensions.get(DEFINITION)
        needs = getattr(definition, "metadata", {}).get(NEEDS)
        if needs is not None and f"Needs permission `{needs.value}`." not in field.description:
            missing.append(place)
    assert missing == []


def test_rule_3_what_a_permission_may_hide_is_nullable() -> None:
    hidden = [
        place
        for place, field in fields()
        if getattr(field.extensions.get(DEFINITION), "metadata", {}).get(NEEDS) is not None
    ]
    assert hidden
    by_place = dict(fields())
    assert [place for place in hidden if is_non_null_type(by_place[place].type)] == []


def test_rule_3_lookups_are_nullable() -> None:
    query: Any = SCHEMA.query_type
    looked_up = {name: field for name, field in query.fields.items() if not is_union_type(get_named_type(field.type))}
    assert [name for name, field in looked_up.items() if is_non_null_type(field.type)] == []
    looked_up_below = [
        place
        for place, field in fields()
        if isinstance(source_of(field), One | Owned | Varying) and is_non_null_type(field.type)
    ]
    assert looked_up_below == []


def test_rule_3_lists_hold_no_nulls() -> None:
    assert [place for place, field in fields() if place not in NULLABLE_LISTS and holds_nulls(field.type)] == []


def nullable(type_: Any) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_


def holds_nulls(type_: Any) -> bool:
    inner = nullable(type_)
    return isinstance(inner, GraphQLList) and not is_non_null_type(inner.of_type)


def test_rule_5_nodes_have_an_id_and_nothing_else_has() -> None:
    with_id = {type_.name for type_ in OUTPUT if "id" in type_.fields and isinstance(type_, GraphQLObjectType)}
    events = {type_.name for type_ in OUTPUT if {"id", "cursor", "occurredAt"} <= set(type_.fields)}
    assert with_id - events == {type_.name for type_ in NODES} | PARTS_WITH_ID
    assert [type_.name for type_ in NODES if str(type_.fields["id"].type) != "ID!"] == []


PARTS_WITH_ID = {"ChangeTask", "TechnicalRisk"}
"""Parts of a record that mutations of the record name."""


def test_rule_6_connections_have_the_relay_shape_and_lists_of_nodes_are_connections() -> None:
    connections = [type_ for type_ in OUTPUT if type_.name.endswith("Connection")]
    assert {tuple(type_.fields) for type_ in connections} == {("edges", "nodes", "pageInfo", "totalCount")}
    assert {str(type_.fields["totalCount"].type) for type_ in connections} == {"Int"}
    for place, field in fields():
        if get_named_type(field.type) in connections:
            assert str(field.args["first"].type) == "Int!", place
            assert field.args["first"].default_value == 25, place
            assert str(field.args["after"].type) == "String", place
    of_records = [type_ for type_ in OUTPUT if getattr(type_.extensions[DEFINITION].origin, "noun", None) in VISIBILITY]
    bare = {
        f"{type_.name}.{name}"
        for type_ in of_records
        for name, field in type_.fields.items()
        if get_named_type(field.type) in NODES and is_list_type(nullable(field.type))
    }
    assert bare == SHORT_LISTS


SHORT_LISTS = {"AgendaItem.attendees", "BusinessService.vipConsumers"}
"""Lists of nodes that stand whole in one column of their record, so that they cannot grow without an edit of it."""


def test_rule_7_filters_are_typed_and_orders_have_a_direction() -> None:
    wheres = [type_ for type_ in INPUT if type_.name.endswith("Where")]
    assert wheres
    for type_ in wheres:
        assert {
            name for name, field in type_.fields.items() if not get_named_type(field.type).name.endswith("Filter")
        } == set()
    orders = [type_ for type_ in INPUT if type_.name.endswith("Order")]
    assert {tuple(type_.fields) for type_ in orders} == {("field", "direction")}


def test_rules_8_to_10_mutations_take_one_input_and_answer_with_a_union_of_refusals() -> None:
    mutations: Any = SCHEMA.mutation_type
    user_error = SCHEMA.type_map["UserError"]
    for name, field in mutations.fields.items():
        act = name[0].upper() + name[1:]
        taken = [(argument, str(it.type)) for argument, it in field.args.items()]
        assert taken in ([("input", f"{act}Input!")], []), name
        result = get_named_type(field.type)
        assert (result.name, isinstance(result, GraphQLUnionType), is_non_null_type(field.type)) == (
            f"{act}Result",
            True,
            True,
        )
        success, *refusals = result.types
        assert success.name == f"{act}Success"
        assert all(user_error in refusal.interfaces for refusal in refusals)
        assert refusals


def test_rule_11_enums_scream_and_none_has_an_other() -> None:
    values = [f"{enum.name}.{name}" for enum in ENUMS for name in enum.values]
    assert [value for value in values if not re.fullmatch(r"\w+\.[A-Z][A-Z0-9_]*", value)] == []
    assert [value for value in values if value.endswith(".OTHER")] == []


def test_rule_12_json_is_for_integrations_alone() -> None:
    untyped = {place for place, field in fields() if get_named_type(field.type).name == "JSON"}
    assert untyped == {"Event.image", "FactChange.before", "FactChange.after"}


def test_every_field_over_rows_says_where_it_comes_from() -> None:
    """A field of a type over rows without a source would be read from nothing."""
    over_rows = [type_ for type_ in OUTPUT if hasattr(type_.extensions[DEFINITION].origin, "noun")]
    assert over_rows
    missing = [
        f"{type_.name}.{name}"
        for type_ in over_rows
        for name, field in type_.fields.items()
        if SOURCE not in field.extensions[DEFINITION].metadata
    ]
    assert missing == []


@pytest.mark.parametrize("root", ["query_type", "mutation_type", "subscription_type"])
def test_every_root_field_has_a_test(root: str) -> None:
    """Lists and references are walked by test_every_field; every other root field is named by some test.

    A verb over a list is held to what the verb itself is held to.
    """
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("*.py"))
    named = [name for name, field in getattr(SCHEMA, root).fields.items() if not {"first", "by"} & set(field.args)]
    assert [name for name in named if not re.search(rf"\b{name.removesuffix('Bulk')}\b", tests)] == []
