"""Whether what a subscription selects may differ from person to person, or only between sets of permissions."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_abstract_type, is_object_type

from api.lookahead import DEFINITION, NOTHING, Asking, Selected, Value
from api.relations import Embedded, Many, One, Owned, Several
from api.types.live import TYPES, Board, Subject
from domain.kernel.audience import is_personal

_BY_SCOPE = (One, Several, Owned, Many, Embedded, Board)
"""Relations that read rows of their type under the scope of the reads, and nothing else of whoever asks."""


def is_personal_below(asking: Asking, selected: Selected) -> bool:
    """Whether anything below the root field depends on the person who asks: then nobody else shares its execution.

    The subject itself does not count: whether it may be heard of is asked per socket, before anything is sent.
    """
    interface = get_named_type(selected.field.type)
    events: list[Any] = [asking.schema.get_type(concrete.__name__) for concrete in _concrete(interface.name)]
    return any(_is_personal(asking, type_, selected) for type_ in events)


def _concrete(name: str) -> Iterator[Any]:
    for interface, types in TYPES.items():
        if interface.__name__ == name:
            yield from types.values()


def _is_personal(asking: Asking, type_: GraphQLObjectType, above: Selected) -> bool:
    return any(_depends(asking, field) for field in asking.selected(type_, above.nodes))


def _depends(asking: Asking, field: Selected) -> bool:  # noqa: PLR0911 - one case a kind of source
    if isinstance(field.source, Value) and field.source is not NOTHING:
        return False
    target = get_named_type(field.field.type)
    if isinstance(field.source, Subject):
        types = asking.schema.get_possible_types(target) if is_abstract_type(target) else [target]
        return any(_is_personal(asking, type_, field) for type_ in types if isinstance(type_, GraphQLObjectType))
    if not isinstance(target, GraphQLObjectType):
        return field.source is not NOTHING
    if field.source is not NOTHING and not isinstance(field.source, _BY_SCOPE):
        return True
    noun = getattr(target.extensions[DEFINITION].origin, "noun", None)
    if noun is not None and is_personal(noun, asking.actor):
        return True
    if not is_object_type(target) or target.name == "PageInfo":
        return False
    return _is_personal(asking, target, field)
