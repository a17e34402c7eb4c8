"""The relations every type is declared with: to one record, to a page of records, into a JSON column, to anything."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, get_named_type

from api.fields import argument, sourced
from api.ids import decode_any_id, decode_id
from api.listing import list_arguments, listing_of
from api.lookahead import DEFINITION, Asking, Plan, Selected, blank_objects
from api.relay import PageInfo
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput
from domain.kernel.page import MOST, Listing, Ordering, Page, Row


@dataclass(frozen=True, slots=True)
class One:
    """The record whose id stands in a column of the parent; `by` names another unique column it is known by."""

    key: str
    by: str = "id"

    @property
    def columns(self) -> tuple[str, ...]:
        """The column with the id."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one object per parent, None where there is none to see."""
        plan = asking.plan(selected.type, selected.nodes)
        found = await objects_by_id(asking, plan, (row[self.key] for row in parents), self.by)
        return [found.get(row[self.key]) for row in parents]


@dataclass(frozen=True, slots=True)
class Several:
    """The records whose ids stand in a JSON list of the parent, in its order: short lists that do not grow."""

    key: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The column with the ids."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return a list of objects per parent, without those there are none to see of."""
        plan = asking.plan(selected.type, selected.nodes)
        found = await objects_by_id(asking, plan, (record_id for row in parents for record_id in row[self.key]))
        return [[found[record_id] for record_id in row[self.key] if record_id in found] for row in parents]


@dataclass(frozen=True, slots=True)
class Owned:
    """The one record that hangs on the parent by a link, None without one."""

    link: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The parent's id."""
        return ("id",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one object per parent or None."""
        plan = asking.plan(selected.type, selected.nodes)
        ids = [row["id"] for row in parents]
        pages = await asking.reads.children(plan.noun, self.link, ids, plan.columns, Listing(first=1))
        owners = [parent_id for parent_id in ids if pages[parent_id].rows]
        built = await plan.build(asking, [pages[parent_id].rows[0] for parent_id in owners])
        owned = dict(zip(owners, built, strict=True))
        return [owned.get(parent_id) for parent_id in ids]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Objects of a JSON list in a column of the parent: each item is a row of its own."""

    key: str
    items: Callable[[Any], Iterable[Row]] = list

    @property
    def columns(self) -> tuple[str, ...]:
        """The column with the list."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return a list of objects per parent."""
        plan = asking.plan(selected.type, selected.nodes)
        groups = [list(self.items(row[self.key])) for row in parents]
        built = iter(await plan.build(asking, [item for group in groups for item in group]))
        return [[next(built) for _ in group] for group in groups]


@dataclass(frozen=True, slots=True)
class Many:
    """Pages of the records that hang on the parents by a link; `key` is the parents' column the link compares with."""

    link: str
    key: str = "id"
    order: tuple[Ordering, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The column the link compares with."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one connection per parent."""
        connection, listing = ConnectionPlan.of(asking, selected), listing_of(selected, self.order)
        noun, ids = connection.noun, [row[self.key] for row in parents]
        pages = await asking.reads.children(noun, self.link, ids, connection.columns, listing)
        counts: dict[str, int] = {}
        if connection.is_counted:
            counts = await asking.reads.count_children(noun, self.link, ids, listing.where)
        return await connection.build(asking, [pages[key] for key in ids], [counts.get(key) for key in ids])


@dataclass(frozen=True, slots=True)
class All:
    """Pages of every record of a noun: a root field."""

    order: tuple[Ordering, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one connection."""
        connection, listing = ConnectionPlan.of(asking, selected), listing_of(selected, self.order)
        page = await asking.reads.page(connection.noun, connection.columns, listing)
        count = await asking.reads.count(connection.noun, listing.where) if connection.is_counted else None
        return await connection.build(asking, [page] * len(parents), [count] * len(parents))


@dataclass(frozen=True, slots=True)
class Referred:
    """The record a reference `by` names, by id or by what people call it: a root field."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one object, None when there is none to see."""
        plan = asking.plan(selected.type, selected.nodes)
        ((name, value),) = selected.arguments["by"].items()
        column = {"id": "id", "externalId": "external_id"}.get(name, name)
        wanted = decode_id(value, plan.type.name, "by.id") if name == "id" else value
        page = await asking.reads.page(plan.noun, plan.columns, Listing(where={column: {"eq": wanted}}, first=1))
        built = await plan.build(asking, page.rows)
        return [built[0] if built else None for _ in parents]


@dataclass(frozen=True, slots=True)
class Anything:
    """Nodes of any type by their global ids, in the order asked for; `many` says whether the field takes a list."""

    many: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the objects, None for what there is none to see of."""
        asked = selected.arguments["ids"] if self.many else [selected.arguments["id"]]
        if len(asked) > MOST:
            raise InvalidInput.at("ids", f"takes at most {MOST} ids")
        named = [decode_any_id(text, f"ids.{place}" if self.many else "id") for place, text in enumerate(asked)]
        found = await nodes_by_type(asking, selected, named)
        objects = [found.get(name) for name in named]
        return [objects if self.many else objects[0] for _ in parents]


@dataclass(frozen=True, slots=True)
class Varying:
    """A record whose type depends on the parent: `named` makes type name and id of the columns, None for nothing."""

    columns: tuple[str, ...]
    named: Callable[..., tuple[str, str] | None]

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one object per parent, None where there is none to see."""
        names = [self.named(*(row[column] for column in self.columns)) for row in parents]
        found = await nodes_by_type(asking, selected, [name for name in names if name is not None])
        return [None if name is None else found.get(name) for name in names]


async def nodes_by_type(
    asking: Asking, selected: Selected, named: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """Return nodes by type name and id: one statement per type; a type that is none finds nothing."""
    wanted: dict[str, set[str]] = {}
    for type_name, record_id in named:
        wanted.setdefault(type_name, set()).add(record_id)
    found: dict[tuple[str, str], Any] = {}
    for type_name, ids in sorted(wanted.items()):
        object_type = asking.schema.get_type(type_name)
        if isinstance(object_type, GraphQLObjectType) and any(i.name == "Node" for i in object_type.interfaces):
            plan = asking.plan(object_type, selected.nodes)
            found |= {(type_name, key): node for key, node in (await objects_by_id(asking, plan, ids)).items()}
    return found


async def objects_by_id(asking: Asking, plan: Plan, ids: Iterable[str | None], by: str = "id") -> dict[str, Any]:
    """Return the objects of these ids, by id; one object is shared by all who refer to it."""
    rows = await asking.reads.by_ids(plan.noun, plan.columns, {key for key in ids if key is not None}, by)
    return dict(zip(rows, await plan.build(asking, list(rows.values())), strict=True))


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What is selected of a connection: `items` are the plans of its nodes, under `nodes` and under `edges.node`."""

    type: GraphQLObjectType
    fields: Sequence[Selected]
    edge_fields: Mapping[str, Sequence[Selected]]
    items: Mapping[int, Plan]

    @classmethod
    def of(cls, asking: Asking, selected: Selected) -> "ConnectionPlan":
        """Return the plan of a field that answers with a connection."""
        fields = asking.selected(selected.type, selected.nodes)
        edges = {field.key: asking.selected(field.type, field.nodes) for field in fields if field.name == "edges"}
        item_fields = [field for field in fields if field.name == "nodes"]
        item_fields += [field for of_edge in edges.values() for field in of_edge if field.name == "node"]
        return cls(
            selected.type,
            fields,
            edges,
            {id(field): asking.plan(field.type, field.nodes) for field in item_fields},
        )

    @property
    def noun(self) -> str:
        """The noun whose rows are the items."""
        noun: str = get_named_type(self.type.fields["nodes"].type).extensions[DEFINITION].origin.noun
        return noun

    @property
    def columns(self) -> set[str]:
        """The columns the items need."""
        return {column for plan in self.items.values() for column in plan.columns}

    @property
    def is_counted(self) -> bool:
        """Whether the whole list is to be counted."""
        return any(field.name == "totalCount" for field in self.fields)

    async def build(self, asking: Asking, pages: Sequence[Page], counts: Sequence[int | None]) -> list[Any]:
        """Return one connection per page."""
        connections = blank_objects(self.type, len(pages))
        for field in self.fields:
            match field.name:
                case "nodes":
                    values: Sequence[Any] = _split(await self._items(asking, field, pages), pages)
                case "edges":
                    values = _split(await self._edges(asking, field, pages), pages)
                case "pageInfo":
                    values = [_page_info(page) for page in pages]
                case _:
                    values = counts
            for connection, value in zip(connections, values, strict=True):
                connection.__dict__[field.key] = value
        return connections

    async def _items(self, asking: Asking, field: Selected, pages: Sequence[Page]) -> list[Any]:
        return await self.items[id(field)].build(asking, [row for page in pages for row in page.rows])

    async def _edges(self, asking: Asking, field: Selected, pages: Sequence[Page]) -> list[Any]:
        edges = blank_objects(field.type, sum(len(page.rows) for page in pages))
        for part in self.edge_fields[field.key]:
            if part.name == "node":
                values = await self._items(asking, part, pages)
            else:
                values = [page.cursor(index) for page in pages for index in range(len(page.rows))]
            for edge, value in zip(edges, values, strict=True):
                edge.__dict__[part.key] = value
        return edges


def many(
    description: str,
    link: str,
    *,
    key: str = "id",
    where: Any = None,
    order: Any = None,
    by_default: tuple[Ordering, ...] = (),
    needs: Permission | None = None,
) -> Any:
    """Return a connection field over the records that hang on the parent by a link."""
    return sourced(
        description, Many(link, key, by_default), needs=needs, arguments=list_arguments(where=where, order=order)
    )


def every(
    description: str,
    *,
    where: Any = None,
    order: Any = None,
    by_default: tuple[Ordering, ...] = (),
    needs: Permission | None = None,
) -> Any:
    """Return a root field over every record of a noun."""
    return sourced(description, All(by_default), needs=needs, arguments=list_arguments(where=where, order=order))


def referred(description: str, reference: Any, *, needs: Permission | None = None) -> Any:
    """Return a root field that finds one record by a `@oneOf` reference."""
    by = argument("by", reference, "What you have of it.")
    return sourced(description, Referred(), needs=needs, arguments=[by])


def _split(values: Sequence[Any], pages: Sequence[Page]) -> list[Sequence[Any]]:
    start, parts = 0, []
    for page in pages:
        parts.append(values[start : start + len(page.rows)])
        start += len(page.rows)
    return parts


def _page_info(page: Page) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursor(0) if page.rows else None,
        end_cursor=page.end_cursor,
    )
