"""The reject file: every row that was not taken in, with its line, the reason and the row as it stands.

Its rows are on the disk before the chunk they belong to commits, so none is lost; what a broken chunk left behind is
cut off when the import goes on.
"""

import csv
import io
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from api.imports.rows import Row
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Draft

SUFFIX = ".rejects.csv"
ANYBODY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def reject_path(source: Path, part: str = "") -> Path:
    """Return `INPUT.rejects.csv` beside the input, or in the working directory where that cannot be written.

    A file that is read in several passes has one per pass, told apart by the `part`.
    """
    beside = source.with_name(f"{source.name}{'.' if part else ''}{part}{SUFFIX}")
    # A folder nobody may write to is left alone even by those whom no permission stops.
    is_open = os.access(source.parent, os.W_OK) and source.parent.stat().st_mode & ANYBODY_WRITES
    return beside if is_open else Path.cwd() / beside.name


class RejectFile:
    """The reject file of one input; without a path (a rehearsal) nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def clear(self) -> None:
        """Remove what an earlier import left."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def holds(self, size: int) -> bool:
        """Whether what had been written when the import last committed is still there."""
        return self.path is not None and self._present() >= size

    def append(self, committed: int, columns: Sequence[str], rows: Sequence[tuple[Row, str]]) -> int:
        """Write rows with their reasons through to the disk; return how long the file is now.

        `committed` is how long it was when the import last committed: what a chunk that failed wrote since is cut off.
        """
        if self.path is None:
            return 0
        if self._present() > committed:
            os.truncate(self.path, committed)
        if not rows:
            return committed
        text = io.StringIO()
        writer = csv.writer(text)
        if committed == 0:
            writer.writerow(["line", "reason", *columns])
        writer.writerows([row.line or "", why, *row.raw] for row, why in rows)
        written = text.getvalue().encode(errors="surrogateescape")
        with self.path.open("ab") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        return committed + len(written)

    def _present(self) -> int:
        return self.path.stat().st_size if self.path is not None and self.path.exists() else 0


def reason(issues: Sequence[Issue], columns: Mapping[str, str]) -> str:
    """Return why a draft was rejected, in the words of its file."""
    return "; ".join(_told(issue, columns) for issue in issues)


def _told(issue: Issue, columns: Mapping[str, str]) -> str:
    head, dot, rest = issue.path.partition(".")
    name = f"{columns.get(head, head)}{dot}{rest}"
    return f"{name}: {issue.message}" if name else issue.message


def rows_of(draft: Draft, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows a rejected draft stands on; one that was derived from many is shown by what it says."""
    return rows or [Row(0, {}, (", ".join(f"{name}={value}" for name, value in draft.values.items()),))]
