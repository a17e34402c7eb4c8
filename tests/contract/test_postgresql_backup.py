"""Backup and restore of a stack: what pg_dump took is restored into an empty database, to the same checksums.

Where a Neo4j server is named too, the graph is rebuilt from the restored record and verified against it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from domain.store.engine import Database, open_database
from domain.store.tables import metadata
from tests import builders
from workers.runtime import Runtime

SERVER = os.environ.get("HEADWATER_TEST_POSTGRESQL_URL")
NEO4J = {
    name.replace("_TEST", ""): value for name, value in os.environ.items() if name.startswith("HEADWATER_TEST_NEO4J_")
}
DEBIAN = Path("/usr/lib/postgresql/15/bin")
ROOT = Path(__file__).parents[2]


def database_url(name: str) -> str:
    return make_url(SERVER or "").set(database=name).render_as_string(hide_password=False)


def tool(name: str, *arguments: str) -> None:
    program = shutil.which(name) or str(DEBIAN / name)
    subprocess.run([program, *arguments], check=True, capture_output=True)


def graph(verb: str, url: str) -> None:
    environment = os.environ | NEO4J | {"HEADWATER_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "api.cli", "graph", verb]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


async def administer(*statements: str) -> None:
    server = open_database(SERVER or "")
    async with server.writer.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await alone.execute(sa.text(statement))
    await server.dispose()


async def digests(database: Database) -> dict[str, str]:
    """Return a checksum of every table, over its rows in one order."""
    found: dict[str, str] = {}
    async with database.reader.connect() as connection:
        for table in metadata.sorted_tables:
            rows = sorted(map(repr, (await connection.execute(sa.select(table))).all()))
            found[table.name] = sha256("\n".join(rows).encode()).hexdigest()
    return found


if SERVER is not None:

    @pytest.fixture
    async def databases() -> AsyncIterator[tuple[str, str]]:
        """Two empty databases of this test's own."""
        names = (f"backup_{os.getpid()}_from", f"backup_{os.getpid()}_to")
        await administer(*(f"CREATE DATABASE {name}" for name in names))
        yield database_url(names[0]), database_url(names[1])
        await administer(*(f"DROP DATABASE {name} WITH (FORCE)" for name in names))

    async def test_a_dump_restores_into_an_empty_stack(databases: tuple[str, str], tmp_path: Path) -> None:
        source, target = databases
        runtime = await Runtime.open(source)
        await builders.saved(
            runtime.ports.work,
            builders.a_class(id="class-server", name="server"),
            *(builders.a_ci(id=name, name=name) for name in ("app", "db")),
            builders.a_relation("app", "db"),
            builders.a_change("db", id="change"),
        )
        await runtime.drain()
        before = await digests(runtime.database)
        await runtime.stop()

        dump = str(tmp_path / "headwater.dump")
        tool("pg_dump", "--format=custom", f"--file={dump}", source)
        tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={target}", dump)

        restored = await Runtime.open(target)
        assert await digests(restored.database) == before
        await builders.saved(restored.ports.work, builders.a_person(id="afterwards"))
        await restored.drain()
        assert await restored.log.head() > 0
        await restored.stop()

    if NEO4J:

        async def test_the_graph_is_rebuilt_from_the_restored_record(databases: tuple[str, str]) -> None:
            source, _ = databases
            runtime = await Runtime.open(source)
            await builders.saved(
                runtime.ports.work,
                builders.a_class(id="class-server", name="server"),
                *(builders.a_ci(id=name, name=name) for name in ("app", "db")),
                builders.a_relation("app", "db"),
            )
            await runtime.drain()
            await runtime.stop()
            graph("rebuild", source)
            graph("verify", source)
