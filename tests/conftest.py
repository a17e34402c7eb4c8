"""What every test may ask for: how many random worlds to try, and an empty record."""

import json
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from domain.store.engine import Database, open_database
from tests.forks import fork
from tests.records import SERVER, forget, record_at

QUICK_SHARE = 20
ROOT = Path(__file__).parents[1]
COMMAND_SECONDS = 600


LONGEST_FIRST = (
    "real/test_debian.py",
    "workers/test_assessments_stay_current.py",
    "unit/risk/test_risk_properties.py",
    "unit/conflict/test_conflicts_by_definition.py",
    "unit/ci/test_impact_by_definition.py",
    "workers/test_replay.py",
    "workers/test_known_at.py",
    "real/test_osg.py",
    "workers/solvers/test_cab_cp_sat.py",
    "e2e/test_replay.py",
    "e2e/test_learning_from_the_past.py",
    "graph/test_impact_graph.py",
    "e2e/test_import_kill.py",
    "e2e/test_demo.py",
    "e2e/test_kill.py",
    "workers/test_fit_of_the_risk.py",
)
"""The files that take longest, longest first; a file is never split, since its tests may share what they edit."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left alone with one at the end."""
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="try every random world of the oracles, not a twentieth")
    parser.addoption("--whole", action="store_true", help="prove at full size what takes too long for every run")
    parser.addoption("--services", action="store_true", help="run on the servers of `make services`; all must be there")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests of services to a run that has them: `make test-services`."""
    needed = {ROOT / "tests" / "services": config.getoption("--services"), ROOT / "tests" / "postgresql": SERVER}
    return None if needed.get(collection_path, True) else True


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
def headwater_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Headwater]:
    """The command, given the folder it is run in and its database lies in."""
    told = tmp_path_factory.mktemp("told")
    out, err = told / "out", told / "err"

    def placed(folder: Path) -> Headwater:
        def run(*arguments: str | Path) -> Answer:
            settings = {"HEADWATER_DATABASE_URL": record_at(folder / "headwater.db")} if SERVER else {}
            running = fork(main, list(map(str, arguments)), folder=folder, printed=(out, err), settings=settings)
            running.join(COMMAND_SECONDS)
            status = running.exitcode
            running.kill()
            running.join()
            running.close()
            assert status is not None, f"the command did not end: {arguments}"
            return Answer(status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

        return run

    return placed
