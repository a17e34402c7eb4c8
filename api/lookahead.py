"""Reading by lookahead: the selection is parsed once at the root, then the tree is fetched level by level.

Every field of a GraphQL type over rows carries a *source*: a column, a value computed from columns, or a relation. A
relation fetches for all parents at once, so a level costs one statement per relation, whatever the number of parents.
Values are put on the instances under their response keys, so aliases with other arguments keep apart, and GraphQL
then reads plain attributes. Nothing else in `api` fetches rows.

What is selected under `@defer` alone is planned with the rest and fetched when GraphQL comes to it: again for all
parents at once, from the same snapshot.
"""

import asyncio
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLDeferDirective,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.reading import Reads
from domain.kernel.actor import Actor, Permission
from domain.kernel.page import Row

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
SOURCE = "source"
NEEDS = "needs"


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of the answer: its response key, its declaration, its arguments, and the nodes that select below it."""

    key: str
    field: GraphQLField
    name: str
    source: "Source"
    arguments: Mapping[str, Any]
    nodes: tuple[FieldNode, ...]
    is_deferred: bool = False

    @property
    def type(self) -> GraphQLObjectType:
        """The object type of the field, without list and non-null."""
        return cast(GraphQLObjectType, get_named_type(self.field.type))


def same(value: Any) -> Any:
    """Return the value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Value:
    """A value read or computed from columns of the row, without asking for anything else."""

    columns: tuple[str, ...]
    compute: Callable[..., Any]

    def of(self, rows: Sequence[Row]) -> list[Any]:
        """Return the value for every row."""
        compute = self.compute
        if len(self.columns) == 1:
            (column,) = self.columns
            return [row[column] for row in rows] if compute is same else [compute(row[column]) for row in rows]
        return [compute(*[row[column] for column in self.columns]) for row in rows]


@runtime_checkable
class Relation(Protocol):
    """A batch resolver: what it needs of the parents, and the values for all of them at once, in their order."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the parents that `fetch` looks at."""
        ...

    async def fetch(self, asking: "Asking", parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one value per parent."""
        ...


Source: TypeAlias = Value | Relation

OWN_COLUMN = Value((), same)
"""The source of a field that is the column of its own name."""

NOTHING = Value((), lambda: None)
"""The source of a field that the actor may not read, and of fields that are placed by the relation above them."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One operation being answered: who asks, what is read from, and the document the selections stand in.

    `services` is what relations beyond the record use: the request context with its ports.
    """

    actor: Actor
    reads: Reads
    services: Any
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    plans: dict[Any, "Plan"] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, info: GraphQLResolveInfo[Any], actor: Actor, reads: Reads, services: Any) -> "Asking":
        """Return what a root resolver asks with."""
        # Strawberry hands resolvers the coerced values alone, which is all that arguments are read from.
        variables = VariableValues({}, cast(dict[str, Any], info.variable_values))
        return cls(actor, reads, services, info.schema, info.fragments, variables)

    def selected(self, object_type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> list[Selected]:
        """Return the fields selected below these nodes on an object of that type, in order, merged by response key."""
        grouped: dict[str, list[FieldNode]] = {}
        wanted_now: set[str] = set()
        seen: set[tuple[str, bool]] = set()
        for node in nodes:
            if node.selection_set is not None:
                for field, is_deferred in self._fields(object_type, node.selection_set.selections, seen):
                    key = field.alias.value if field.alias else field.name.value
                    grouped.setdefault(key, []).append(field)
                    if not is_deferred:
                        wanted_now.add(key)
        return [
            self.field(object_type, key, tuple(group), is_deferred=key not in wanted_now)
            for key, group in grouped.items()
            if not group[0].name.value.startswith("__")
        ]

    def field(
        self, object_type: GraphQLObjectType, key: str, nodes: tuple[FieldNode, ...], *, is_deferred: bool = False
    ) -> Selected:
        """Return the field of the type that these nodes select under a response key."""
        name = nodes[0].name.value
        declared = object_type.fields[name]
        definition = declared.extensions[DEFINITION]
        source: Source = definition.metadata[SOURCE]
        needs: Permission | None = definition.metadata[NEEDS]
        if source is OWN_COLUMN:
            source = Value((definition.python_name,), same)
        return Selected(
            key=key,
            field=declared,
            name=name,
            source=source if needs is None or self.actor.may(needs) else NOTHING,
            arguments=get_argument_values(declared, nodes[0], self.variables) if declared.args else {},
            nodes=nodes,
            is_deferred=is_deferred,
        )

    def _fields(
        self,
        object_type: GraphQLObjectType,
        selections: Sequence[SelectionNode],
        seen: set[tuple[str, bool]],
        *,
        is_deferred: bool = False,
    ) -> Iterator[tuple[FieldNode, bool]]:
        for node in selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node, is_deferred
                continue
            is_later = is_deferred or self._is_deferred(node)
            if isinstance(node, InlineFragmentNode):
                fragment: InlineFragmentNode | FragmentDefinitionNode = node
            else:
                name = node.name.value  # type: ignore[attr-defined]
                if (name, is_later) in seen:
                    continue
                seen.add((name, is_later))
                fragment = self.fragments[name]
            if self._applies(fragment, object_type):
                yield from self._fields(object_type, fragment.selection_set.selections, seen, is_deferred=is_later)

    def _is_included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip is not None and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return include is None or bool(include["if"])

    def _is_deferred(self, node: SelectionNode) -> bool:
        if not node.directives:
            return False
        defer = get_directive_values(GraphQLDeferDirective, node, self.variables)
        return defer is not None and defer["if"] is not False

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, object_type: GraphQLObjectType) -> bool:
        if fragment.type_condition is None:
            return True
        condition = self.schema.get_type(fragment.type_condition.name.value)
        if condition is object_type:
            return True
        return is_abstract_type(condition) and self.schema.is_sub_type(condition, object_type)

    async def values(self, selected: Selected, rows: Sequence[Row]) -> Sequence[Any]:
        """Return the value of a field for every row."""
        source = selected.source
        if isinstance(source, Value):
            return source.of(rows)
        return await source.fetch(self, rows, selected) if rows else []

    def late_values(self, selected: Selected, rows: Sequence[Row]) -> Sequence[Any]:
        """Return for every row what can be awaited for the value of a field."""
        if isinstance(selected.source, Value):
            return selected.source.of(rows)
        fetch = _LateFetch(self, selected, rows)
        return [_Late(fetch, place) for place in range(len(rows))]

    def plan(self, object_type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> "Plan":
        """Return what is selected below these nodes on objects of a type over rows; worked out once per asking."""
        key = (object_type.name, *map(id, nodes))
        known = self.plans.get(key)
        if known is None:
            known = self.plans[key] = Plan(object_type, self.selected(object_type, nodes))
        return known


@dataclass(frozen=True, slots=True)
class Plan:
    """The fields selected on objects of one type: which columns they need, and how to make the objects."""

    type: GraphQLObjectType
    fields: Sequence[Selected]

    @property
    def columns(self) -> set[str]:
        """The columns of a row that the selected fields look at."""
        return {column for selected in self.fields for column in selected.source.columns}

    @property
    def noun(self) -> str:
        """The noun whose rows become objects of this type."""
        noun: str = self.type.extensions[DEFINITION].origin.noun
        return noun

    async def build(self, asking: Asking, rows: Sequence[Row]) -> list[Any]:
        """Return one object per row with every selected value on it, under its response key."""
        objects = blank_objects(self.type, len(rows))
        for selected in self.fields:
            is_late = selected.is_deferred
            values = asking.late_values(selected, rows) if is_late else await asking.values(selected, rows)
            for target, value in zip(objects, values, strict=True):
                target.__dict__[selected.key] = value
        return objects


class _LateFetch:
    """The values of one deferred field for many parents, fetched for all of them when the first is wanted."""

    def __init__(self, asking: Asking, selected: Selected, rows: Sequence[Row]) -> None:
        self._asking, self._selected, self._rows = asking, selected, rows
        self._turn = asyncio.Lock()
        self._values: Sequence[Any] | None = None
        self._fault: Exception | None = None

    async def value(self, place: int) -> Any:
        """Return the value for one parent; where the fetch failed, it failed for all of them and is not repeated."""
        async with self._turn:
            if self._values is None and self._fault is None:
                try:
                    self._values = await self._fetched()
                except Exception as fault:
                    self._fault = fault
        if self._values is None:
            raise cast(Exception, self._fault)
        return self._values[place]

    async def _fetched(self) -> Sequence[Any]:
        async with self._asking.services.reading() as reads:
            return await replace(self._asking, reads=reads).values(self._selected, self._rows)


@dataclass(frozen=True, slots=True)
class _Late:
    """What GraphQL awaits in the place of a value that is not fetched yet."""

    fetch: _LateFetch
    place: int

    def __await__(self) -> Generator[Any, None, Any]:
        return self.fetch.value(self.place).__await__()


def blank_objects(object_type: GraphQLObjectType, number: int) -> list[Any]:
    """Return objects of the type's class without calling its constructor: lookahead puts on them what is selected."""
    cls = object_type.extensions[DEFINITION].origin
    return [cls.__new__(cls) for _ in range(number)]


def read_by_response_key(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """Resolve a field that lookahead has already put on its object."""
    return source.__dict__[info.path.key]
