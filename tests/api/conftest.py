"""The schema over a temporary record, asked as somebody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.kernel.actor import Actor, Role
from tests.api.desk import Desk, open_desk, somebody


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """An empty record and the schema over it."""
    async with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def staff() -> Actor:
    """Somebody of the service desk."""
    return somebody(Role.SERVICE_DESK, person_id="staff")
