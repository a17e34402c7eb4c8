"""What a field costs, as the schema prints it: `@cost` and `@listSize` of the cost analysis of IBM's draft."""

import strawberry
from strawberry.schema_directive import Location

from domain.kernel.page import FIRST

COST = "cost"
SIZED_BY = "sized_by"
"""The way to the list in the arguments whose every item costs what the field costs, and what is below its lists."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="cost", description="How much the field costs; 1 where nothing is said."
)
class Cost:
    """The weight of one field."""

    weight: str = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How often what is below the field is counted: by its argument, else by the size assumed.",
)
class ListSize:
    """The size of one list."""

    assumed_size: int = strawberry.directive_field(name="assumedSize")
    slicing_arguments: list[str] = strawberry.directive_field(name="slicingArguments")
    sized_fields: list[str] = strawberry.directive_field(name="sizedFields")
    require_one_slicing_argument: bool = strawberry.directive_field(name="requireOneSlicingArgument")


PAGE = ListSize(
    assumed_size=FIRST,
    slicing_arguments=["first"],
    sized_fields=["edges", "nodes"],
    require_one_slicing_argument=False,
)
"""The size of every connection."""
