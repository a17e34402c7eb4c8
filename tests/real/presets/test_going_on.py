"""What resuming stands on: the same input is read the same way; broken off, an import goes on where it was."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.imports.presets import sections_of
from api.imports.run import Run
from api.imports.section import Options, Section
from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.ports import ImportProgress

INPUTS = {
    "petshop": "petshop",
    "bpi2013": "bpi2013/open_problems.csv.gz",
    "bpi2014": "bpi2014",
    "uci": "uci_servicenow",
    "netbox": "netbox",
    "apachejit": "software_changes",
    "circuits": "circuit_maintenance",
}


@pytest.mark.parametrize("preset", INPUTS)
def test_the_same_input_yields_the_same_drafts(shared: Path, preset: str) -> None:
    def drafts() -> list[tuple[str, list[Any]]]:
        sections = sections_of(preset, [shared / INPUTS[preset]], Options(warn=lambda _: None))
        return [(section.source, [item.draft for item in section.items()]) for section in sections]

    first = drafts()
    assert first == drafts()
    assert all(some for _, some in first)


class BrokenOffError(Exception):
    """Somebody pulled the plug."""


def after(chunks: int) -> Callable[[Section, ImportProgress], None]:
    """Return a listener that breaks the import off once that many drafts were done."""

    def listen(_section: Section, progress: ImportProgress) -> None:
        if progress.drafts_done >= chunks:
            raise BrokenOffError

    return listen


async def test_broken_off_it_goes_on_where_it_was(bench: Any, shared: Path) -> None:
    path = bench.sample(shared / "software_changes" / "apachejit_test_small.csv.gz", 1_500)
    sections = sections_of("apachejit", [path], Options(warn=lambda _: None))
    with pytest.raises(BrokenOffError):
        await Run(bench.runtime.ports, SYSTEM, after(1_000)).everything(sections)
    assert 900 < len(await bench.all(Change)) < 1_500
    summary = await bench.take("apachejit", path)
    assert (summary.resumed, summary.updated, summary.unchanged) == (1_000, 0, 0)
    assert len(await bench.all(Change)) == 1_500
