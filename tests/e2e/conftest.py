"""What the programs that are killed share."""

import pytest


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest) -> int:
    """How often a program is killed: fifty times with --full, else ten."""
    return 50 if request.config.getoption("--full") else 10
