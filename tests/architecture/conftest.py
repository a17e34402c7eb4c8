"""The source of the house, read and parsed once: what every rule about it walks."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

TOPS = ("api", "domain", "graph", "workers")
GENERATED = "domain/store/migrations/versions/"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def written(repository: Path) -> Mapping[str, str]:
    """Text of every Python file that people write (product, tests, benchmarks), by its path from the root."""
    return {
        path.relative_to(repository).as_posix(): path.read_text(encoding="utf-8")
        for top in (*TOPS, "services", "tests", "bench")
        for path in sorted((repository / top).rglob("*.py"))
        if "node_modules" not in path.parts
        if not path.relative_to(repository).as_posix().startswith(GENERATED)
    }


@pytest.fixture(scope="session")
def product(written: Mapping[str, str]) -> Mapping[str, ast.Module]:
    """Syntax tree of every Python file of the product, by its path from the root."""
    return {path: ast.parse(text, path) for path, text in written.items() if path.split("/")[0] in TOPS}
