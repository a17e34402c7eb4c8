"""The preset `petshop`: the dependency graph of a microservice application as an adjacency matrix.

A cell that is not zero is an edge from its column to its row: what fails in the column is noticed in the row, so the
row DEPENDS_ON the column. The external id of a node is its name.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from api.imports.columns import Unreadable, number
from api.imports.drafts import csv_files, faulty, item
from api.imports.rows import Reading, Row, begins_with, csv_rows, digest
from api.imports.section import Item, Options, Section
from domain.ci.relations import RelationType
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "petshop"
ALPHA = 0.9
KINDS = frozenset({"remote", "client"})
"""What a name may end in beside a kind of cloud resource, which has `::` in it."""
COMPONENT_CLASS = "component"


def petshop_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of adjacency matrices; files of injected faults are questions, not records."""
    sections = []
    files = [file for path in paths for file in (_data_files(path) if path.is_dir() else [path])]
    for file in files:
        if begins_with(file, b"[", b"{"):
            options.warn("injected faults are left out: they are questions to the graph, not records")
        else:
            sections.append(_matrix(file))
    return sections


def _data_files(folder: Path) -> list[Path]:
    return [*csv_files([folder]), *sorted(folder.glob("*.json*"))]


def _matrix(path: Path) -> Section:
    reading = Reading(path)
    rows = list(csv_rows(reading))
    heading, *nodes = reading.columns
    if not nodes or not {row.cells.get(heading) for row in rows} & set(nodes):
        raise InvalidInput.at(str(path), "is no adjacency matrix: the first column names the nodes of the header again")
    reading.rows = 0

    def items() -> Iterator[Item]:
        rows = list(csv_rows(reading))
        yield from _nodes(rows, reading.columns)
        for row in rows:
            yield from _edges(row, reading.columns)

    return Section(reading, digest([path], SOURCE), items, {"source_id": "row", "target_id": "column"})


def _nodes(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[Item]:
    heading, *nodes = columns
    names = [*nodes, *(row.cells[heading].strip() for row in rows if row.fault is None)]
    for name in dict.fromkeys(name for name in names if name):
        values = {"external_id": name, "name": name, "class_name": class_of(name), "source": SOURCE}
        yield Item(Draft(Kind.CIS, values))


def class_of(name: str) -> str:
    """Return the kind of a node as far as its name says it, e.g. `AWS::Lambda` of `step_readDDB_AWS::Lambda`."""
    _, _, ending = name.rpartition("_")
    return ending if "_" in name and ("::" in ending or ending in KINDS) else COMPONENT_CLASS


def _edges(row: Row, columns: Sequence[str]) -> Iterator[Item]:
    heading, *nodes = columns
    dependent = row.cells.get(heading, "").strip()
    if row.fault is not None or not dependent:
        yield faulty(Kind.RELATIONS, row, "", row.fault or "has no name of a node in its first cell")
        return
    for provider in nodes:
        try:
            is_edge = provider and number(row.cells[provider]) != 0
        except Unreadable as malformed:
            yield faulty(Kind.RELATIONS, row, provider, str(malformed))
            continue
        if is_edge:
            yield item(Kind.RELATIONS, _dependency(dependent, provider), row)


def _dependency(dependent: str, provider: str) -> dict[str, object]:
    return {
        "source_id": dependent,
        "target_id": provider,
        "type": RelationType.DEPENDS_ON,
        "alpha": ALPHA,
        "source": SOURCE,
    }
