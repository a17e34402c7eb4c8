"""Roles with the least rights: the product works under the app's, and no role can do more than its work."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.people.model import Person
from domain.store import migrate
from domain.store.engine import open_database
from domain.store.roles import roles_script
from tests.records import record_at
from workers.runtime import Runtime


@pytest.fixture
async def urls(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The address of a record for each of its roles; the script that makes them was run twice."""
    administrator = record_at(tmp_path / "record.db")
    mark, password = secrets.token_hex(4), secrets.token_hex(16)
    names = {role: f"test_{mark}_{role}" for role in ("owner", "app", "reader")}
    connection = await asyncpg.connect(administrator)
    for _ in range(2):
        await connection.execute(roles_script(**names))
    for name in names.values():
        await connection.execute(f"ALTER ROLE {name} PASSWORD '{password}'")
    parts = urlsplit(administrator)
    yield {
        role: parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}").geturl()
        for role, name in names.items()
    }
    superuser = parts.username
    for name in names.values():
        await connection.execute(f"REASSIGN OWNED BY {name} TO {superuser}; DROP OWNED BY {name}; DROP ROLE {name}")
    await connection.close()


async def refused(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_the_product_works_as_the_app(urls: dict[str, str]) -> None:
    runtime = await Runtime.open(urls["app"])
    async with runtime.ports.work(SYSTEM) as work:
        someone = Person(id=work.new_id(), external_id=None, name="Ada")
        work.add(someone)
        work.record("person.added", someone)
        await work.commit()
    await runtime.drain()
    assert await runtime.log.head() == 1
    await runtime.stop()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (id int)",
        "ALTER TABLE person ADD COLUMN other int",
        "DROP TABLE person",
        "TRUNCATE person",
        "CREATE INDEX other ON person (email)",
        "DELETE FROM outbox",
        "UPDATE alembic_version SET version_num = 'other'",
    ],
)
async def test_the_app_changes_rows_and_nothing_else(urls: dict[str, str], statement: str) -> None:
    await refused(urls["app"], statement)


async def test_the_reader_only_reads(urls: dict[str, str]) -> None:
    connection = await asyncpg.connect(urls["reader"])
    assert await connection.fetchval("SELECT count(*) FROM person") == 0
    await connection.close()
    for statement in ("DELETE FROM person", "INSERT INTO counter VALUES ('x', 1)", "CREATE TABLE other (id int)"):
        await refused(urls["reader"], statement)


async def test_an_app_that_meets_an_older_schema_says_who_upgrades_it(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_is_newest", lambda _connection: False)
    monkeypatch.setattr(migrate, "_run", lambda lent: lent.exec_driver_sql("ALTER TABLE person ADD COLUMN other int"))
    opened = open_database(urls["app"])
    with pytest.raises(InvalidInput, match="headwater database upgrade"):
        await migrate.upgrade(opened)
    await opened.dispose()
    opened = open_database(urls["owner"])
    await migrate.upgrade(opened)
    async with opened.writer.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE person DROP COLUMN other")
    await opened.dispose()


@pytest.mark.parametrize("names", [("a", "b", "a"), ("a b", "c", "d"), ("a", "B", "c"), ("a;drop", "b", "c")])
def test_names_that_are_none_are_refused(names: tuple[str, str, str]) -> None:
    with pytest.raises(InvalidInput):
        roles_script(*names)
