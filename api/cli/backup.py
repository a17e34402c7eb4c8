"""`headwater backup` and `headwater restore`: the record in a SQLite file, copied while it is used, and put back."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import complain, print_json, say
from api.cli.session import DatabaseOption, JsonOption, database_url, opened, run
from domain.kernel.errors import InvalidInput
from domain.store.backup import Copy, put_back, take_backup
from domain.store.settings import sqlite_file

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


def backup(file: FileArgument, is_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Copy the record to a file while it is in use, and check the copy. Writers do not wait."""
    record = _file_of(database, "pg_dump --format=custom --file=FILE URL")
    if not record.exists():
        raise InvalidInput.at("HEADWATER_DATABASE_URL", f"there is no database {record}")
    copy = take_backup(record, file)
    _tell("Backup", copy, None, is_json=is_json)


def restore(
    file: FileArgument,
    is_replacing: Annotated[bool, typer.Option("--replace", help="Move the record that is there aside.")] = False,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Put a backup in the place of the record, checked, and bring its schema up to date. Stop the server first."""
    record = _file_of(database, "pg_restore --no-owner --dbname=URL FILE")
    copy, former = put_back(file, record, is_replacing=is_replacing)
    run(_brought_up_to_date(database))
    _tell("Restored", copy, former, is_json=is_json)


def _file_of(database: str | None, instead: str) -> Path:
    file = sqlite_file(database_url(database))
    if file is None:
        raise InvalidInput.at("HEADWATER_DATABASE_URL", f"is no SQLite file; PostgreSQL has its own tools: {instead}")
    return file


async def _brought_up_to_date(database: str | None) -> None:
    async with opened(database):
        pass


def _tell(what: str, copy: Copy, former: Path | None, *, is_json: bool) -> None:
    if is_json:
        print_json(
            {
                "file": str(copy.file),
                "bytes": copy.size,
                "revision": copy.revision,
                "events": copy.events,
                "last_event_id": copy.last_event_id,
                "former": None if former is None else str(former),
            }
        )
        return
    say(f"{what}: {copy.file}, {copy.size:,} bytes, {copy.events:,} events, schema {copy.revision}. It was checked.")
    if former is not None:
        complain(f"the record that was there is now {former}")
