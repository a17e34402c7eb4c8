"""graphql-core's executor, short where the answer already lies on its objects: nothing is resolved, nothing awaited.

Lookahead fetches everything below a root field before graphql-core sees the first object. What is left is to bring the
values into the form of the answer, field by field. Whatever is not plainly so is left to graphql-core: a value that
does not fit its type, a null where none may be, an interface, a directive on a field; so an error says what it says
there, and where. An executor that compiles documents would take the place of this class (ADR 0051).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.lookahead import DEFINITION, SOURCE, read_by_response_key

Complete: TypeAlias = Callable[["Execution", "_Field", Any, Path], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    """A selected field of an object whose values lie on it: under which key there, and how they become the answer."""

    key: str
    """Its response key."""
    attribute: str
    parent: GraphQLObjectType
    type: Any
    """Without non-null."""
    may_lack: bool
    details: Any
    """The nodes that select it, as graphql-core has them."""
    coerce: Callable[[Any], Any] | None
    complete: Complete


class Execution(StrawberryGraphQLCoreExecutionContext):
    """The execution of one operation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settled = settled_types(self.schema)
        self._known: dict[int, tuple[Any, Sequence[_Field]]] = {}
        self._roots: dict[str, Any] = {}

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: Any,
        serially: bool,
        position_context: Any,
    ) -> Any:
        """Execute the root fields.

        The events of a subscription share what was collected for the first of them: graphql-core would keep what it
        collects for every event anew, for as long as somebody listens.
        """
        if position_context is None:
            grouped_field_set = self._roots.setdefault(root_type.name, grouped_field_set)
        return super().execute_root_grouped_field_set(
            root_type, root_value, grouped_field_set, serially, position_context
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Return the selected fields of an object by their response keys."""
        if path is None or position_context is not None or parent_type.name not in self._settled:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        fields = self._fields(parent_type, grouped_field_set)
        return {field.key: field.complete(self, field, source_value, path) for field in fields}

    def _fields(self, parent_type: GraphQLObjectType, grouped_field_set: Any) -> Sequence[_Field]:
        """Return what is selected of objects of the type; the selections are kept, so that their ids stay theirs."""
        known = self._known.get(id(grouped_field_set))
        if known is None:
            fields = [_field(parent_type, key, details) for key, details in grouped_field_set.items()]
            known = self._known[id(grouped_field_set)] = (grouped_field_set, fields)
        return known[1]

    def leaf(self, field: _Field, source: Any, path: Path) -> Any:
        """Return a scalar or an enum's value."""
        try:
            value = source.__dict__[field.attribute]
            if value is None and field.may_lack:
                return None
            coerced = field.coerce(value)  # type: ignore[misc]
        except Exception:  # whatever a scalar may raise: graphql-core meets it again and says what and where
            coerced = None
        return self.by_reference(field, source, path) if coerced is None else coerced

    def leaves(self, field: _Field, source: Any, path: Path) -> Any:
        """Return a list of scalars or of an enum's values."""
        try:
            value = source.__dict__[field.attribute]
            if value is None and field.may_lack:
                return None
            coerced = [field.coerce(item) for item in value]  # type: ignore[misc]
        except Exception:  # as for one
            coerced = [None]
        return self.by_reference(field, source, path) if None in coerced else coerced

    def one(self, field: _Field, source: Any, path: Path) -> Any:
        """Return an object, or None where there is none."""
        value = source.__dict__.get(field.attribute)
        if not _is_object(value):
            return self.by_reference(field, source, path)
        place = Path(path, field.key, field.parent.name)
        try:
            return self.collect_and_execute_subfields(field.type, field.details, place, value, None)
        except Exception as error:
            return self._failed(error, field, place)

    def several(self, field: _Field, source: Any, path: Path) -> Any:
        """Return a list of objects."""
        value = source.__dict__.get(field.attribute)
        if not isinstance(value, list) or not all(map(_is_object, value)):
            return self.by_reference(field, source, path)
        place = Path(path, field.key, field.parent.name)
        item_type = get_named_type(field.type)
        completed: list[Any] = []
        try:
            for index, item in enumerate(value):
                completed.append(self._item(field, cast(GraphQLObjectType, item_type), item, Path(place, index, None)))
        except Exception as error:
            return self._failed(error, field, place)
        return completed

    def _item(self, field: _Field, item_type: GraphQLObjectType, item: Any, place: Path) -> Any:
        try:
            return self.collect_and_execute_subfields(item_type, field.details, place, item, None)
        except Exception as error:
            self.handle_field_error(error, cast(GraphQLList[Any], field.type).of_type, field.details, place)
            return None

    def _failed(self, error: Exception, field: _Field, place: Path) -> None:
        declared = field.parent.fields[field.details[0].node.name.value].type
        self.handle_field_error(error, declared, field.details, place)

    def by_reference(self, field: _Field, source: Any, path: Path) -> Any:
        """Return what graphql-core makes of the field; nothing on settled types is awaited."""
        place = Path(path, field.key, field.parent.name)
        return self.execute_field(field.parent, source, field.details, place, None)

    def type_name(self, field: _Field, _source: Any, _path: Path) -> str:
        """Return the name of the object's type."""
        return field.parent.name


def _is_object(value: Any) -> bool:
    return value is not None and not isinstance(value, Exception)


def _field(parent: GraphQLObjectType, key: str, details: Any) -> _Field:
    name = details[0].node.name.value
    if name == "__typename":
        return _Field(key, key, parent, None, False, details, None, Execution.type_name)
    declared = parent.fields[name]
    may_lack = not is_non_null_type(declared.type)
    type_: Any = declared.type if may_lack else declared.type.of_type
    named: Any = get_named_type(type_)
    return _Field(
        key=key,
        attribute=_attribute(declared, key),
        parent=parent,
        type=type_,
        may_lack=may_lack,
        details=details,
        coerce=named.coerce_output_value if is_leaf_type(named) else None,
        complete=_complete(type_, named, details),
    )


def _complete(type_: Any, named: Any, details: Any) -> Complete:
    item: Any = type_.of_type if is_list_type(type_) else None
    is_list_of_lists = is_list_type(item.of_type if is_non_null_type(item) else item)
    if is_list_of_lists or is_abstract_type(named) or any(detail.node.directives for detail in details):
        return Execution.by_reference
    if is_leaf_type(named):
        return Execution.leaf if item is None else Execution.leaves
    return Execution.one if item is None else Execution.several


def _attribute(declared: GraphQLField, key: str) -> str:
    name: str = declared.extensions[DEFINITION].python_name
    return key if declared.resolve is read_by_response_key else name


@lru_cache(maxsize=4)
def settled_types(schema: GraphQLSchema) -> frozenset[str]:
    """Return the object types below which nothing is left to resolve: every value lies on its object."""
    settled = {
        type_.name
        for type_ in schema.type_map.values()
        if is_object_type(type_) and all(_lies_on_object(field) for field in type_.fields.values())
    }
    while True:
        open_ = {name for name in settled if not _holds_settled(schema, name, settled)}
        if not open_:
            return frozenset(settled)
        settled -= open_


def _lies_on_object(field: GraphQLField) -> bool:
    definition = field.extensions.get(DEFINITION)
    if definition is None:
        return False
    return field.resolve is read_by_response_key if SOURCE in definition.metadata else not definition.base_resolver


def _holds_settled(schema: GraphQLSchema, name: str, settled: set[str]) -> bool:
    for field in cast(GraphQLObjectType, schema.type_map[name]).fields.values():
        named: Any = get_named_type(field.type)
        held = schema.get_possible_types(named) if is_abstract_type(named) else [named]
        if any(is_object_type(type_) and type_.name not in settled for type_ in held):
            return False
    return True
