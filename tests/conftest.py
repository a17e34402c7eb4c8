"""What every test may ask for: how many random worlds to try, and an empty record."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.store.engine import open_database
from domain.store.migrate import upgrade

QUICK_SHARE = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="try every random world of the oracles, not a twentieth")


@pytest.fixture(scope="session")
def worlds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How many random worlds to try: all with --full, else a twentieth (at least 25)."""
    full = bool(request.config.getoption("--full"))
    return lambda number: number if full else max(25, number // QUICK_SHARE)


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest schema, to be copied: migrating one for every test would take most of the time."""
    path = tmp_path_factory.mktemp("empty") / "record.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


async def _migrate(url: str) -> None:
    database = open_database(url)
    await upgrade(database)
    await database.dispose()
