"""The revisions build exactly the tables of the code, quickly and repeatably, and refuse what they do not know."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.kernel.errors import InvalidInput
from domain.store import migrate
from domain.store.engine import Database, open_database
from domain.store.migrate import upgrade
from domain.store.tables import metadata
from tests.records import record_at

NAME_LIMIT_OF_POSTGRESQL = 63
BOOKKEEPING = "alembic_version"


def schema(connection: sa.Connection) -> dict[str, Any]:
    """Return what the database itself says of its tables."""
    inspector = sa.inspect(connection)
    by_name = {"key": lambda found: str(found["name"])}
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": sorted(inspector.get_foreign_keys(table), **by_name),
            "unique": sorted(inspector.get_unique_constraints(table), **by_name),
            "checks": sorted(inspector.get_check_constraints(table), **by_name),
            "indexes": sorted(str(_as_text(index)) for index in inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != BOOKKEEPING
    }


def _as_text(index: Any) -> Any:
    """Return an index with its conditions as text: two statements that read the same are not equal."""
    return {**index, "dialect_options": {k: str(v) for k, v in index.get("dialect_options", {}).items()}}


async def schema_of(database: Database) -> dict[str, Any]:
    async with database.reader.connect() as connection:
        return await connection.run_sync(schema)


async def test_the_revisions_build_the_tables_of_the_code(database: Database, tmp_path: Path) -> None:
    built = await schema_of(database)
    meant = open_database(record_at(tmp_path / "meant.db"))
    async with meant.writer.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    assert built == await schema_of(meant), 'draw a revision: python -m domain.store.migrate "What changed"'
    await meant.dispose()


async def test_a_drawn_revision_holds_what_changed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    await migrate.write_revision("Nothing")
    (drawn,) = scripts.glob("versions/*_nothing.py")
    upgrade_of_the_revision = drawn.read_text().partition("def upgrade()")[2].partition("def downgrade()")[0]
    assert "pass" in upgrade_of_the_revision
    assert "op." not in upgrade_of_the_revision


async def test_a_record_at_its_newest_schema_opens_without_a_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_run", None)
    async with database.writer.begin() as somebody:
        await somebody.execute(sa.text("UPDATE counter SET value = 1"))
        await upgrade(database)


def test_every_name_fits_postgresql() -> None:
    named = [*metadata.sorted_tables]
    named += [found for table in metadata.sorted_tables for found in (*table.constraints, *table.indexes)]
    assert [found.name for found in named if len(str(found.name)) > NAME_LIMIT_OF_POSTGRESQL] == []


async def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    newer = open_database(f"sqlite:///{tmp_path}/newer.db")
    await upgrade(newer)
    async with newer.writer.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = 'unheard of'"))
    with pytest.raises(InvalidInput, match="another version"):
        await upgrade(newer)
    await newer.dispose()


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is a text, not a database\n" * 99)
    opened = open_database(f"sqlite:///{path}")
    with pytest.raises(InvalidInput) as refused:
        await upgrade(opened)
    assert [issue.path for issue in refused.value.issues] == ["HEADWATER_DATABASE_URL"]
    await opened.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////",
        "sqlite:////no/folder/record.db",
        "mysql://host/name",
        "nonsense",
    ],
)
def test_what_cannot_be_a_record_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_database(url)
    assert [issue.path for issue in refused.value.issues] == ["HEADWATER_DATABASE_URL"]
