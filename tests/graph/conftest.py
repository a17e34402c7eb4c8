"""A record in a file of its own."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.store.engine import Database, open_database


@pytest.fixture
async def database(empty_record: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_record, tmp_path / "record.db")
    opened = open_database(f"sqlite:///{tmp_path}/record.db")
    yield opened
    await opened.dispose()
