"""What a document may ask: tokens, depth, aliases, directives and cost, measured before anything is validated.

One pass visits every selection once per type and page size it is met under, remembering what it found: fragments that
spread fragments take no longer than their text. The cost of an operation is the number of fields its answer may
hold: what is below a connection counts once per item asked for, variables included. A question to an engine weighs
what its `@cost` says, and a fragment that comes later (`@defer`) one more: each is a part of the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from api.costs import COST, SIZED_BY
from api.lookahead import DEFINITION
from domain.kernel.page import FIRST, MOST

LIST_ITEMS = 10
"""Items that a list without pages is taken to hold."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may ask; `tokens` and `fields` bound its text."""

    tokens: int = 3_000
    fields: int = 500
    depth: int = 16
    aliases: int = 100
    directives: int = 50
    cost: int = 50_000


@dataclass(frozen=True, slots=True)
class Measure:
    """How deep an operation goes, and how much of each kind it holds once its fragments are spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Return the measure of both on one level."""
        return Measure(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
        )


def _weight(declared: Any) -> int:
    """Return what asking for a field costs by itself; of one that the schema does not know, what any field costs."""
    weight: int = _declared(declared, COST) or 1
    return weight


def _declared(field: Any, what: str) -> Any:
    """Return what a field was declared with, None for nothing and for a field that the schema does not know."""
    definition = None if field is None else field.extensions.get(DEFINITION)
    return None if definition is None else definition.metadata.get(what)


def _parts(node: Any) -> int:
    """Return how many parts of the answer a selection makes."""
    return sum(directive.name.value == GraphQLDeferDirective.name for directive in node.directives or ())


@dataclass(frozen=True, slots=True)
class _Page:
    """The connection or the list of acts above a selection: what is below its lists is there `items` times."""

    items: int


class _Pass:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema, self._variables = schema, variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[int, str, int | None], Measure] = {}
        self._open: set[tuple[int, str, int | None]] = set()

    def below(self, selections: SelectionSetNode, on: GraphQLNamedType | None, page: _Page | None) -> Measure:
        """Return the measure of a selection set on a type; a cycle of fragments counts nothing."""
        key = (id(selections), on.name if on else "", page.items if page else None)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            return Measure()
        self._open.add(key)
        total = Measure()
        for node in selections.selections:
            total = total.beside(self._selection(node, on, page))
        self._open.discard(key)
        self._known[key] = total
        return total

    def _selection(self, node: Any, on: GraphQLNamedType | None, page: _Page | None) -> Measure:
        own = Measure(directives=len(node.directives or ()), cost=_parts(node))
        if isinstance(node, FieldNode):
            return own.beside(self._field(node, on, page))
        fragment: FragmentDefinitionNode | InlineFragmentNode | None
        fragment = self._fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
        if fragment is None:
            return own
        condition = fragment.type_condition
        type_ = self._schema.get_type(condition.name.value) if condition else on
        return own.beside(self.below(fragment.selection_set, type_, page))

    def _field(self, node: FieldNode, on: GraphQLNamedType | None, page: _Page | None) -> Measure:
        name = node.name.value
        if name.startswith("__"):
            return Measure(aliases=int(node.alias is not None))
        declared = on.fields.get(name) if is_object_type(on) or is_interface_type(on) else None
        result = get_named_type(declared.type) if declared else None
        acts = self._acts(node, declared)
        weight = _weight(declared) * (acts.items if acts else 1)
        inner = Measure()
        if node.selection_set is not None:
            inner = self.below(node.selection_set, result, acts or self._page(node, result))
        times = self._times(node, declared, page)
        return Measure(
            depth=inner.depth + 1,
            aliases=inner.aliases + int(node.alias is not None),
            directives=inner.directives,
            cost=weight + times * (inner.cost + int(node.selection_set is not None)),
        )

    def _acts(self, node: FieldNode, declared: Any) -> _Page | None:
        """Return how many acts a mutation over a list does."""
        way = _declared(declared, SIZED_BY)
        if way is None:
            return None
        asked = self._argument(node, way[0])
        for name in way[1:]:
            asked = asked.get(name) if isinstance(asked, Mapping) else None
        return _Page(len(asked) if isinstance(asked, list | tuple) else 1)

    def _page(self, node: FieldNode, result: GraphQLNamedType | None) -> _Page | None:
        if not isinstance(result, GraphQLObjectType) or "pageInfo" not in result.fields:
            return None
        first = self._argument(node, "first")
        return _Page(min(max(first, 1), MOST) if isinstance(first, int) else FIRST)

    def _times(self, node: FieldNode, declared: Any, page: _Page | None) -> int:
        if declared is None:
            return 1
        type_ = declared.type.of_type if is_non_null_type(declared.type) else declared.type
        if not is_list_type(type_):
            return 1
        ids = self._argument(node, "ids")
        if isinstance(ids, Sequence):
            return len(ids)
        return page.items if page else LIST_ITEMS

    def _argument(self, node: FieldNode, name: str) -> Any:
        """Return what the argument says: a number, items, the fields of an object, what a variable holds, or None."""
        value = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
        return self._said(value)

    def _said(self, value: ValueNode | None) -> Any:
        match value:
            case VariableNode():
                return self._variables.get(value.name.value)
            case IntValueNode():
                return int(value.value) if len(value.value) < 10 else MOST
            case ListValueNode():
                return value.values
            case ObjectValueNode():
                return {field.name.value: self._said(field.value) for field in value.fields}
        return None


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
) -> Measure:
    """Return the measure of an operation with the variables it was sent with; they are not yet checked."""
    given = {**_defaults(operation), **(variables or {})}
    root = schema.get_root_type(operation.operation)
    own = Measure(directives=len(operation.directives or ()))
    return own.beside(_Pass(schema, document, given).below(operation.selection_set, root, None))


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: int(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode) and len(definition.default_value.value) < 10
    }


def count_fields(document: DocumentNode) -> int:
    """Return how many fields stand in the document's text."""
    return sum(isinstance(node, FieldNode) for definition in document.definitions for node in _nodes(definition))


def _nodes(definition: Any) -> Iterator[Any]:
    """Yield every selection of a definition, without following fragments and without recursion."""
    waiting = [definition]
    while waiting:
        selections: SelectionSetNode | None = getattr(waiting.pop(), "selection_set", None)
        if selections is not None:
            yield from selections.selections
            waiting.extend(selections.selections)


def excess(limits: Limits, measured: Measure) -> GraphQLError | None:
    """Return the error that names the first limit an operation passes, None when all hold."""
    return (
        passed("depth", measured.depth, limits.depth)
        or passed("aliases", measured.aliases, limits.aliases)
        or passed("directives", measured.directives, limits.directives)
        or passed("cost", measured.cost, limits.cost)
    )


def passed(limit: str, asked: int, most: int) -> GraphQLError | None:
    """Return the error that names a limit when it is passed, None when it holds."""
    if asked <= most:
        return None
    # Spread fragments multiply past every number worth printing.
    shown = min(asked, 10**12)
    return GraphQLError(
        f"The operation's {limit} of {shown} is more than the {most} that one operation may have.",
        extensions={"code": "LIMIT_EXCEEDED", "limit": limit, "requested": shown, "maximum": most},
    )
