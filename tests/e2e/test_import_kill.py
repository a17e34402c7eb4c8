"""Imports killed in their middle, again and again: nothing acknowledged is lost, nothing is doubled (issue, Proof)."""

import csv
import json
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.importing import CHUNK, import_in_small_chunks
from tests.forks import fork

ROWS = 2_000
EVERY = 97
"""Every so many rows one is wrong: rejects must survive the kills too."""
REJECTED = 1
"""The status of an import that has come to its end and rejected rows."""

CONTENT = {
    "ci": "SELECT external_id, name, class_name, tier FROM ci ORDER BY external_id",
    "events": "SELECT kind, count(*) FROM outbox GROUP BY kind ORDER BY kind",
    "progress": "SELECT count(*) FROM import_progress",
}

Content = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Configuration items, some with a tier there is not."""
    path = tmp_path / "cis.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["external_id", "name", "class", "tier"])
        writer.writerows([f"ci-{i}", f"CI {i}", "server", 9 if i % EVERY == 0 else 1 + i % 4] for i in range(ROWS))
    return path


def start(folder: Path, source: Path) -> ForkServerProcess:
    arguments = ("csv", "--kind", "cis", str(source), "--json")
    return fork(import_in_small_chunks, *arguments, folder=folder, printed=(folder / "out", folder / "err"))


def content(folder: Path) -> Content:
    with closing(sqlite3.connect(folder / "headwater.db")) as record:
        assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name: record.execute(statement).fetchall() for name, statement in CONTENT.items()}


def drafts_done(folder: Path) -> int:
    """Return how many drafts the record says it has taken in, cheaply: it is asked all the time."""
    if not (folder / "headwater.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "headwater.db")) as record:
        try:
            row = record.execute("SELECT drafts_done FROM import_progress").fetchone()
        except sqlite3.OperationalError:
            return 0  # its tables are being made
    return int(row[0]) if row else 0


def acknowledged(folder: Path) -> int:
    """Return how many drafts the record says it has taken in, which must be those that are there."""
    drafts = drafts_done(folder)
    if drafts:
        with closing(sqlite3.connect(folder / "headwater.db")) as record:
            created, rejected = record.execute("SELECT created, rejected FROM import_progress").fetchone()
            assert drafts == created + rejected
            assert record.execute("SELECT count(*) FROM ci").fetchone() == (created,)
            assert record.execute("SELECT count(*) FROM outbox WHERE kind = 'ci.imported'").fetchone() == (created,)
    return drafts


def killed_import(folder: Path, source: Path, dice: random.Random, most: int, whole: Content) -> int:
    """Import into a new record, killed and started again at most so often; return how often it was killed."""
    before = 0
    for kill in range(most + 1):
        running = start(folder, source)
        if kill < most:
            wanted = before + dice.randint(0, 4 * CHUNK)
            while drafts_done(folder) < wanted and running.is_alive():
                time.sleep(0.005)
            time.sleep(dice.uniform(0.0, 0.05))
            running.kill()
        running.join()
        if running.exitcode != -signal.SIGKILL:
            assert running.exitcode == REJECTED, (folder / "err").read_text()
            assert json.loads((folder / "out").read_text())["resumed"] == before
            return kill
        now = acknowledged(folder)
        if now < before:
            assert content(folder) == whole, "only an import that has come to its end forgets how far it came"
            return kill + 1
        before = now
    raise AssertionError("the last run was killed by somebody else")


def test_a_killed_import_leaves_what_a_whole_one_leaves(
    source: Path, tmp_path: Path, headwater_in: Callable[..., Any], kills: int
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    assert headwater_in(whole)("import", "csv", "--kind", "cis", source).status == REJECTED
    rejects = source.with_name("cis.csv.rejects.csv")
    expected, expected_rejects = content(whole), rejects.read_bytes()

    dice, killed = random.Random(3), 0
    while killed < kills:
        rejects.unlink()
        broken = tmp_path / f"broken-{killed}"
        broken.mkdir(exist_ok=True)
        killed += killed_import(broken, source, dice, kills - killed, expected)
        assert content(broken) == expected
        assert rejects.read_bytes() == expected_rejects
