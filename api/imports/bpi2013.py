"""The preset `bpi2013`: event logs of incidents and problems, as the BPI Challenge 2013 publishes them.

A row is one event of one case. The log of problems has the same columns as the one of incidents: `--kind` tells them
apart, or else the name of the file. A case that is in several files is taken from the one that tells its beginning.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from api.imports.columns import Unreadable
from api.imports.drafts import ci_stubs, csv_files, details, faulty, item, team_stubs
from api.imports.local_times import local_time
from api.imports.rows import Reading, Row, csv_rows, digest
from api.imports.section import Item, Options, Section
from domain.incident.model import IncidentState
from domain.kernel.errors import InvalidInput
from domain.problem.model import ProblemState
from domain.usecases.importing_drafts import Kind

SOURCE = "bpi2013"
CASE, TIME, STATUS, STAGE = "case", "time:timestamp", "concept:name", "lifecycle:transition"
PRODUCT_CLASS = "product"
UNMATCHED = "Unmatched"
"""A status that could not be told apart when the log was made: it says nothing."""
PRIORITIES = {"Major": 1, "High": 2, "Medium": 3, "Low": 4}
TOLD = ("impact", "organization involved", "organization country", "org:role")

INCIDENT_STATES: Mapping[str, IncidentState] = {
    "Awaiting Assignment": IncidentState.NEW,
    "Assigned": IncidentState.ASSIGNED,
    "In Progress": IncidentState.ACCEPTED,
    "Wait": IncidentState.PENDING,
    "Resolved": IncidentState.RESOLVED,
    "In Call": IncidentState.RESOLVED,
    "Closed": IncidentState.ARCHIVED,
    "Cancelled": IncidentState.CANCELLED,
}
PROBLEM_STATES: Mapping[str, ProblemState] = {
    "Awaiting Assignment": ProblemState.NEW,
    "Assigned": ProblemState.ANALYSIS,
    "In Progress": ProblemState.ANALYSIS,
    "Wait": ProblemState.ANALYSIS,
    "Resolved": ProblemState.RESOLVED,
    "Closed": ProblemState.CLOSED,
    "Cancelled": ProblemState.CANCELLED,
}
STATES: Mapping[Kind, Mapping[str, Any]] = {Kind.INCIDENTS: INCIDENT_STATES, Kind.PROBLEMS: PROBLEM_STATES}
COMPLETED, CANCELLED = "Completed", "Cancelled"


@dataclass(frozen=True, slots=True)
class Case:
    """What the events of a case so far add up to.

    `completed_at` is when it was completed and not taken up again since; `row` is the last event that says a stage.
    """

    name: str
    began_at: datetime
    latest_at: datetime
    completed_at: datetime | None
    row: Row

    def after(self, row: Row, at: datetime) -> "Case":
        """Return the case with one more event, in whatever order events come."""
        began_at = min(self.began_at, at)
        if row.cells[STATUS].strip() == UNMATCHED or at < self.latest_at:
            return replace(self, began_at=began_at)
        is_completed = row.cells[STATUS].strip() == COMPLETED
        completed_at = (self.completed_at or at) if is_completed else None
        return replace(self, began_at=began_at, latest_at=at, completed_at=completed_at, row=row)


def bpi2013_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of event logs, with the cases each of them is to tell."""
    if options.kind not in (None, *STATES):
        raise InvalidInput.at("--kind", f"is one of {', '.join(STATES)} for this preset")
    kinds = {path: options.kind or _kind_of(path) for path in csv_files(paths)}
    return [_log(path, kind, [file for file in kinds if kinds[file] is kind]) for path, kind in kinds.items()]


def _kind_of(path: Path) -> Kind:
    return Kind.PROBLEMS if "problem" in path.name.lower() else Kind.INCIDENTS


def _log(path: Path, kind: Kind, together: Sequence[Path]) -> Section:
    reading = Reading(path)
    next(_rows(reading), None)
    missing = sorted({CASE, TIME, STATUS, STAGE} - set(reading.columns))
    if missing:
        raise InvalidInput.at(str(path), f"is no event log: the columns {', '.join(missing)} are missing")
    reading.rows = 0

    def items() -> Iterator[Item]:
        faults, cases = _cases(reading, kind)
        yield from faults
        told = [case for case in cases.values() if path == _teller(case.name, path, beginnings)]
        reading.ignored += len(cases) - len(told)
        yield from team_stubs(_named(told, "org:group"))
        yield from ci_stubs(((name, name) for name in _named(told, "product")), PRODUCT_CLASS, SOURCE)
        for case in told:
            yield _ticket(case, kind)

    beginnings = {file: _beginnings(file, kind) for file in together} if len(together) > 1 else {}
    columns = {"external_id": CASE, "cis": "product", "team_id": "org:group", "opened_at": TIME}
    return Section(reading, digest([path, *together], SOURCE, kind), items, columns)


def _rows(reading: Reading) -> Iterator[Row]:
    return csv_rows(reading, fallback="latin-1")


def _beginnings(path: Path, kind: Kind) -> dict[str, datetime]:
    _, cases = _cases(Reading(path), kind)
    return {name: case.began_at for name, case in cases.items()}


def _teller(name: str, path: Path, beginnings: Mapping[Path, Mapping[str, datetime]]) -> Path:
    """Return the file that a case is taken from: of those that tell its beginning the first."""
    tellers = [file for file, cases in beginnings.items() if name in cases]
    return min(tellers, key=lambda file: beginnings[file][name], default=path)


def _cases(reading: Reading, kind: Kind) -> tuple[list[Item], dict[str, Case]]:
    """Return the rejects of a log and its cases by name, in the order of their first events."""
    faults: list[Item] = []
    cases: dict[str, Case] = {}
    for row in _rows(reading):
        name = "" if row.fault is not None else row.cells[CASE].strip()
        if not name:
            faults.append(faulty(kind, row, "", row.fault or f"{CASE}: is required"))
            continue
        try:
            at = local_time(row.cells[TIME], "UTC")
        except Unreadable as malformed:
            faults.append(faulty(kind, row, TIME, str(malformed)))
            continue
        known = cases.get(name) or Case(name, at, at, None, row)
        cases[name] = known.after(row, at)
    return faults, cases


def _named(cases: Sequence[Case], column: str) -> Iterator[str]:
    return (name for case in cases if (name := _said(case, column)))


def _ticket(case: Case, kind: Kind) -> Item:
    stage = _said(case, STAGE)
    state = STATES[kind].get("Wait" if stage.startswith("Wait") else stage)
    if state is None:
        return faulty(kind, case.row, STAGE, f"'{stage}' is no stage known here")
    product, team = _said(case, "product"), _said(case, "org:group")
    noun = "Incident" if kind is Kind.INCIDENTS else "Problem"
    values: dict[str, Any] = {
        "external_id": case.name,
        "title": f"{noun} {case.name}{f' with {product}' if product else ''}",
        "description": details((column, _said(case, column)) for column in TOLD),
        "state": state,
        "opened_at": case.began_at,
        "recorded_at": case.began_at,
        "cis": [product] if product else [],
    }
    if team:
        values["team_id"] = team
    if (priority := PRIORITIES.get(_said(case, "impact"))) is not None:
        values["priority"] = priority
    if case.completed_at is not None and stage != CANCELLED:
        values["resolved_at"] = case.completed_at
    return item(kind, values, case.row)


def _said(case: Case, column: str) -> str:
    return str(case.row.cells.get(column, "")).strip()
