"""The demo's records as they are before they are written, made once for all tests."""

import pytest

from tests.unit.demo.story import Story, tell


@pytest.fixture(scope="session")
def story() -> Story:
    return tell(seed=1)
