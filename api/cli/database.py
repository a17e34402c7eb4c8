"""`headwater database`: what an administrator of PostgreSQL needs."""

import sys
from typing import Annotated

import typer

from api.cli.output import say
from api.cli.session import DatabaseOption, database_url, run
from domain.store.engine import open_database
from domain.store.migrate import upgrade as run_revisions
from domain.store.roles import roles_script

database = typer.Typer(help="Bring a database to this version, and print who may do what in it.", no_args_is_help=True)


@database.command("upgrade")
def upgrade(url: DatabaseOption = None) -> None:
    """Bring the database to the schema of this version, as its owner; harmless when it is there already."""
    run(_upgraded(database_url(url)))
    say("The schema is that of this version.")


@database.command("roles")
def roles(
    owner: Annotated[str, typer.Option(help="Owns the tables and upgrades them.")] = "headwater_owner",
    app: Annotated[str, typer.Option(help="What the API and the workers connect as.")] = "headwater_app",
    reader: Annotated[str, typer.Option(help="Reads and writes nothing.")] = "headwater_reader",
) -> None:
    """Print the SQL for three roles with the least rights: pipe it into psql."""
    sys.stdout.write(roles_script(owner, app, reader))


async def _upgraded(url: str) -> None:
    opened = open_database(url)
    try:
        await run_revisions(opened)
    finally:
        await opened.dispose()
