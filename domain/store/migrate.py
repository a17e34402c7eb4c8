"""Bring a database to the schema of this version, and draw the next revision from the tables.

`python -m domain.store.migrate "What changed"` writes a revision: the difference between what the revisions so far
build and the tables of the code.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from domain.kernel.errors import InvalidInput
from domain.store.engine import Database, open_database

SCRIPTS = Path(__file__).parent / "migrations"
_SETTING = "HEADWATER_DATABASE_URL"


async def upgrade(database: Database) -> None:
    """Run every revision the database has not seen, in one transaction; nothing to run takes milliseconds.

    `InvalidInput` names the setting when the database cannot be opened or was written by a newer version.
    """
    try:
        async with database.writer.begin() as connection:
            await connection.run_sync(lambda lent: command.upgrade(_config(lent), "head"))
    except (DBAPIError, OSError) as closed:
        raise InvalidInput.at(_SETTING, f"the database cannot be opened: {closed.args[0]}") from closed
    except CommandError as unknown:
        raise InvalidInput.at(_SETTING, f"the database was written by another version: {unknown}") from unknown


def is_known_revision(revision: str) -> bool:
    """Return whether a database at this revision was written by this version or an earlier one."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}


async def write_revision(message: str) -> None:
    """Write the revision that leads from the revisions so far to the tables of the code."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/draft.db")
        await upgrade(database)
        async with database.writer.begin() as connection:
            await connection.run_sync(lambda lent: command.revision(_config(lent), message, autogenerate=True))
        await database.dispose()


def _config(connection: sa.Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


if __name__ == "__main__":
    asyncio.run(write_revision(sys.argv[1]))
