"""Real data that nobody here wrote."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the checkout; in continuous integration its absence is a failure."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the shared data is not at {SHARED}")
        pytest.skip(f"the shared data is not at {SHARED}")
    return SHARED
