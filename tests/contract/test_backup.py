"""Backups of a SQLite record: taken while it is written, checked, restored whole or not at all."""

import asyncio
import shutil
import sqlite3
import threading
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from domain.kernel.errors import InvalidInput
from domain.store.backup import check, put_back, take_backup
from domain.store.settings import sqlite_file
from tests import builders
from tests.records import empty_sqlite_file
from workers.runtime import Runtime


@pytest.fixture
async def record(tmp_path: Path) -> Path:
    """A record somebody has worked in."""
    file = tmp_path / "record.db"
    shutil.copy(empty_sqlite_file(), file)
    runtime = await Runtime.open(f"sqlite:///{file}")
    await builders.saved(runtime.ports.work, builders.a_class(id="class"), builders.a_ci(id="app", name="app"))
    await runtime.drain()
    await runtime.stop()
    return file


def digests(record: Path) -> dict[str, str]:
    """Return a checksum of every table, over its rows in one order."""
    with closing(sqlite3.connect(record)) as opened:
        tables = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"'))) for name in sorted(tables)}
    return {name: sha256("\n".join(found).encode()).hexdigest() for name, found in rows.items()}


async def add_person(record: Path, name: str) -> None:
    runtime = await Runtime.open(f"sqlite:///{record}")
    await builders.saved(runtime.ports.work, builders.a_person(id=name))
    await runtime.stop()


def test_what_is_restored_is_what_was_backed_up(record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    assert (taken.events, taken.last_event_id) == (2, 2)
    assert list(tmp_path.glob("copy.db*")) == [tmp_path / "copy.db"]
    restored, former = put_back(taken.file, tmp_path / "elsewhere.db", is_replacing=False)
    assert (restored.events, restored.revision, former) == (taken.events, taken.revision, None)
    assert digests(tmp_path / "elsewhere.db") == digests(record)


async def test_a_backup_holds_what_was_committed_before_it_and_nothing_later(record: Path, tmp_path: Path) -> None:
    """Commits that still lie in the write-ahead log are in it, though the server has the record open."""
    runtime = await Runtime.open(f"sqlite:///{record}")
    await builders.saved(runtime.ports.work, builders.a_person(id="before"))
    assert record.with_name("record.db-wal").stat().st_size > 0
    taken = take_backup(record, tmp_path / "copy.db")
    await builders.saved(runtime.ports.work, builders.a_person(id="after"))
    await runtime.stop()
    with closing(sqlite3.connect(taken.file)) as copied:
        assert [row[0] for row in copied.execute("SELECT id FROM person")] == ["before"]


def test_a_backup_taken_under_writing_is_one_state(record: Path, tmp_path: Path) -> None:
    """Every act is a person with an event; no copy may hold one without the other."""
    is_over = threading.Event()

    async def write_on() -> None:
        runtime = await Runtime.open(f"sqlite:///{record}")
        number = 0
        while not is_over.is_set():
            await builders.saved(runtime.ports.work, builders.a_person(id=f"p{number}"))
            number += 1
        await runtime.stop()

    writer = threading.Thread(target=lambda: asyncio.run(write_on()))
    writer.start()
    try:
        seen = []
        for number in range(5):
            taken = take_backup(record, tmp_path / f"copy-{number}.db")
            with closing(sqlite3.connect(taken.file)) as copied:
                people = copied.execute("SELECT count(*) FROM person").fetchone()[0]
                events = copied.execute("SELECT count(*) FROM outbox WHERE subject_type = 'person'").fetchone()[0]
            assert people == events
            seen.append(people)
        assert seen == sorted(seen)
    finally:
        is_over.set()
        writer.join()


async def test_a_record_that_is_there_is_moved_aside_only_when_asked(record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    await add_person(record, "later")
    later = digests(record)
    with pytest.raises(InvalidInput, match="exists: --replace moves it aside"):
        put_back(taken.file, record, is_replacing=False)
    assert digests(record) == later
    _, former = put_back(taken.file, record, is_replacing=True)
    assert former is not None
    assert digests(former) == later
    assert digests(record) == digests(taken.file)
    with pytest.raises(InvalidInput, match="left from an earlier restore"):
        put_back(taken.file, record, is_replacing=True)


async def test_a_record_in_use_is_not_replaced(record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    runtime = await Runtime.open(f"sqlite:///{record}")
    async with runtime.database.reader.connect():
        with pytest.raises(InvalidInput, match="in use: stop the server"):
            put_back(taken.file, record, is_replacing=True)
    await runtime.stop()
    put_back(taken.file, record, is_replacing=True)


def test_a_damaged_record_can_be_replaced(record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    record.write_bytes(b"rubbish" * 1_000)
    put_back(taken.file, record, is_replacing=True)
    assert digests(record) == digests(taken.file)


def spoil_the_middle(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8_192:12_288] = b"\xff" * 4_096
    file.write_bytes(content)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:20_000])


def write_otherwise(file: Path) -> None:
    file.write_text("no database")


def empty(file: Path) -> None:
    file.unlink()
    sqlite3.connect(file).close()
    file.touch()


def from_the_future(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = 'later'")
        opened.commit()


@pytest.mark.parametrize("spoil", [spoil_the_middle, cut_short, write_otherwise, empty, from_the_future])
def test_what_is_damaged_or_not_ours_is_refused_and_changes_nothing(spoil, record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    before = digests(record)
    spoil(taken.file)
    with pytest.raises(InvalidInput) as refused:
        put_back(taken.file, record, is_replacing=True)
    assert [issue.path for issue in refused.value.issues] == ["FILE"]
    assert digests(record) == before
    assert not list(tmp_path.glob("*.draft"))


def test_a_backup_replaces_nothing_and_leaves_nothing_half_done(record: Path, tmp_path: Path) -> None:
    taken = take_backup(record, tmp_path / "copy.db")
    before = taken.file.read_bytes()
    with pytest.raises(InvalidInput, match="a backup replaces nothing"):
        take_backup(record, taken.file)
    assert taken.file.read_bytes() == before
    with pytest.raises(InvalidInput, match="cannot be written"):
        take_backup(record, tmp_path / "no such folder" / "copy.db")
    with pytest.raises(InvalidInput, match="there is no file"):
        check(tmp_path / "nothing.db")


def test_the_command_tells_what_it_did(record: Path, headwater_in) -> None:
    headwater = headwater_in(record.parent)
    url = f"sqlite:///{record}"
    taken = headwater("backup", "copy.db", "--database", url, "--json")
    assert (taken.status, taken.json["events"]) == (0, 2)
    assert headwater("restore", "copy.db", "--database", url).status == 2
    restored = headwater("restore", "copy.db", "--database", url, "--replace")
    assert (restored.status, "2 events" in restored.out) == (0, True)
    assert "before-restore" in restored.err
    elsewhere = headwater("backup", "other.db", "--database", "postgresql://somebody@nowhere/record")
    assert (elsewhere.status, "pg_dump" in elsewhere.err) == (2, True)
    assert sqlite_file(url) == record
