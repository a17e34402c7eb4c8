"""An import of a text in memory's place: a file in a folder of its own, an empty record, what the record holds then."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.imports.presets import sections_of
from api.imports.run import Run, Summary
from api.imports.section import Options
from domain.kernel.actor import SYSTEM
from domain.usecases.importing_drafts import Kind
from workers.runtime import Runtime


@dataclass
class Bench:
    """An empty record and the way to import texts into it."""

    runtime: Runtime
    folder: Path
    warnings: list[str] = field(default_factory=list)

    async def take(self, kind: str, text: str, preset: str = "csv", names: Mapping[str, str] | None = None) -> Summary:
        path = self.folder / f"{kind}.{preset}"
        path.write_bytes(text.encode(errors="surrogateescape"))
        options = Options(warn=self.warnings.append, kind=Kind(kind), names=names or {})
        run = Run(self.runtime.ports, SYSTEM, lambda *_: None)
        return await run.everything(sections_of(preset, [path], options))

    def reasons(self, summary: Summary) -> list[str]:
        return [shown.split(": ", 1)[1] for shown in summary.first_rejects]


@pytest.fixture
async def bench(record_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    runtime = await Runtime.open(record_url)
    yield Bench(runtime, tmp_path)
    await runtime.stop()
