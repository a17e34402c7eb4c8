"""A server with accounts of several roles, named by their tokens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.kernel.actor import Role
from tests.api.live.place import Place, open_place
from tests.builders import a_person, a_team


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Ada is on the service desk, Tea in a support team, Ben and Cyd report incidents."""
    async with open_place(tmp_path) as opened:
        await populated(opened)
        yield opened


async def populated(opened: Place) -> None:
    """Write the people and their accounts."""
    await opened.holds(*[a_person(id=name, name=name) for name in ("ada", "tea", "ben", "cyd")])
    await opened.holds(a_team("tea", id="team"))
    await opened.account("desk", Role.SERVICE_DESK, "ada")
    await opened.account("audit", Role.AUDITOR)
    await opened.account("root", Role.ADMINISTRATOR)
    await opened.account("tea", Role.SUPPORT, "tea")
    await opened.account("ben", Role.REQUESTER, "ben")
    await opened.account("cyd", Role.REQUESTER, "cyd")
