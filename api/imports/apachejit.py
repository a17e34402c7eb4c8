"""The preset `apachejit`: commits of software projects, with what they measure and whether they broke something.

A commit is a closed change of its project. Its outcome is the label: a commit that later fixes were traced back to is
UNSUCCESSFUL, every other SUCCESSFUL.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.imports.columns import Unreadable, truth, whole
from api.imports.drafts import ci_stubs, csv_files, details, faulty, item
from api.imports.rows import Reading, Row, csv_rows, digest
from api.imports.section import Item, Options, Section
from domain.change.model import ChangeOutcome, ChangeState
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Kind

SOURCE = "apachejit"
REQUIRED = ("commit_id", "project", "buggy", "author_date")
MEASURES = ("la", "ld", "nf", "nd", "ns", "ent", "ndev", "age", "nuc", "aexp", "arexp", "asexp")
PROJECT_CLASS = "software project"
SHOWN_OF_ID = 12
MOMENT = timedelta(seconds=1)
"""A commit is an instant, and a window has an end: the shortest there is."""


def apachejit_sections(paths: Sequence[Path], _options: Options) -> list[Section]:
    """Return the sections of files of commits."""
    return [_commits(path) for path in csv_files(paths)]


def _commits(path: Path) -> Section:
    reading = Reading(path)
    next(csv_rows(reading), None)
    missing = sorted(set(REQUIRED) - set(reading.columns))
    if missing:
        raise InvalidInput.at(str(path), f"holds no commits: the columns {', '.join(missing)} are missing")
    reading.rows = 0

    def items() -> Iterator[Item]:
        projects = {row.cells.get("project", "").strip() for row in csv_rows(Reading(path)) if row.fault is None}
        yield from ci_stubs(((name, name) for name in sorted(projects - {""})), PROJECT_CLASS, SOURCE)
        for row in csv_rows(reading):
            yield _change(row)

    return Section(reading, digest([path], SOURCE), items, {"external_id": "commit_id", "targets": "project"})


def _change(row: Row) -> Item:
    if row.fault is not None:
        return faulty(Kind.CHANGES, row, "", row.fault)
    for column in REQUIRED:
        if not row.cells[column].strip():
            return faulty(Kind.CHANGES, row, column, "is required")
    try:
        at = _epoch(row.cells["author_date"])
    except Unreadable as malformed:
        return faulty(Kind.CHANGES, row, "author_date", str(malformed))
    try:
        is_buggy = truth(row.cells["buggy"])
    except Unreadable as malformed:
        return faulty(Kind.CHANGES, row, "buggy", str(malformed))
    commit, project = row.cells["commit_id"].strip(), row.cells["project"].strip()
    values = {
        "external_id": commit,
        "title": f"Commit {commit[:SHOWN_OF_ID]} of {project}",
        "description": details((name, row.cells.get(name, "")) for name in ("fix", *MEASURES)),
        "state": ChangeState.CLOSED,
        "outcome": ChangeOutcome.UNSUCCESSFUL if is_buggy else ChangeOutcome.SUCCESSFUL,
        "recorded_at": at,
        "actual_start": at,
        "actual_end": at + MOMENT,
        "closed_at": at + MOMENT,
        "targets": (project,),
    }
    return item(Kind.CHANGES, values, row)


def _epoch(cell: str) -> datetime:
    try:
        return datetime.fromtimestamp(whole(cell), UTC)
    except (ValueError, OverflowError, OSError) as malformed:
        raise Unreadable("must be seconds since 1970") from malformed
