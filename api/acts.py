"""How a mutation is declared: one input, one result union, the permission in the description (SCHEMA rules 8 to 10)."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import strawberry

from api.errors import result_union
from api.fields import with_permission
from api.ids import decode_id
from domain.kernel.absent import ABSENT
from domain.kernel.actor import Permission

Facts = TypeVar("Facts")
OF = "of"


def act(success: type[Any], description: str, *, needs: Permission | None = None) -> Callable[[Any], Any]:
    """Return the decorator of a mutation: its result is the union of the success and every refusal."""
    name = success.__name__.removesuffix("Success")
    described = with_permission(description, needs)

    def declare(resolver: Any) -> Any:
        return strawberry.mutation(resolver=resolver, description=described, graphql_type=result_union(name, success))

    return declare


def input_field(description: str, *, of: str | None = None) -> Any:
    """Return an input field; `of` names the type whose global ids it takes."""
    return strawberry.field(description=description, metadata={OF: of})


def facts_of(facts: type[Facts], given: Any) -> Facts:
    """Return the domain's partial facts from an input: what is absent stays absent, null clears, ids are decoded."""
    declared = {field.python_name: field for field in given.__strawberry_definition__.fields}
    values: dict[str, Any] = {}
    for fact in fields(facts):  # type: ignore[arg-type]
        if fact.name in declared:
            value = _said(getattr(given, fact.name))
            type_name = declared[fact.name].metadata.get(OF)
            is_id = type_name is not None and isinstance(value, str)
            values[fact.name] = decode_id(str(value), type_name, fact.name) if is_id else value
    return facts(**values)


def _said(value: Any) -> Any:
    """Return what was said: a `Some` holds a value or null, its absence is absence, anything else is itself."""
    if value is None or value is strawberry.UNSET:
        return ABSENT
    return value.value if isinstance(value, strawberry.Some) else value
