"""Nodes and connections: ids that find anything, lists in pages (SCHEMA rules 5 and 6)."""

from typing import Any, Generic, TypeVar

import strawberry

from api.fields import sourced
from api.ids import encode_id
from api.lookahead import NOTHING, Value

Item = TypeVar("Item")


def placed(description: str) -> Any:
    """Return a field that the relation above its object fills."""
    return sourced(description, NOTHING)


def global_id(type_name: str, column: str = "id") -> Any:
    """Return the `id` field of a type: the global id of the row."""
    return sourced(
        "Opaque id, unique over all types. Never parse it.",
        Value((column,), lambda record_id: encode_id(type_name, record_id)),
    )


@strawberry.interface(description="A record with a life of its own, found by its id.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = placed("Opaque id, unique over all types. Never parse it.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Whether more follows, and from where."""

    has_next_page: bool = strawberry.field(description="Whether more items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for with a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item, to be given as `after` for the next page; null on an empty page."
    )


@strawberry.type(description="An item of a list with its place in it.")
class Edge(Generic[Item]):
    """One item and its cursor."""

    cursor: str = placed("Opaque place of the item in the list, under the order it was asked for.")
    node: Item = placed("The item itself.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    """A page of items; filled by `api.relations`."""

    edges: list[Edge[Item]] = placed("The items of the page with their cursors.")
    nodes: list[Item] = placed("The items of the page.")
    page_info: PageInfo = placed("Where the page lies in the list.")
    total_count: int | None = placed("How many items the whole list holds for you; null when that is not known.")
