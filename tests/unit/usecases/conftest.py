"""One small estate per test: made once, copied for each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.records import copy_record
from tests.unit.usecases.world import World, open_world, populate


async def _make(file: Path) -> None:
    world = open_world(file)
    await populate(world)
    await world.database.dispose()


@pytest.fixture(scope="session")
def estate_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("estate") / "estate.db"
    asyncio.run(_make(file))
    return file


@pytest.fixture
async def world(estate_file: Path, tmp_path: Path) -> AsyncIterator[World]:
    copy_record(estate_file, tmp_path / "estate.db")
    world = open_world(tmp_path / "estate.db")
    yield world
    await world.database.dispose()
