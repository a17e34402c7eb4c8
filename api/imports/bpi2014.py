"""The preset `bpi2014`: configuration items, incidents and changes in the form of the BPI Challenge 2014.

Columns have the names of the challenge (`Incident ID`) or those of tables made from it (`incident_id`). A configuration
item is known by its service component and its name together. A change has one row per item (ENGINES 1.8).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.imports.bpi2014_changes import change_items
from api.imports.bpi2014_fields import CHANGE_COLUMNS, CI_COLUMNS, INCIDENT_COLUMNS, Names, ci_of, names_of
from api.imports.bpi2014_incidents import incident_items
from api.imports.drafts import csv_files, faulty, item
from api.imports.rows import Reading, Row, csv_rows, digest
from api.imports.section import Item, Options, Section
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Kind

SOURCE = "bpi2014"
LEFT_OUT = frozenset({"incidentactivitynumber", "activity", "interactionid"})
"""Columns of files the record has no place for: the operators' log and the calls to the service desk."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a file holds, and how its rows are read."""

    kind: Kind
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    items: Callable[[Sequence[Row], Names, str], Iterator[Item]]


def bpi2014_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of a folder or of files: items first, then changes, then the incidents that name both."""
    found: list[tuple[int, Section]] = []
    for path in csv_files(paths):
        reading = Reading(path)
        next(_rows(reading), None)
        reading.rows = 0
        place = next((at for at, form in enumerate(FORMS) if _fits(form, reading)), None)
        if place is not None:
            found.append((place, _section(reading, FORMS[place], options.time_zone)))
        elif LEFT_OUT & {plain(column) for column in reading.columns}:
            options.warn(f"{path.name} is left out: the record has no place for activities and interactions")
        else:
            raise InvalidInput.at(str(path), "is no file of this preset: items, changes or incidents")
    return [section for _, section in sorted(found, key=lambda one: one[0])]


def plain(column: str) -> str:
    """Return the name of a column in small letters without blanks, underscores and signs."""
    return "".join(character for character in column.lower() if character.isalnum())


def _rows(reading: Reading) -> Iterator[Row]:
    return csv_rows(reading, fallback="latin-1")


def _fits(form: _Form, reading: Reading) -> bool:
    names = names_of(form.columns, reading.columns)
    return all(field in names for field in form.required)


def _section(reading: Reading, form: _Form, time_zone: str) -> Section:
    names = names_of(form.columns, reading.columns)

    def items() -> Iterator[Item]:
        rows = []
        for row in _rows(reading):
            if row.fault is None and not any(cell.strip() for cell in row.raw):
                reading.ignored += 1
            elif row.fault is not None:
                yield faulty(form.kind, row, "", row.fault)
            else:
                rows.append(row)
        yield from form.items(rows, names, time_zone)

    shown = {"external_id": names[form.required[0]], "cis": names.get("ci", "ci"), "targets": names.get("ci", "ci")}
    return Section(reading, digest([reading.path], SOURCE, form.kind, time_zone), items, shown)


def _ci_items(rows: Sequence[Row], names: Names, _time_zone: str) -> Iterator[Item]:
    for row in rows:
        ci = ci_of(row, names)
        if ci is None:
            yield faulty(Kind.CIS, row, names["ci"], "is required")
        else:
            yield item(Kind.CIS, ci.values(), row)


FORMS = (
    _Form(Kind.CIS, CI_COLUMNS, ("ci", "type", "component", "incidents"), _ci_items),
    _Form(Kind.CHANGES, CHANGE_COLUMNS, ("change", "ci", "opened"), change_items),
    _Form(Kind.INCIDENTS, INCIDENT_COLUMNS, ("incident", "ci", "opened"), incident_items),
)
"""The kinds of files in the order they are taken in."""
