"""Bring a database to the schema of this version, and draw the next revision from the tables.

`python -m domain.store.migrate "What changed"` writes a revision: the difference between what the revisions so far
build and the tables of the code.

A revision never waits long for a lock while others queue behind it: it gives up after `LOCK_MILLISECONDS`, all of it is
undone, and it is tried again a little later. Processes that start at once take turns; the first does the work.
"""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from domain.kernel.errors import InvalidInput
from domain.store.collation import order_text_by_bytes
from domain.store.engine import Database, open_database

SCRIPTS = Path(__file__).parent / "migrations"
LOCK_MILLISECONDS = 2_000
TRIES = 30
PAUSE_SECONDS = 2.0
_SETTING = "HEADWATER_DATABASE_URL"
_TURN = 0x4865_6164  # the number of the lock under which revisions run, the same for every process
_NO_RIGHT, _NO_LOCK = "42501", "55P03"

_log = logging.getLogger(__name__)


async def upgrade(database: Database) -> None:
    """Run every revision the database has not seen, in one transaction; nothing to run takes milliseconds.

    `InvalidInput` names the setting when the database cannot be opened, was written by a newer version, or needs
    revisions that its user may not run.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            await _run_revisions(database)
        except DBAPIError as failed:
            if not (_says(failed, _NO_LOCK) and tries_left):
                raise _refused(failed) from failed
            _log.warning("a table is in use: the revisions are tried again in %.0f s", PAUSE_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)
        except OSError as closed:
            raise InvalidInput.at(_SETTING, f"the database cannot be opened: {closed.args[0]}") from closed
        except CommandError as unknown:
            raise InvalidInput.at(_SETTING, f"the database was written by another version: {unknown}") from unknown
        else:
            return


async def _run_revisions(database: Database) -> None:
    async with database.reader.connect() as connection:
        if await connection.run_sync(_is_newest):
            return
    async with database.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
            await connection.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
        await connection.run_sync(_run)


def _run(connection: sa.Connection) -> None:
    if _is_newest(connection):
        return  # another process did it meanwhile
    command.upgrade(_config(connection), "head")
    order_text_by_bytes(connection)


def _is_newest(connection: sa.Connection) -> bool:
    newest = ScriptDirectory(str(SCRIPTS)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest


def _says(failed: DBAPIError, code: str) -> bool:
    return getattr(failed.orig, "sqlstate", None) == code


def _refused(failed: DBAPIError) -> InvalidInput:
    if _says(failed, _NO_RIGHT):
        return InvalidInput.at(
            _SETTING, "the schema is older than this version: its owner runs `headwater database upgrade` first"
        )
    if _says(failed, _NO_LOCK):
        return InvalidInput.at(_SETTING, f"the tables stayed in use through {TRIES} tries to bring them up to date")
    return InvalidInput.at(_SETTING, f"the database cannot be opened: {failed.args[0]}")


def is_known_revision(revision: str) -> bool:
    """Return whether a database at this revision was written by this version or an earlier one."""
    return revision in {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}


async def write_revision(message: str) -> None:
    """Write the revision that leads from the revisions so far to the tables of the code."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/draft.db")
        await upgrade(database)
        async with database.writer.begin() as connection:
            await connection.run_sync(lambda lent: command.revision(_config(lent), message, autogenerate=True))
        await database.dispose()


def _config(connection: sa.Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


if __name__ == "__main__":
    asyncio.run(write_revision(sys.argv[1]))
