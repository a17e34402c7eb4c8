"""Drafts that several presets make: faults, and stubs of what an input only names."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from api.imports.rejects import SUFFIX
from api.imports.rows import Row
from api.imports.section import Item
from domain.change.model import ChangeState
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Draft, Kind


def csv_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, a folder standing for the CSV files in it by name, without the reject files."""
    return [file for path in paths for file in (_in_folder(path) if path.is_dir() else [path])]


def _in_folder(folder: Path) -> Iterator[Path]:
    yield from (file for file in sorted(folder.glob("*.csv*")) if not file.name.endswith(SUFFIX))


def faulty(kind: Kind, row: Row, column: str, why: str) -> Item:
    """Return the reject of a row that could not be read."""
    return Item(Draft(kind, {}, (row.line,), (Issue(column, why),)), (row,))


def item(kind: Kind, values: dict[str, Any], row: Row) -> Item:
    """Return what one row says of one record."""
    return Item(Draft(kind, values, (row.line,)), (row,))


def ci_stubs(named: Iterable[tuple[str, str]], class_name: str, source: str) -> Iterator[Item]:
    """Yield configuration items that are only named, each once: external id and name."""
    for external_id, name in dict(named).items():
        yield _stub(Kind.CIS, {"external_id": external_id, "name": name, "class_name": class_name, "source": source})


def team_stubs(names: Iterable[str]) -> Iterator[Item]:
    """Yield teams that are only named, each once."""
    for name in dict.fromkeys(names):
        yield _stub(Kind.TEAMS, {"external_id": name, "name": name})


def person_stubs(names: Iterable[str]) -> Iterator[Item]:
    """Yield persons that are only named, each once."""
    for name in dict.fromkeys(names):
        yield _stub(Kind.PEOPLE, {"external_id": name, "name": name})


def change_stubs(external_ids: Iterable[str]) -> Iterator[Item]:
    """Yield changes that incidents name and nobody describes.

    They are closed and have no times: so they are in no calendar and teach nothing.
    """
    for external_id in dict.fromkeys(external_ids):
        yield _stub(
            Kind.CHANGES,
            {"external_id": external_id, "title": f"Change {external_id}", "state": ChangeState.CLOSED},
        )


def details(cells: Iterable[tuple[str, str]]) -> str:
    """Return facts that have no field of their own as lines of a description; blank ones are left out."""
    return "\n".join(f"{name}: {value}" for name, value in cells if value)


def _stub(kind: Kind, values: dict[str, Any]) -> Item:
    return Item(Draft(kind, values, is_stub=True))
