"""How a type over rows declares its fields. Each says what the name cannot; the permission needed is appended here."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from api.costs import COST, PAGE, Cost
from api.lookahead import NEEDS, OWN_COLUMN, SOURCE, Source, Value, same
from domain.kernel.actor import Permission


def sourced(
    description: str,
    source: Source,
    *,
    needs: Permission | None = None,
    arguments: Sequence[StrawberryArgument] = (),
    name: str | None = None,
    weight: int = 1,
) -> Any:
    """Return a field whose value lookahead puts on the object.

    Without the permission it `needs` the field is null, so such a field must be nullable. Its `weight` is what asking
    for it costs.
    """
    sizes = [PAGE] if {"first", "after"} <= {argument.python_name for argument in arguments} else []
    declared: Any = strawberry.field(
        description=with_permission(description, needs),
        name=name,
        metadata={SOURCE: source, NEEDS: needs, COST: weight},
        directives=[*sizes, *([Cost(weight=str(weight))] if weight > 1 else [])],
    )
    declared.arguments = list(arguments)
    return declared


def with_permission(description: str, needs: Permission | None) -> str:
    """Return the description with the permission needed, for whoever reads the schema."""
    return description if needs is None else f"{description} Needs permission `{needs.value}`."


def column(description: str, name: str | None = None, *, needs: Permission | None = None) -> Any:
    """Return a field that is a column as it stands: the one of its own name unless another is given."""
    return sourced(description, OWN_COLUMN if name is None else Value((name,), same), needs=needs)


def computed(
    description: str, columns: Sequence[str], compute: Callable[..., Any], *, needs: Permission | None = None
) -> Any:
    """Return a field computed from columns of the row."""
    return sourced(description, Value(tuple(columns), compute), needs=needs)


def argument(
    python_name: str, annotation: Any, description: str, default: Any = strawberry.UNSET
) -> StrawberryArgument:
    """Return an argument of a field that has no resolver function."""
    return StrawberryArgument(
        python_name=python_name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=default,
    )
