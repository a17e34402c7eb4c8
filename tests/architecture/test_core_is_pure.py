"""The processes and engines are pure (ADR 0005, 0006): standard library only, and nothing of it that does I/O."""

import ast
import sys
from collections.abc import Iterator, Mapping

import pytest

CONCURRENCY = {"asyncio", "concurrent", "multiprocessing", "queue", "threading"}
FILES = {"io", "logging", "os", "pathlib", "pickle", "shutil", "sqlite3", "subprocess", "tempfile"}
NETWORK = {"http", "select", "smtplib", "socket", "urllib"}
CHANCE_AND_PRESENT = {"random", "secrets", "time"}
OPEN_WORLD = CONCURRENCY | FILES | NETWORK | CHANCE_AND_PRESENT
EXCEPTIONS = {
    "domain/kernel/ids.py": {"random", "secrets"},  # where new ids come from
    "domain/usecases/": {"asyncio"},  # they await the ports
}
STORE = "domain/store/"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and top-level package of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


def offences(path: str, tree: ast.Module) -> Iterator[str]:
    """Name every import of the core that is neither the domain nor a pure part of the standard library."""
    allowed = {package for place, packages in EXCEPTIONS.items() if path.startswith(place) for package in packages}
    allowed = {package for place, packages in EXCEPTIONS.items() if path.startswith(place) for package in packages}
    for line, package in imports(tree):
        if package != "domain" and package not in sys.stdlib_module_names:
            yield f"{path}:{line} imports {package}: the core needs the standard library only"
        elif package in OPEN_WORLD - allowed:
            yield f"{path}:{line} imports {package}: the core does no I/O and throws no dice"


def test_the_core_does_no_io(product: Mapping[str, ast.Module]) -> None:
    core = {path: tree for path, tree in product.items() if path.startswith("domain/") and not path.startswith(STORE)}
    assert [offence for path, tree in core.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    "source", ["import numpy", "from sqlalchemy import select", "import os.path", "from random import random"]
)
def test_catches_an_offender(source: str) -> None:
    assert len(list(offences("domain/risk/score.py", ast.parse(source)))) == 1


@pytest.mark.parametrize("source", ["from math import fsum", "from domain.kernel.time import Clock"])
def test_lets_the_pure_be(source: str) -> None:
    assert list(offences("domain/risk/score.py", ast.parse(source))) == []
