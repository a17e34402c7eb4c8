"""The office of the business verbs with everything assessed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.mutations.office import Office, build_office, copied, open_office


async def _make(file: Path) -> None:
    await build_office(file)
    async with open_office(file, seed=3) as office:
        await office.runtime.drain()


@pytest.fixture(scope="session")
def assessed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("assessed") / "office.db"
    asyncio.run(_make(file))
    return file


@pytest.fixture
async def office(assessed_file: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(copied(assessed_file, tmp_path)) as opened:
        yield opened
