"""`headwater demo --report-only`, as a newcomer runs it: killed once, run again, run elsewhere, and read."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.conflict.model import ConflictCode

AS_OF = "2026-11-23T08:00"
SECONDS_TO_SEED = 240
FILE = "headwater-demo.db"
CHANGE_TITLES = re.compile(r"^(CHG\d{7})  (.+)\n=+$", re.MULTILINE)
POINTS = re.compile(r"([+-]?\d+\.\d)$")


def demo(folder: Path, *arguments: str, hash_seed: str = "0") -> subprocess.Popen[str]:
    """Start the command in a folder of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "demo", "--report-only", "--as-of", AS_OF, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS_TO_SEED)
    return process.returncode, out, err


def kill_while_seeding(folder: Path) -> None:
    """Start the command and kill it once it has begun to write."""
    process, draft = demo(folder), folder / f"{FILE}.draft"
    deadline = time.monotonic() + SECONDS_TO_SEED
    while not draft.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert draft.exists()
    assert not (folder / FILE).exists()


@dataclass(frozen=True)
class Run:
    """One run of the command: where, its exit status, what it printed, and the record it left."""

    folder: Path
    status: int
    report: str
    complaints: str

    def rows(self, statement: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / FILE)) as record:
            return record.execute(statement, values).fetchall()

    def section(self, title: str) -> str:
        """Return what is printed of the change or agenda whose heading holds the words."""
        starts = [found.start() for found in re.finditer(r"^.+\n={5,}$", self.report, re.MULTILINE)]
        sections = [self.report[a:b] for a, b in zip(starts, [*starts[1:], len(self.report)], strict=True)]
        return next(section for section in sections if title in section.partition("\n")[0])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """Two runs at once in folders of their own, by processes that hash differently; the first was killed before."""
    folders = [tmp_path_factory.mktemp("killed"), tmp_path_factory.mktemp("fresh")]
    fresh = demo(folders[1], hash_seed="12345")
    kill_while_seeding(folders[0])
    again = demo(folders[0], hash_seed="1")
    return Run(folders[0], *outcome(again)), Run(folders[1], *outcome(fresh))


@pytest.fixture(scope="module")
def run(runs: tuple[Run, Run]) -> Run:
    return runs[1]


def test_it_ends_well_and_leaves_one_file(runs: tuple[Run, Run]) -> None:
    for run in runs:
        assert run.status == 0, run.complaints
        assert [path.name for path in run.folder.iterdir()] == [FILE]


def test_two_runs_print_the_same_bytes(runs: tuple[Run, Run]) -> None:
    assert runs[0].report == runs[1].report


@pytest.mark.parametrize("table", ["ci", "change", "incident", "conflict", "risk_assessment", "agenda_item", "outbox"])
def test_two_runs_leave_the_same_rows(runs: tuple[Run, Run], table: str) -> None:
    first, second = (run.rows(f'SELECT * FROM "{table}" ORDER BY id') for run in runs)
    assert first
    assert first == second


def test_the_report_fits_a_hundred_columns_and_shows_no_ids(run: Run) -> None:
    assert max(map(len, run.report.splitlines())) <= 100
    assert re.findall(r"\b[0-9a-hjkmnp-tv-z]{26}\b", run.report) == []


def test_the_printed_points_add_up(run: Run) -> None:
    stories = CHANGE_TITLES.findall(run.report)
    assert len(stories) == 3
    for _, title in stories:
        lines = run.section(title).splitlines()
        begin = next(number for number, line in enumerate(lines) if line.startswith("  The typical change"))
        rule = next(number for number, line in enumerate(lines) if line.strip() == "------")
        printed = [Decimal(found[1]) for line in lines[begin:rule] if (found := POINTS.search(line))]
        likelihood = last_number(lines, "Likelihood L")
        impact, score = last_number(lines, "Impact I"), last_number(lines, "Risk R")
        assert len(printed) == 18
        assert printed[0] == 50
        assert sum(printed) == likelihood
        assert score == impact + likelihood - 50


def last_number(lines: list[str], name: str) -> Decimal:
    found = POINTS.search(next(line for line in lines if line.strip().startswith(name)))
    assert found is not None
    return Decimal(found[1])


def test_what_is_printed_is_what_is_stored(run: Run) -> None:
    for number, title in CHANGE_TITLES.findall(run.report):
        [(score,)] = run.rows(
            "SELECT score FROM risk_assessment r JOIN change c ON c.id = r.change_id WHERE is_current AND number = ?",
            number,
        )
        assert last_number(run.section(title).splitlines(), "Risk R") == Decimal(str(score))


def test_every_kind_of_conflict_is_found(run: Run) -> None:
    found = {code for (code,) in run.rows("SELECT DISTINCT code FROM conflict WHERE status = 'OPEN'")}
    assert found == {code.value for code in ConflictCode}


def test_three_changes_together_stop_the_ledger(run: Run) -> None:
    [(message, severity)] = run.rows(
        "SELECT message, severity FROM conflict WHERE code = 'REDUNDANCY'"
        " AND (SELECT count(*) FROM conflict_change p WHERE p.conflict_id = conflict.id) = 3"
    )
    assert severity == "BLOCKER"
    assert "harmless one by one and two by two" in message
    assert "harmless one by one and two by two" in " ".join(run.section("Quarterly patch round").split())


def test_a_gap_in_the_map_does_not_look_safe(run: Run) -> None:
    section = " ".join(run.section("certificate of ft-gw-02").split())
    assert "Moderate" in section
    assert "The sum alone would say Low; guardrails raise it." in section
    assert "G6: unmapped impact: ft-gw-02" in section
    assert "Confidence Low" in section


@pytest.mark.requirement("R193")
def test_the_worked_example_lands_on_the_agenda_of_wednesday(run: Run) -> None:
    title = "Upgrade application XYZ from v1.2 to v1.3"
    assert "Moderate, R" in run.section(title)
    agenda = run.section("Agenda  Change Advisory Board, Wed 25 Nov 2026 10:00")
    assert title in " ".join(agenda.split())
    [(type_, number)] = run.rows("SELECT type, number FROM change WHERE title = ?", title)
    assert type_ == "NORMAL"
    assert number in agenda


def test_the_agenda_is_full_but_not_over_full(run: Run) -> None:
    for planned, capacity in run.rows(
        "SELECT sum(i.minutes), s.minutes - s.opening_minutes FROM agenda_item i"
        " JOIN cab_meeting m ON m.id = i.meeting_id JOIN cab_series s ON s.id = m.series_id GROUP BY m.id"
    ):
        assert 0 < planned <= capacity


def test_every_change_that_waits_for_a_board_has_a_meeting(run: Run) -> None:
    left_out = run.rows(
        "SELECT c.number FROM change c JOIN risk_assessment r ON r.change_id = c.id AND r.is_current"
        " WHERE c.state IN ('ASSESS', 'AUTHORISE')"
        " AND json_extract(r.result, '$.route.forum') NOT IN ('SERVICE_OWNER', 'AUTOMATIC', 'AUTOMATIC_WITH_NOTICE')"
        " AND c.id NOT IN (SELECT change_id FROM agenda_item)"
    )
    assert left_out == []


def test_everything_in_the_log_was_followed(run: Run) -> None:
    [(events, numbered, head)] = run.rows("SELECT count(*), count(position), max(position) FROM outbox")
    [(offset,)] = run.rows("SELECT position FROM consumer_offset WHERE consumer = 'assessment'")
    assert events == numbered == head == offset
    assert run.rows("SELECT * FROM recheck") == []


def test_the_log_tells_the_story_in_its_order(run: Run) -> None:
    occurred = [instant for (instant,) in run.rows("SELECT occurred_at FROM outbox ORDER BY position")]
    assert occurred == sorted(occurred)
    assert occurred[0] < "2024-11-23"
    assert occurred[-1].startswith("2026-11-23 07:00:00")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--database", "sqlite:///other.db"], "holds other data"),
        (["--database", "mysql://somewhere"], "sqlite:///FILE"),
        (["--as-of", "yesterday"], "must be an instant"),
        (["--as-of", "2027-03-28T02:30"], "does not exist"),
        (["--seed", "minus one"], "seed"),
    ],
)
def test_wrong_input_is_refused_and_nothing_changes(
    tmp_path: Path, headwater_in: Callable[..., Any], arguments: list[str], complaint: str
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"SQLite format 3\x00 somebody else's")
    before = other.read_bytes()
    answer = headwater_in(tmp_path)("demo", "--report-only", "--as-of", AS_OF, *arguments)
    assert answer.status == 2
    assert answer.out == ""
    assert complaint in answer.err
    assert "Traceback" not in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]
    assert other.read_bytes() == before
