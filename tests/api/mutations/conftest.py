"""One estate for all tests of mutations: made once, copied for each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.mutations.office import Office, build_office, copied, open_office


@pytest.fixture(scope="session")
def office_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("office") / "office.db"
    asyncio.run(build_office(file))
    return file


@pytest.fixture
async def office(office_file: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(copied(office_file, tmp_path)) as opened:
        yield opened


@pytest.fixture
async def second_office(office: Office, tmp_path: Path) -> AsyncIterator[Office]:
    """Another server over the record of the first, with an engine of its own."""
    async with open_office(tmp_path / "office.db", seed=3) as opened:
        yield opened
