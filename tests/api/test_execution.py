"""The short way through execution says what graphql-core says: the same data, the same errors at the same places."""

from enum import Enum
from typing import Any, Union

import pytest
import strawberry
from graphql import is_object_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.execution import Execution, settled_types
from api.schema import build_schema


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.type
class Leaf:
    name: str
    rank: int | None = None


@strawberry.type
class Stone:
    weight: float


@strawberry.type
class Tree:
    name: str
    height: int
    colour: Colour | None = None
    marks: list[str] | None = None
    grid: list[list[int]] | None = None
    first: Leaf | None = None
    best: Leaf | None = None
    leaves: list[Leaf] | None = None
    gaps: list[Leaf | None] | None = None
    found: Union[Leaf, Stone, None] = None  # noqa: UP007 - strawberry reads the members


def tree(**values: Any) -> Tree:
    """Return a tree whose values need not be what its fields say."""
    return Tree(**{"name": "oak", "height": 3} | values)


TREES = {
    "sound": tree(
        colour=Colour.BLUE,
        marks=["a", "b"],
        grid=[[1], [2, 3]],
        first=Leaf(name="f", rank=1),
        leaves=[Leaf(name="g"), Leaf(name="h")],
        gaps=[None, Leaf(name="i")],
        found=Stone(weight=1.5),
    ),
    "nothing": tree(),
    "null where none may be": tree(name=None),
    "another type": tree(height="high", colour="mauve"),
    "null among texts": tree(marks=["a", None]),
    "null among objects": tree(leaves=[Leaf(name="g"), None]),
    "unsound below": tree(first=Leaf(name=None), leaves=[Leaf(name="g"), Leaf(name=None)]),  # type: ignore[arg-type]
    "unsound in a gap": tree(gaps=[Leaf(name=None), Leaf(name="j", rank="x")]),  # type: ignore[arg-type]
    "no list": tree(leaves=5, marks=6),
    "an exception as value": tree(first=ValueError("felled")),
}
DOCUMENT = """query ($named: Boolean = false) { trees { ...All __typename } again: trees { name @include(if: $named) }
  lone { name height again: height } }
fragment All on Tree { name tall: height colour marks grid first { __typename title: name rank } best { name }
  leaves { name rank } gaps { name rank } found { ... on Leaf { name } ... on Stone { weight } } }"""


@strawberry.type
class Query:
    @strawberry.field
    async def trees(self, info: strawberry.Info) -> list[Tree | None]:
        return info.context["trees"]  # type: ignore[no-any-return]

    @strawberry.field
    async def lone(self, info: strawberry.Info) -> Tree | None:
        return info.context["trees"][0]  # type: ignore[no-any-return]


async def answer(execution: Any, trees: list[Any]) -> tuple[Any, Any]:
    """Return data and errors of the document."""
    schema = strawberry.Schema(Query, execution_context_class=execution)
    result = await schema.execute(DOCUMENT, context_value={"trees": trees})
    return result.data, [error.formatted for error in result.errors or ()]


@pytest.mark.parametrize("trees", [*([one] for one in TREES.values()), list(TREES.values())], ids=[*TREES, "all"])
async def test_answers_as_the_reference_does(trees: list[Tree]) -> None:
    assert await answer(Execution, trees) == await answer(StrawberryGraphQLCoreExecutionContext, trees)


def test_everything_below_the_roots_is_settled() -> None:
    schema = build_schema().graphql
    objects = {name for name, type_ in schema.type_map.items() if is_object_type(type_) and not name.startswith("__")}
    assert objects - settled_types(schema) == {"Query", "Mutation", "Subscription"}
