"""The preset `uci`: the event log of incidents that the audit of a ServiceNow instance writes.

Every row is one state of one incident; the one with the most modifications is its last. A `?` is unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.imports.columns import Unreadable
from api.imports.drafts import change_stubs, ci_stubs, csv_files, details, faulty, item, person_stubs, team_stubs
from api.imports.local_times import local_time
from api.imports.rows import Reading, Row, csv_rows, digest
from api.imports.section import Item, Options, Section
from domain.incident.model import OPEN_STATES, IncidentState
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Kind

SOURCE = "uci"
REQUIRED = ("number", "incident_state", "opened_at")
UNKNOWN = frozenset({"", "?"})
STATES: Mapping[str, IncidentState] = {
    "new": IncidentState.NEW,
    "active": IncidentState.ACCEPTED,
    "in progress": IncidentState.ACCEPTED,
    "on hold": IncidentState.PENDING,
    "awaiting user info": IncidentState.PENDING,
    "awaiting vendor": IncidentState.PENDING,
    "awaiting problem": IncidentState.PENDING,
    "awaiting evidence": IncidentState.PENDING,
    "resolved": IncidentState.RESOLVED,
    "closed": IncidentState.ARCHIVED,
    "canceled": IncidentState.CANCELLED,
    "cancelled": IncidentState.CANCELLED,
}
PRIORITIES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 4}
TOLD = ("category", "subcategory", "u_symptom", "location", "contact_type", "problem_id", "vendor", "closed_code")
"""What has no field of its own and is kept in the description."""
CI_CLASS = "configuration item"


def uci_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of event logs."""
    return [_log(path, options.time_zone) for path in csv_files(paths)]


def _log(path: Path, time_zone: str) -> Section:
    reading = Reading(path)
    next(_rows(reading), None)
    missing = sorted(set(REQUIRED) - set(reading.columns))
    if missing:
        raise InvalidInput.at(str(path), f"is no log of incidents: the columns {', '.join(missing)} are missing")
    reading.rows = 0

    def items() -> Iterator[Item]:
        faults, last = _last_states(reading)
        for row in faults:
            yield faulty(Kind.INCIDENTS, row, "", row.fault or "number: is required")
        yield from _stubs(last)
        for row in last:
            yield _incident(row, time_zone)

    columns = {"external_id": "number", "cis": "cmdb_ci", "team_id": "assignment_group", "reporter_id": "caller_id"}
    return Section(reading, digest([path], SOURCE, time_zone), items, columns)


def _rows(reading: Reading) -> Iterator[Row]:
    return csv_rows(reading, fallback="latin-1")


def _last_states(reading: Reading) -> tuple[list[Row], list[Row]]:
    """Return the rows that cannot be read, and the last row of every incident in the order of their first ones.

    Of rows with equally many modifications the later one in the file is the last.
    """
    faults: list[Row] = []
    last: dict[str, tuple[int, Row]] = {}
    for row in _rows(reading):
        if row.fault is not None or not _said(row, "number"):
            faults.append(row)
            continue
        number, modifications = _said(row, "number"), _said(row, "sys_mod_count")
        count = int(modifications) if modifications.isascii() and modifications.isdigit() else 0
        if number not in last or count >= last[number][0]:
            last[number] = (count, row)
    return faults, [row for _, row in last.values()]


def _stubs(rows: Sequence[Row]) -> Iterator[Item]:
    """Yield what incidents name: teams, persons, items and changes of which the log says nothing else."""
    yield from team_stubs(_named(rows, "assignment_group"))
    yield from person_stubs([*_named(rows, "caller_id"), *_named(rows, "assigned_to")])
    yield from ci_stubs(((name, name) for name in _named(rows, "cmdb_ci")), CI_CLASS, SOURCE)
    yield from change_stubs([*_named(rows, "caused_by"), *_named(rows, "rfc")])


def _named(rows: Sequence[Row], column: str) -> Iterator[str]:
    return (name for row in rows if (name := _said(row, column)))


def _incident(row: Row, time_zone: str) -> Item:
    state = STATES.get(_said(row, "incident_state").lower())
    if state is None:
        return faulty(Kind.INCIDENTS, row, "incident_state", f"'{row.cells['incident_state']}' is no state known here")
    times: dict[str, Any] = {}
    for column in ("opened_at", "sys_created_at", "resolved_at"):
        try:
            times[column] = local_time(said, time_zone) if (said := _said(row, column)) else None
        except Unreadable as malformed:
            return faulty(Kind.INCIDENTS, row, column, str(malformed))
    opened_at = times["opened_at"]
    if opened_at is None:
        return faulty(Kind.INCIDENTS, row, "opened_at", "is required")
    symptom = _said(row, "u_symptom") or _said(row, "subcategory") or _said(row, "category")
    values: dict[str, Any] = {
        "external_id": _said(row, "number"),
        "title": symptom or f"Incident {_said(row, 'number')}",
        "description": details((column, _said(row, column)) for column in TOLD),
        "state": state,
        "opened_at": opened_at,
        "recorded_at": max(opened_at, times["sys_created_at"] or opened_at),
        "cis": _listed(row, "cmdb_ci"),
        "caused_by": _listed(row, "caused_by"),
        "related_changes": [name for name in _listed(row, "rfc") if name != _said(row, "caused_by")],
    }
    if (priority := PRIORITIES.get(_said(row, "priority")[:1])) is not None:
        values["priority"] = priority
    if state not in OPEN_STATES and times["resolved_at"] is not None:
        values["resolved_at"] = times["resolved_at"]
    references = {"team_id": "assignment_group", "reporter_id": "caller_id", "assignee_id": "assigned_to"}
    values |= {field: said for field, column in references.items() if (said := _said(row, column))}
    return item(Kind.INCIDENTS, values, row)


def _listed(row: Row, column: str) -> list[str]:
    return [said] if (said := _said(row, column)) else []


def _said(row: Row, column: str) -> str:
    """Return what a cell says, nothing where it is unknown."""
    said = str(row.cells.get(column, "")).strip()
    return "" if said in UNKNOWN else said
