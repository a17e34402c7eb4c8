"""What a new schema takes from the clients of an old one, unless it was announced in time (SCHEMA rule 13)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Visitor,
    find_breaking_changes,
    find_dangerous_changes,
    is_required_argument,
    is_required_input_field,
    parse,
    print_ast,
    visit,
)

_DUE = re.compile(r"Removal on (\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference: its kind in graphql-core's words, and where it is."""

    kind: str
    description: str


class _WithoutWords(Visitor):
    """Takes every description off a schema."""

    @staticmethod
    def enter(node: Any, *_: Any) -> Any:
        return None if getattr(node, "description", None) is None else replace(node, description=None)


def bare(text: str) -> str:
    """Return a schema without its descriptions: what it promises, as a release keeps it."""
    return print_ast(visit(parse(text, no_location=True), _WithoutWords())) + "\n"


def breaking_changes(old: GraphQLSchema, new: GraphQLSchema, today: date) -> list[SchemaChange]:
    """Return what breaks clients of the old schema, without what was deprecated with a removal date that has come."""
    due = set(_removals_due(old, today))
    found = [SchemaChange(change.type.name, change.description) for change in find_breaking_changes(old, new)]
    lost = [SchemaChange("DEFAULT_REMOVED", f"{place} must be given now.") for place in _lost_defaults(old, new)]
    return [change for change in (*found, *lost) if change.description.split(" was removed")[0] not in due]


def dangerous_changes(old: GraphQLSchema, new: GraphQLSchema) -> list[SchemaChange]:
    """Return what may surprise clients of the old schema without breaking them, such as a new enum value."""
    return [SchemaChange(change.type.name, change.description) for change in find_dangerous_changes(old, new)]


def _removals_due(old: GraphQLSchema, today: date) -> Iterator[str]:
    """Yield the fields, arguments and enum values that may be gone by now, in the words of a removal."""
    for type_ in old.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            if _is_due(field, today):
                yield f"Field {type_.name}.{name}"
            for argument_name, argument in getattr(field, "args", {}).items():
                if _is_due(argument, today):
                    yield f"Argument {type_.name}.{name}({argument_name}:)"
        for name, value in getattr(type_, "values", {}).items():
            if _is_due(value, today):
                yield f"Enum value {type_.name}.{name}"


def _is_due(member: Any, today: date) -> bool:
    announced = _DUE.search(getattr(member, "deprecation_reason", None) or "")
    return announced is not None and date.fromisoformat(announced[1]) <= today


def _lost_defaults(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """Yield the non-null arguments and input fields that had a default and have none now: graphql-core misses these."""
    for place, before, after, is_required in _shared_inputs(old, new):
        if before.default is not None and is_required(after):
            yield place


def _shared_inputs(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[str, Any, Any, Any]]:
    for name, type_ in old.type_map.items():
        other = new.type_map.get(name)
        if isinstance(type_, GraphQLInputObjectType) and isinstance(other, GraphQLInputObjectType):
            for field_name in type_.fields.keys() & other.fields.keys():
                place = f"{name}.{field_name}"
                yield place, type_.fields[field_name], other.fields[field_name], is_required_input_field
        output = GraphQLObjectType | GraphQLInterfaceType
        if isinstance(type_, output) and isinstance(other, output):
            for field_name in type_.fields.keys() & other.fields.keys():
                before, after = type_.fields[field_name].args, other.fields[field_name].args
                for argument in before.keys() & after.keys():
                    place = f"{name}.{field_name}({argument}:)"
                    yield place, before[argument], after[argument], is_required_argument
