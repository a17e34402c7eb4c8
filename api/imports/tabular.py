"""The presets `csv` and `jsonl`: one documented kind per import, columns renamed by `--map theirs=ours`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.imports.columns import ATTRIBUTE, COLUMNS, SCOPE_FIELDS, Column, Unreadable
from api.imports.rows import Reading, Row, csv_rows, digest, jsonl_rows
from api.imports.section import Item, Options, Section
from domain.kernel.errors import InvalidInput, Issue
from domain.usecases.importing_drafts import Draft, Kind

Rows = Callable[[Reading], Iterator[Row]]


def csv_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of CSV files of one kind."""
    return [_section(path, csv_rows, "csv", options) for path in paths]


def jsonl_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of files with one JSON object per line, of one kind."""
    return [_section(path, jsonl_rows, "jsonl", options) for path in paths]


def _section(path: Path, rows: Rows, preset: str, options: Options) -> Section:
    if options.kind is None:
        raise InvalidInput.at("--kind", f"is required: one of {', '.join(Kind)}")
    kind, names = options.kind, _renamed(options.kind, options.names)
    reading = Reading(path)

    def items() -> Iterator[Item]:
        for row in rows(reading):
            if reading.rows == 1:
                _check_names(reading, names)
            yield Item(draft_of(kind, row, names, options.warn), (row,))

    mapping = ",".join(f"{theirs}={ours}" for theirs, ours in sorted(options.names.items()))
    return Section(
        reading, digest([path], preset, kind, mapping), items, {c.field: n for n, c in COLUMNS[kind].items()}
    )


def _renamed(kind: Kind, names: Mapping[str, str]) -> Mapping[str, str]:
    for ours in names.values():
        if ours not in COLUMNS[kind] and not ours.startswith(ATTRIBUTE):
            raise InvalidInput.at("--map", f"'{ours}' is no column of {kind}: {', '.join(COLUMNS[kind])}")
    return names


def _check_names(reading: Reading, names: Mapping[str, str]) -> None:
    """Refuse a mapping of a column that a CSV file does not have; JSON objects may each have others."""
    if reading.columns == ("row",):
        return
    for theirs in names:
        if theirs not in reading.columns:
            raise InvalidInput.at("--map", f"{reading.path} has no column '{theirs}': {', '.join(reading.columns)}")
    ours = [names.get(column, column) for column in reading.columns]
    twice = sorted({column for column in ours if ours.count(column) > 1})
    if twice:
        raise InvalidInput.at("--map", f"two columns of {reading.path} would be '{twice[0]}'")


def draft_of(kind: Kind, row: Row, names: Mapping[str, str], warn: Callable[[str], None]) -> Draft:
    """Return what a row says of one record; what could not be read are its faults. A blank cell says nothing."""
    if row.fault is not None:
        return Draft(kind, {}, (row.line,), (Issue("", row.fault),))
    values: dict[str, Any] = {}
    faults: list[Issue] = []
    for theirs, cell in row.cells.items():
        name = names.get(theirs, theirs)
        if kind is Kind.CIS and name.startswith(ATTRIBUTE):
            if not _is_blank(cell):
                values.setdefault("attributes", {})[name.removeprefix(ATTRIBUTE)] = cell
            continue
        column = COLUMNS[kind].get(name)
        if column is None:
            warn(f"column '{theirs}' is unknown and left out")
        elif not _is_blank(cell):
            _read(column, cell, values, faults)
    if kind is Kind.WINDOWS and values.get("scope_kind") in SCOPE_FIELDS and "scope_id" in values:
        values[SCOPE_FIELDS[values["scope_kind"]]] = values.pop("scope_id")
    return Draft(kind, values, (row.line,), tuple(faults))


def _read(column: Column, cell: Any, values: dict[str, Any], faults: list[Issue]) -> None:
    try:
        said = column.read(cell)
    except Unreadable as wrong:
        faults.append(Issue(column.field, str(wrong)))
        return
    if column.field == "attributes":
        said = {**said, **values.get("attributes", {})}
    values[column.field] = said


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
