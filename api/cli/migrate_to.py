"""`headwater migrate-to`: from the embedded database to PostgreSQL, in one go."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.output import print_json, say, table
from api.cli.session import DatabaseOption, JsonOption, database_url, run
from domain.kernel.errors import InvalidInput
from domain.store.engine import open_database
from domain.store.migrate import upgrade
from domain.store.moving import TARGET, Listen, MovedTable, move
from domain.store.settings import async_url, sqlite_file

SHOWN_OF_A_CHECKSUM = 16


def migrate_to(
    target: Annotated[str, typer.Argument(metavar=TARGET, help="An empty database: postgresql://USER@HOST/NAME.")],
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Copy the whole record into an empty PostgreSQL database and compare every table before it is committed."""
    source = database_url(database)
    if async_url(target).get_backend_name() != "postgresql":
        raise InvalidInput.at(TARGET, "is postgresql://USER@HOST/NAME")
    file = sqlite_file(source)
    if file is not None and not file.exists():
        raise InvalidInput.at("--database", f"there is no database {file}")
    with _progress() as listen:
        moved = run(_moved(source, target, listen))
    rows = sum(part.rows for part in moved)
    if is_json:
        print_json({"tables": moved, "rows": rows})
        return
    shown = [(part.name, f"{part.rows:,}", part.checksum[:SHOWN_OF_A_CHECKSUM]) for part in moved if part.rows]
    table("Moved", ("table", "rows", "sha-256"), shown, right=("rows",))
    say(f"{rows:,} rows in {len(moved)} tables are the same in both. Point HEADWATER_DATABASE_URL at the new one.")


async def _moved(source: str, target: str, listen: Listen) -> list[MovedTable]:
    here, there = open_database(source), open_database(target)
    try:
        await upgrade(here)
        await upgrade(there)
        return await move(here, there, listen)
    finally:
        await here.dispose()
        await there.dispose()


@contextmanager
def _progress() -> Iterator[Listen]:
    """Yield what is told of every step; a person at a terminal sees which table is on its way."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("Opening the databases", total=None)

        def listen(name: str, done: int, total: int) -> None:
            shown.update(task, description=name, completed=done, total=total)

        yield listen
