"""An import killed in its middle, ten times over: nothing acknowledged is lost, nothing is doubled (issue, Proof)."""

import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 10
ROWS = 30_000
EVERY = 97
"""Every so many rows one is wrong: rejects must survive the kills too."""

CONTENT = {
    "ci": "SELECT external_id, name, class_name, tier FROM ci ORDER BY external_id",
    "events": "SELECT kind, count(*) FROM outbox GROUP BY kind ORDER BY kind",
    "progress": "SELECT count(*) FROM import_progress",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Configuration items, some with a tier there is not."""
    path = tmp_path / "cis.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["external_id", "name", "class", "tier"])
        writer.writerows([f"ci-{i}", f"CI {i}", "server", 9 if i % EVERY == 0 else 1 + i % 4] for i in range(ROWS))
    return path


def start(folder: Path, source: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "api.cli", "import", "csv", "--kind", "cis", str(source)],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def content(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(folder / "headwater.db")) as record:
        assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name: record.execute(statement).fetchall() for name, statement in CONTENT.items()}


def acknowledged(folder: Path) -> int:
    """How many drafts the record says it has taken in."""
    if not (folder / "headwater.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "headwater.db", isolation_level=None)) as record:
        record.execute("BEGIN")  # one state for every question: the import goes on meanwhile
        try:
            row = record.execute("SELECT drafts_done, created, rejected FROM import_progress").fetchone()
        except sqlite3.OperationalError:
            return 0
        if row is None:
            return 0
        drafts, created, rejected = row
        assert drafts == created + rejected
        assert record.execute("SELECT count(*) FROM ci").fetchone() == (created,)
        assert record.execute("SELECT count(*) FROM outbox WHERE kind = 'ci.imported'").fetchone() == (created,)
        return int(drafts)


def test_ten_kills_leave_what_one_whole_import_leaves(
    source: Path, tmp_path: Path, headwater_in: Callable[..., Any]
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    assert headwater_in(whole)("import", "csv", "--kind", "cis", source).status == 1
    rejects = source.with_name("cis.csv.rejects.csv")
    expected_rejects = rejects.read_bytes()
    rejects.unlink()

    dice, before = random.Random(3), 0
    for kill in range(KILLS):
        running = start(broken, source)
        wanted = before + dice.randint(1, 2 * ROWS // KILLS // 3)
        while acknowledged(broken) < wanted and running.poll() is None:
            time.sleep(0.01)
        time.sleep(dice.random() / 10)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL, f"kill {kill} came too late"
        now = acknowledged(broken)
        assert now >= before
        before = now

    assert before, "no kill came after a chunk was written"
    ended = headwater_in(broken)("import", "csv", "--kind", "cis", source, "--json")
    assert ended.json["read"] == ROWS
    assert ended.json["created"] + ended.json["rejected"] == ROWS
    assert ended.json["resumed"] == before
    assert content(broken) == content(whole)
    assert rejects.read_bytes() == expected_rejects
