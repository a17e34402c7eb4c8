"""The presets of `headwater import`, by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api.imports.apachejit import apachejit_sections
from api.imports.bpi2013 import bpi2013_sections
from api.imports.bpi2014 import bpi2014_sections
from api.imports.circuits import circuits_sections
from api.imports.debian import debian_sections
from api.imports.netbox import netbox_sections
from api.imports.osg import osg_sections
from api.imports.petshop import petshop_sections
from api.imports.section import Options, Section
from api.imports.tabular import csv_sections, jsonl_sections
from api.imports.uci import uci_sections
from domain.kernel.errors import InvalidInput

PRESETS: Mapping[str, Callable[[Sequence[Path], Options], list[Section]]] = {
    "csv": csv_sections,
    "jsonl": jsonl_sections,
    "osg": osg_sections,
    "debian": debian_sections,
    "petshop": petshop_sections,
    "bpi2013": bpi2013_sections,
    "bpi2014": bpi2014_sections,
    "uci": uci_sections,
    "netbox": netbox_sections,
    "apachejit": apachejit_sections,
    "circuits": circuits_sections,
}


def sections_of(preset: str, paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of an input; an unknown preset or a missing file is `InvalidInput`."""
    if preset not in PRESETS:
        raise InvalidInput.at("PRESET", f"'{preset}' is none of {', '.join(PRESETS)}")
    for path in paths:
        if not path.exists():
            raise InvalidInput.at("PATH", f"there is no file {path}")
    sections = PRESETS[preset](paths, options)
    if not sections:
        raise InvalidInput.at("PATH", f"holds nothing that the preset '{preset}' knows")
    return sections
