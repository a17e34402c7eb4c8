"""One act is one transaction: only the store begins one, and only its unit of work commits it (ADR 0001, 0003).

A use case says when its act is done: it may ask the unit of work, which it calls `work`, to commit.
"""

import ast
from collections.abc import Iterator, Mapping

import pytest

STORE = "domain/store/"
UNIT_OF_WORK = "domain/store/unit_of_work.py"
USE_CASES = "domain/usecases/"


def offences(path: str, tree: ast.Module) -> Iterator[str]:
    """Name every call of `x.commit()` outside the unit of work and of `x.begin()` outside the store."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        asks_the_unit_of_work = path.startswith(USE_CASES) and ast.unparse(node.func) == "work.commit"
        if node.func.attr == "commit" and path != UNIT_OF_WORK and not asks_the_unit_of_work:
            yield f"{path}:{node.lineno} commits; only the unit of work does"
        if node.func.attr == "begin" and not path.startswith(STORE):
            yield f"{path}:{node.lineno} begins a transaction; only the store does"


def test_nobody_else_begins_or_commits(product: Mapping[str, ast.Module]) -> None:
    assert [offence for path, tree in product.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("workers/relay.py", "await session.commit()"),
        ("domain/store/outbox.py", "connection.commit()"),
        ("workers/relay.py", "await work.commit()"),
        ("domain/usecases/changes.py", "def approve(work): work.session.commit()"),
        ("api/queries/change.py", "async def one(engine):\n    async with engine.begin() as connection: ..."),
    ],
)
def test_catches_an_offender(path: str, source: str) -> None:
    assert len(list(offences(path, ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (UNIT_OF_WORK, "await session.commit()"),
        ("domain/store/engine.py", "with engine.begin() as connection: ..."),
        ("domain/usecases/changes.py", "async def approve(work): await work.commit()"),
    ],
)
def test_lets_the_right_place_be(path: str, source: str) -> None:
    assert list(offences(path, ast.parse(source))) == []
