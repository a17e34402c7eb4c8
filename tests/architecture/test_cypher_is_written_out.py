"""Cypher lives in `graph`, each statement written out whole with parameters: never put together from strings."""

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

GRAPH = "graph/"
CYPHER = re.compile(
    r"\b(?:MATCH|MERGE|CREATE)\s+[\w =]*\(|\bUNWIND\s+\$|\bDETACH\s+DELETE\b|\bCREATE\s+CONSTRAINT\b",
)


def _is_cypher(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CYPHER.search(node.value))


def _is_assembled(node: ast.AST) -> bool:
    """Whether the node puts a string together out of parts, one of which is Cypher."""
    match node:
        case ast.JoinedStr(values=values):
            filled = any(isinstance(value, ast.FormattedValue) for value in values)
            return filled and any(_is_cypher(value) for value in values)
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return _is_cypher(left) or _is_cypher(right)
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace", value=value), args=args):
            return _is_cypher(value) or any(_is_cypher(inner) for arg in args for inner in ast.walk(arg))
    return False


def offences(path: str, tree: ast.Module) -> Iterator[str]:
    """Name every string of Cypher outside `graph`, and everywhere every one that is assembled."""
    for node in ast.walk(tree):
        if _is_assembled(node):
            yield f"{path}:{node.lineno} puts Cypher together from strings; use a parameter"  # type: ignore[attr-defined]
        elif _is_cypher(node) and not path.startswith(GRAPH):
            yield f"{path}:{node.lineno} speaks Cypher outside graph"  # type: ignore[attr-defined]


def test_no_cypher_is_assembled_or_strays(product: Mapping[str, ast.Module]) -> None:
    assert [offence for path, tree in product.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "query = f'MATCH (c:CI {{id: {ci}}}) RETURN c'",
        "query = 'MATCH (c:CI) WHERE c.id = ' + ci",
        "query = 'UNWIND $ids AS id MATCH (c:%s) RETURN c' % label",
        "query = 'MERGE (c:{}) RETURN c'.format(label)",
        "query = ' '.join(['MATCH (c:CI)', condition])",
    ],
)
def test_catches_assembled_cypher(source: str) -> None:
    assert list(offences(GRAPH + "queries.py", ast.parse(source)))


def test_catches_cypher_outside_the_graph() -> None:
    tree = ast.parse("QUERY = 'CYPHER 5 MATCH (c:CI {id: $id})-[:IMPACTS*1..]->(n:CI) RETURN DISTINCT n.id'")
    assert list(offences("workers/relay.py", tree))


@pytest.mark.parametrize(
    "source",
    [
        "QUERY = 'UNWIND $ids AS id ' 'MATCH (c:CI {id: id}) RETURN collect(c.id) AS ids'",
        "message = f'no match ({number})'",
    ],
)
def test_lets_whole_statements_and_prose_be(source: str) -> None:
    assert list(offences(GRAPH + "queries.py", ast.parse(source))) == []
