"""Time travel on the command line: answers as known then stay, assessments replay, and a kill leaves nothing behind."""

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from domain.store.throw_away import LOCK, PREFIX
from tests.forks import fork

PRESENT, THEN = "2024-06-03T08:00", "2024-06-03T06:30Z"
"""The demo's present, in the time of its bank, and half an hour later: long before whatever a test enters."""
COUNTED = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM risk_assessment), (SELECT count(*) FROM timer)"
FILE = "bank.db"
DATABASE = ("--database", f"sqlite:///{FILE}")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, headwater_in: Callable) -> tuple[Path, Callable]:
    """The demo in a folder of its own, and the command run in it."""
    folder = tmp_path_factory.mktemp("bank")
    headwater = headwater_in(folder)
    seeded = headwater("demo", "--report-only", "--as-of", PRESENT, *DATABASE)
    assert seeded.status == 0, seeded.err
    return folder, lambda *arguments: headwater(*arguments, *DATABASE)


def rows(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / FILE)) as record:
        return record.execute(statement).fetchall()


def in_conflict(folder: Path) -> tuple[str, str]:
    """Return the number of a change in conflict and the external id of an item it works on."""
    found = rows(
        folder,
        "SELECT change.number, ci.external_id FROM conflict_change AS c JOIN change ON change.id = c.change_id"
        " JOIN change_target AS t ON t.change_id = change.id JOIN ci ON ci.id = t.ci_id ORDER BY 1, 2 LIMIT 1",
    )
    return found[0]


def answers(headwater: Callable, number: str, item: str) -> list[str]:
    """Return what the command says as known then, byte by byte."""
    asked = (("risk", number), ("conflicts",), ("impact", item))
    found = [headwater(*arguments, "--as-of", THEN, "--json") for arguments in asked]
    assert [answer.status for answer in found] == [0, 0, 0], [answer.err for answer in found]
    return [answer.out for answer in found]


def test_nothing_entered_later_changes_an_answer_as_known_then(bank: tuple[Path, Callable]) -> None:
    """Not even an incident of long ago that takes the item down, nor the plan moved by a later import."""
    folder, headwater = bank
    number, item = in_conflict(folder)
    counted = rows(folder, COUNTED)
    before = answers(headwater, number, item)
    assert rows(folder, COUNTED) == counted, "looking back writes nothing"
    (folder / "late.csv").write_text(
        "number,title,state,priority,opened_at,recorded_at,cis\n"
        f"LATE1,Down for days,NEW,1,2024-06-01T08:00Z,2024-06-01T08:00Z,{item}\n"
    )
    (folder / "moved.csv").write_text(
        f"number,planned_start,planned_end\n{number},2031-05-06T20:00Z,2031-05-06T22:00Z\n"
    )
    for kind, file in (("incidents", "late.csv"), ("changes", "moved.csv")):
        entered = headwater("import", "csv", "--kind", kind, file)
        assert entered.status == 0, entered.err
    assert answers(headwater, number, item) == before
    assert "2031-05-06 20:00Z to 2031-05-06 22:00Z" in headwater("risk", number).out


def test_before_the_first_event_there_is_no_answer(bank: tuple[Path, Callable]) -> None:
    _, headwater = bank
    answer = headwater("conflicts", "--as-of", "2001-01-01T00:00Z")
    assert (answer.status, answer.out) == (2, "")
    assert "nothing was known yet" in answer.err


def test_every_assessment_of_the_demo_replays_to_the_last_bit_and_its_inputs_from_the_log(
    bank: tuple[Path, Callable],
) -> None:
    folder, headwater = bank
    stored = rows(folder, "SELECT count(*) FROM risk_assessment")[0][0]
    assert stored >= 70
    for arguments, told in ((("replay",), "from their inputs"), (("replay", "--deep"), "from the log")):
        answer = headwater(*arguments)
        assert answer.status == 0, answer.out
        assert answer.out == f"{stored} assessments recomputed {told}: all to the last bit.\n"
    number, _ = in_conflict(folder)
    assert headwater("replay", number, "--deep", "--json").json["different"] == []
    assert headwater("replay", "CHG9999999").status == 2


def test_an_altered_score_is_an_answer_of_no_with_the_first_differences(bank: tuple[Path, Callable]) -> None:
    folder, headwater = bank
    chosen = "SELECT id FROM risk_assessment WHERE score IS NOT NULL ORDER BY id LIMIT 1"
    with closing(sqlite3.connect(folder / FILE)) as record:
        record.execute(f"UPDATE risk_assessment SET score = score + 0.1 WHERE id = ({chosen})")
        record.commit()
    try:
        answer = headwater("replay")
        assert answer.status == 1
        assert "score: stored" in answer.out
        told = headwater("replay", "--json")
        assert told.status == 1
        assert [[d["path"] for d in found["differences"]] for found in told.json["different"]] == [["score"]]
    finally:
        with closing(sqlite3.connect(folder / FILE)) as record:
            record.execute(f"UPDATE risk_assessment SET score = json_extract(result, '$.score') WHERE id = ({chosen})")
            record.commit()


def test_what_a_killed_look_back_leaves_is_gone_after_the_next(
    bank: tuple[Path, Callable], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, headwater = bank
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = rows(folder, "SELECT count(*) FROM outbox")
    told = folder / "told"
    looking = fork(main, ["conflicts", "--as-of", THEN, *DATABASE], folder=folder, printed=(told, told))
    while not list(tmp_path.glob(f"{PREFIX}*/{LOCK}")) and looking.is_alive():
        time.sleep(0.01)
    looking.kill()
    looking.join()
    assert looking.exitcode == -signal.SIGKILL
    assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 1
    assert headwater("impact", in_conflict(folder)[1], "--as-of", THEN).status == 0
    assert list(tmp_path.iterdir()) == []
    assert rows(folder, "SELECT count(*) FROM outbox") == before
