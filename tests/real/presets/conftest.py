"""An empty record in a folder of its own, and the way to import copies of real files into it."""

import csv
import gzip
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.imports.presets import sections_of
from api.imports.run import Run, Summary
from api.imports.section import Options
from domain.kernel.actor import SYSTEM
from workers.runtime import Runtime


@dataclass
class Bench:
    """An empty record, the folder the input lies in, and what was warned of."""

    runtime: Runtime
    folder: Path
    warnings: list[str] = field(default_factory=list)

    def copy(self, source: Path, *names: str) -> Path:
        """Copy a folder of real files, or those of the names, to where rejects may be written beside them."""
        place = self.folder / source.name
        place.mkdir(exist_ok=True)
        for path in sorted(source.iterdir()):
            if not names or path.name in names:
                shutil.copyfile(path, place / path.name)
        return place

    def sample(self, source: Path, lines: int) -> Path:
        """Copy the header and the first lines of a compressed file."""
        place = self.folder / source.name.removesuffix(".gz")
        with gzip.open(source, "rt", encoding="utf-8") as text:
            place.write_text("".join(line for line, _ in zip(text, range(lines + 1), strict=False)), encoding="utf-8")
        return place

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write an input of a few lines."""
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    async def take(self, preset: str, *paths: Path, **options: Any) -> Summary:
        """Import and return the summary."""
        sections = sections_of(preset, paths, Options(warn=self.warnings.append, **options))
        return await Run(self.runtime.ports, SYSTEM, lambda *_: None).everything(sections)

    async def all(self, noun: type[Any], **where: Any) -> dict[str, Any]:
        """Return every record of a noun by external id."""
        async with self.runtime.ports.snapshot() as snapshot:
            return {record.external_id: record for record in await snapshot.find_all(noun, **where)}

    async def names(self, noun: type[Any]) -> dict[str, str]:
        """Return the external ids of every record of a noun by id."""
        return {record.id: external_id for external_id, record in (await self.all(noun)).items()}


@pytest.fixture
async def bench(record_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    runtime = await Runtime.open(record_url)
    yield Bench(runtime, tmp_path)
    await runtime.stop()


@pytest.fixture(scope="session")
def rows_of() -> Any:
    """Read a CSV file by nothing of the product."""

    def read(path: Path) -> list[dict[str, str]]:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    return read
