"""What every test may ask for: how many random worlds to try."""

from collections.abc import Callable

import pytest

QUICK_SHARE = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="try every random world of the oracles, not a twentieth")


@pytest.fixture(scope="session")
def worlds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How many random worlds to try: all with --full, else a twentieth (at least 25)."""
    full = bool(request.config.getoption("--full"))
    return lambda number: number if full else max(25, number // QUICK_SHARE)
