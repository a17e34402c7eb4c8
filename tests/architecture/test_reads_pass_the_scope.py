"""Rights are in the query (ADR 0009): whatever a read selects, it selects through `visible`."""

import ast
from collections.abc import Iterator, Mapping

import pytest

READS = "domain/store/reads/"
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def _called(node: ast.AST) -> set[str]:
    """Return the last names of everything called below the node: `scope.visible(x)` gives `visible`."""
    return {_last_name(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}


def _last_name(func: ast.expr) -> str:
    match func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _outermost(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module with the methods of its classes in place of the classes."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _outermost(statement.body)
        else:
            yield statement


def offences(path: str, tree: ast.Module) -> Iterator[str]:
    """Name every outermost function, and every statement outside one, that selects or writes SQL text unscoped."""
    for statement in _outermost(tree.body):
        called = _called(statement)
        if "text" in called:
            yield f"{path}:{statement.lineno} writes SQL as text, which no scope can reach"
        if "select" not in called:
            continue
        if not isinstance(statement, FUNCTION):
            yield f"{path}:{statement.lineno} selects outside a function, where nobody is asking"
        elif "visible" not in called:
            yield f"{path}:{statement.lineno} {statement.name} selects without visible(...)"


def test_every_select_of_a_read_is_scoped(product: Mapping[str, ast.Module]) -> None:
    reads = {path: tree for path, tree in product.items() if path.startswith(READS)}
    assert [offence for path, tree in reads.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "async def changes(connection, actor):\n    return await connection.execute(select(change))",
        "def changes(connection, actor):\n    return connection.execute(sa.select(change.c.id))",
        "def changes(connection, actor):\n    return connection.execute(change.select())",
        "class Reads:\n    def changes(self):\n        return select(change)",
        "EVERY_CHANGE = select(change)",
        "def changes(connection, actor):\n    return connection.execute(text('select id from change'))",
    ],
)
def test_catches_an_offender(source: str) -> None:
    assert len(list(offences(READS + "change.py", ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def changes(actor):\n    return select(change).where(visible(change, actor))",
        "class Reads:\n    def changes(self, actor):\n        return scope.visible(select(change), actor)",
        "def title(row):\n    return row.title",
    ],
)
def test_lets_a_scoped_read_be(source: str) -> None:
    assert list(offences(READS + "change.py", ast.parse(source))) == []
