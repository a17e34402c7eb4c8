"""The file the demo lives in: made beside its place, marked, then put there, so that nothing half done is ever seen.

The mark is the application id of the SQLite file format (four bytes of the header, kept for this purpose). It can be
read without opening the database: what belongs to somebody else is refused before it is touched.
"""

import os
from pathlib import Path

from domain.kernel.errors import InvalidInput

MARK = b"HWDM"
MARK_AT = 68
MAGIC = b"SQLite format 3\x00"
COMPANIONS = ("-wal", "-shm", "-journal")


def check_replaceable(file: Path) -> None:
    """Raise `InvalidInput` unless the file is absent, empty, or a demo made before."""
    try:
        with file.open("rb") as opened:
            header = opened.read(100)
    except FileNotFoundError:
        return
    except OSError as closed:
        raise InvalidInput.at("--database", f"'{file}' cannot be read: {closed.strerror}") from closed
    is_demo = header.startswith(MAGIC) and header[MARK_AT : MARK_AT + len(MARK)] == MARK
    if header and not is_demo:
        raise InvalidInput.at("--database", f"'{file}' holds other data: the demo replaces only what is a demo itself")


def fresh_draft(file: Path) -> Path:
    """Return where the demo is made before it takes its place; what a killed run left there is removed."""
    draft = file.with_name(f"{file.name}.draft")
    remove(draft)
    return draft


def remove(file: Path) -> None:
    """Remove a database and what SQLite keeps beside it."""
    for path in (file, *(file.with_name(file.name + companion) for companion in COMPANIONS)):
        path.unlink(missing_ok=True)


def put_in_place(draft: Path, file: Path) -> None:
    """Mark a closed draft as a demo and put it where the former demo was."""
    with draft.open("r+b") as opened:
        opened.seek(MARK_AT)
        opened.write(MARK)
        opened.flush()
        os.fsync(opened.fileno())
    remove(file)
    draft.replace(file)
