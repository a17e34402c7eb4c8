"""Copies of a record in a SQLite file: taken while it is in use, checked before anybody relies on them, put back whole.

A copy is one state of the record: what is committed while it is taken is not in it. Writers do not wait for it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.kernel.errors import InvalidInput
from domain.store.migrate import is_known_revision

COMPANIONS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Copy:
    """What a checked copy holds: its bytes, its revision of the schema, and how far its event log goes."""

    file: Path
    size: int
    revision: str
    events: int
    last_event_id: int


def take_backup(record: Path, target: Path) -> Copy:
    """Copy a record to a file that is not there yet, and check the copy; nothing half done is ever seen under its name.

    `InvalidInput` when the target exists or cannot be written.
    """
    if target.exists():
        raise InvalidInput.at("FILE", f"'{target}' exists: a backup replaces nothing")
    with _draft_of(target, "FILE") as draft:
        _copy(record, draft)
        return _put(draft, target)


def put_back(backup: Path, record: Path, *, is_replacing: bool) -> tuple[Copy, Path | None]:
    """Put a checked backup where a record belongs; return it with where the former record was moved, if one was there.

    `InvalidInput` when the backup is damaged or none of ours, when a record is there that may not be replaced, or
    while that record is in use.
    """
    check(backup)
    former = None
    if record.exists():
        if not is_replacing:
            raise InvalidInput.at("--database", f"'{record}' exists: --replace moves it aside")
        former = record.with_name(f"{record.name}.before-restore")
        if former.exists():
            raise InvalidInput.at("--database", f"'{former}' is left from an earlier restore: move it away first")
        _settle(record)
    with _draft_of(record, "--database") as draft:
        _copy(backup, draft)
        if former is not None:
            record.replace(former)
        for companion in COMPANIONS:
            record.with_name(record.name + companion).unlink(missing_ok=True)
        return _put(draft, record), former


def check(copy: Path) -> Copy:
    """Return what a copy holds; `InvalidInput` when it is damaged, no record, or of a version we do not know."""
    if not copy.is_file():
        raise InvalidInput.at("FILE", f"there is no file '{copy}'")
    try:
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("PRAGMA query_only=ON")
            faults = [row[0] for row in opened.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            loose = opened.execute("PRAGMA foreign_key_check").fetchone()
            revision = opened.execute("SELECT version_num FROM alembic_version").fetchone()
            events, last = opened.execute("SELECT count(*), coalesce(max(id), 0) FROM outbox").fetchone()
    except sqlite3.Error as unreadable:
        raise InvalidInput.at("FILE", f"'{copy}' is no record of Headwater, or damaged: {unreadable}") from unreadable
    if faults or loose is not None:
        told = "; ".join(faults) or f"a row of {loose[0]} refers to nothing"
        raise InvalidInput.at("FILE", f"'{copy}' is damaged: {told}")
    if revision is None or not is_known_revision(revision[0]):
        raise InvalidInput.at("FILE", f"'{copy}' was written by a newer version")
    return Copy(copy, copy.stat().st_size, revision[0], events, last)


@contextmanager
def _draft_of(target: Path, option: str) -> Iterator[Path]:
    draft = target.with_name(f"{target.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        yield draft
    except (OSError, sqlite3.Error) as closed:
        raise InvalidInput.at(option, f"'{target}' cannot be written: {closed}") from closed
    finally:
        for path in (draft, *(draft.with_name(draft.name + companion) for companion in COMPANIONS)):
            if path.parent.is_dir():
                path.unlink(missing_ok=True)


def _copy(record: Path, draft: Path) -> None:
    """Copy one state of a record into one file, with nothing beside it."""
    with closing(sqlite3.connect(record)) as source, closing(sqlite3.connect(draft)) as copied:
        source.backup(copied)
        copied.execute("PRAGMA journal_mode=DELETE")
    _flush(draft)


def _put(draft: Path, target: Path) -> Copy:
    """Check a draft and give it its name."""
    check(draft)
    draft.replace(target)
    _flush(target.parent)
    return check(target)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _settle(record: Path) -> None:
    """Write what is in the log of a record into the file; `InvalidInput` while another process has it open."""
    in_use = f"'{record}' is in use: stop the server and the workers first"
    try:
        with closing(sqlite3.connect(record, timeout=1.0)) as opened:
            opened.execute("PRAGMA locking_mode=EXCLUSIVE")
            opened.execute("BEGIN EXCLUSIVE")
            opened.execute("COMMIT")
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as busy:
        raise InvalidInput.at("--database", in_use) from busy
    except sqlite3.DatabaseError:
        return  # damaged: that is why it is replaced
