"""Arguments of lists: `first`, `after`, `where` and `orderBy`, and what reads make of them (SCHEMA rule 7)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLInputField, GraphQLInputObjectType, get_named_type
from strawberry.types.arguments import StrawberryArgument

from api.enums import described_enum
from api.fields import argument
from api.ids import decode_id
from api.lookahead import DEFINITION, Selected
from domain.kernel.errors import InvalidInput
from domain.kernel.page import FIRST, MOST, Listing, Ordering

MOST_ORDERS = 3
FILTER = "filter"
OF = "of"


class OrderDirection(Enum):
    """Which way a list runs."""

    ASC = "ASC"
    DESC = "DESC"


described_enum(
    OrderDirection,
    "Which way a list runs.",
    ASC="The least first.",
    DESC="The greatest first.",
)


def filtered(description: str, filter_name: str, *, of: str | None = None) -> Any:
    """Return a field of a `where` input: the filter of the noun it stands for, and the type whose ids it takes."""
    return strawberry.field(description=description, metadata={FILTER: filter_name, OF: of}, default=strawberry.UNSET)


def order_input(noun: str, **fields: str) -> Any:
    """Return the input `NounOrder` with the enum of its fields: name of the noun's order to what it means."""
    members = Enum(f"{noun}OrderField", {name.upper(): name for name in fields}, module=__name__)  # type: ignore[misc]
    meanings = {name.upper(): meaning for name, meaning in fields.items()}
    described_enum(members, f"What a list of {noun} records can be ordered by.", **meanings)
    annotations = {"field": members, "direction": OrderDirection}
    body = {
        "__annotations__": annotations,
        "__module__": __name__,
        "__doc__": f"One sort field of a list of {noun} records.",
        "field": strawberry.field(description="What to order by."),
        "direction": strawberry.field(description="Which way.", default=OrderDirection.ASC),
    }
    described = f"One sort field of a list of {noun} records. Unknown values come before known ones; ties go by id."
    return strawberry.input(type(f"{noun}Order", (), body), description=described)


def list_arguments(where: Any = None, order: Any = None) -> list[StrawberryArgument]:
    """Return the arguments of a connection field; without a `where` or `order` input it has none of that kind."""
    arguments = [
        argument("first", int, f"How many items, at most {MOST}.", FIRST),
        argument("after", str | None, "Cursor of the item after which the page begins; null for the first page."),
    ]
    if where is not None:
        arguments.append(argument("where", where | None, "Only items that match every field given."))
    if order is not None:
        arguments.append(argument("order_by", list[order] | None, "Sort fields, the most important first; at most 3."))
    return arguments


def listing_of(selected: Selected, default_order: tuple[Ordering, ...] = ()) -> Listing:
    """Return what the arguments of a connection field ask of reads; `InvalidInput` names the argument at fault."""
    arguments = selected.arguments
    parts = arguments.get("orderBy") or ()
    if len(parts) > MOST_ORDERS:
        raise InvalidInput.at("orderBy", f"takes at most {MOST_ORDERS} sort fields")
    order = tuple(Ordering(part["field"].value, part["direction"] is OrderDirection.DESC) for part in parts)
    return Listing(
        where=filters_of(selected.field, arguments.get("where") or {}),
        order=order or default_order,
        first=arguments["first"],
        after=arguments.get("after"),
    )


def filters_of(field: GraphQLField, where: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the filters of a `where` argument by the noun's names, ids decoded."""
    if not where:
        return {}
    declared = cast(GraphQLInputObjectType, get_named_type(field.args["where"].type))
    filters: dict[str, dict[str, Any]] = {}
    for name, comparators in where.items():
        given = {key: value for key, value in (comparators or {}).items() if value is not None}
        if given:
            metadata = _metadata(declared.fields[name])
            filters[metadata[FILTER]] = {
                key: _value(value, metadata[OF], f"where.{name}.{key}") for key, value in given.items()
            }
    return filters


def _metadata(field: GraphQLInputField) -> Mapping[Any, Any]:
    metadata: Mapping[Any, Any] = field.extensions[DEFINITION].metadata
    return metadata


def _value(value: Any, type_name: str | None, path: str) -> Any:
    if isinstance(value, list):
        if len(value) > MOST:
            raise InvalidInput.at(path, f"takes at most {MOST} values")
        return [_value(item, type_name, path) for item in value]
    return value if type_name is None else decode_id(value, type_name, path)
