"""What every test may ask for: how many random worlds to try, and an empty record."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.store.engine import Database, open_database
from tests.records import SERVER, forget, record_at

QUICK_SHARE = 20
ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="try every random world of the oracles, not a twentieth")
    parser.addoption("--services", action="store_true", help="run on the servers of `make services`; all must be there")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests of the services themselves to a run that asks for services."""
    is_about_services = collection_path == ROOT / "tests" / "services"
    return True if is_about_services and not config.getoption("--services") else None


@pytest.fixture(scope="session")
def worlds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How many random worlds to try: all with --full, else a twentieth (at least 25)."""
    full = bool(request.config.getoption("--full"))
    return lambda number: number if full else max(25, number // QUICK_SHARE)


@pytest.fixture
def record_url(tmp_path: Path) -> str:
    """An empty record at the newest schema."""
    return record_at(tmp_path / "record.db")


@pytest.fixture
async def database(record_url: str) -> AsyncIterator[Database]:
    """The two doors to an empty record."""
    opened = open_database(record_url)
    yield opened
    await opened.dispose()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Drop the databases that stood for the files of a test."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    yield
    if folder is not None:
        forget(folder)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of the command left: its status, what it printed and what it complained of."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Headwater = Callable[..., Answer]


@pytest.fixture(scope="session")
def headwater_in() -> Callable[[Path], Headwater]:
    """The command, given the folder it is run in and its database lies in."""

    def placed(folder: Path) -> Headwater:
        def run(*arguments: str | Path) -> Answer:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
            if SERVER is not None:
                environment["HEADWATER_DATABASE_URL"] = record_at(folder / "headwater.db")
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "api.cli", *map(str, arguments)],
                cwd=folder,
                env=environment | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
            return Answer(ended.returncode, ended.stdout, ended.stderr)

        return run

    return placed
