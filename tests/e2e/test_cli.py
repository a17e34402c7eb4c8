"""The command as people and scripts meet it: status, standard error, JSON, nothing written where nothing should be."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60
REST_MEGABYTES = 200


@pytest.fixture
def headwater(tmp_path: Path, headwater_in: Callable[..., Any]) -> Any:
    return headwater_in(tmp_path)


SHOP = {
    "cis": "external_id,name,class,tier\n"
    "shop,Shop,service,1\nweb1,Web,server,\nweb2,Web,server,\ndb,Database,database,\n",
    "relations": "source,type,target\nshop,DEPENDS_ON,db\n",
    "groups": "external_id,members,protected,min_up\npool,web1|web2,shop,1\n",
    "changes": "number,title,state,planned_start,planned_end,targets,rollback_minutes\n"
    "CHG1,Patch the first,SCHEDULED,2031-05-06T20:00Z,2031-05-06T22:00Z,web1,0\n"
    "CHG2,Patch the second,SCHEDULED,2031-05-06T21:00Z,2031-05-06T23:00Z,web2,0\n",
}
"""A web shop on two servers and one database, with one change planned on each server."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, headwater_in: Callable[..., Any]) -> Path:
    """The record of the shop, made once and copied for every test."""
    folder = tmp_path_factory.mktemp("shop")
    for kind, text in SHOP.items():
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
        assert headwater_in(folder)("import", "csv", "--kind", kind, f"{kind}.csv").status == 0
    assert headwater_in(folder)("conflicts").status == 0
    return folder / "headwater.db"


@pytest.fixture
def shop(built: Path, tmp_path: Path, headwater: Any) -> Any:
    shutil.copy(built, tmp_path)
    return headwater


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["impact"], "Missing argument"),
        (["fly"], "No such command"),
        (["risk", "CHG1", "--as-of", "soon"], "--as-of"),
        (["conflicts"], "there is no database headwater.db"),
        (["conflicts", "--database", "mysql://x/y"], "HEADWATER_DATABASE_URL"),
        (["import", "cmdb", "x.csv"], "PRESET"),
        (["import", "csv", "none.csv", "--kind", "cis"], "there is no file none.csv"),
        (["import", "csv", ".", "--kind", "ponies"], "--kind"),
        (["import", "csv", ".", "--kind", "cis", "--map", "x"], "--map"),
        (["import", "debian", ".", "--alternatives", "maybe"], "--alternatives"),
        (["token", "--role", "king"], "--role"),
        (["token", "--actor", "nobody"], "No person 'nobody'"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--workers", "2"], "--workers"),
    ],
)
def test_wrong_usage_is_status_2_and_one_message(headwater: Any, arguments: list[str], told: str) -> None:
    answer = headwater(*arguments)
    assert answer.status == 2
    assert told in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err


def test_a_directory_in_a_files_place_and_a_file_that_is_no_database(headwater: Any, tmp_path: Path) -> None:
    assert headwater("import", "csv", "--kind", "cis", tmp_path).status == 2
    (tmp_path / "headwater.db").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    answer = headwater("conflicts")
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_impact_names_the_group_and_the_service(shop: Any) -> None:
    answer = shop("impact", "web1", "web2", "--json").json
    assert {target["externalId"] for target in answer["targets"]} == {"web1", "web2"}
    assert [(ci["externalId"], ci["class"], ci["state"]) for ci in answer["impacted"]] == [("shop", "service", "DOWN")]
    assert (answer["services"][0]["tier"], answer["truncated"], answer["engine"]) == (1, False, "sql")
    assert answer["services"][0]["path"][-1] == answer["services"][0]["id"]
    one = shop("impact", "web1", "--json").json["impacted"]
    assert [(ci["state"], ci["redundancyBefore"], ci["redundancyAfter"]) for ci in one] == [("AT_RISK", 2, 1)]


def test_an_ambiguous_name_lists_its_candidates(shop: Any) -> None:
    answer = shop("impact", "Web")
    assert answer.status == 2
    assert "web1 (server), web2 (server)" in answer.err


def test_conflicts_find_the_joint_outage(shop: Any) -> None:
    found = shop("conflicts", "--json").json["conflicts"]
    assert [(c["code"], sorted(change["number"] for change in c["changes"])) for c in found] == [
        ("REDUNDANCY", ["CHG1", "CHG2"])
    ]
    assert shop("conflicts", "--change", "CHG1", "--json").json["conflicts"][0]["code"] == "REDUNDANCY"
    assert "REDUNDANCY" in shop("conflicts").out


def test_the_printed_risk_adds_up(shop: Any) -> None:
    answer = shop("risk", "CHG1")
    lines = answer.out.split("L = 50")[0].splitlines()
    points = [float(line.split()[-1]) for line in lines if re.search(r" [+-]\d+\.\d *$", line)]
    assert len(points) >= 13
    likelihood = float(re.search(r"L = 50 \S+ = ([\d.]+)", answer.out)[1])  # type: ignore[index]
    assert round(50 + sum(points), 1) == likelihood
    impact, score = re.search(r"R = \S+ \+ ([\d.]+) - 50 = ([\d.]+)", answer.out).groups()  # type: ignore[union-attr]
    assert round(likelihood + float(impact) - 50, 1) == float(score)
    assert shop("risk", "CHG1", "--json").json["likelihood"] == likelihood


def test_an_agenda_without_a_board_is_a_no(shop: Any) -> None:
    answer = shop("agenda", "--json")
    assert (answer.status, answer.json["meeting"], answer.json["items"]) == (1, None, [])
    assert shop("agenda", "--meeting", "CAB9").status == 2


def test_a_rehearsal_writes_nothing_and_says_what_would_be(shop: Any, tmp_path: Path) -> None:
    before = {path.name: path.stat().st_size for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    text = "external_id,class,tier\nnew,server,\nweb1,server,2\nodd,server,9\nnew,server,3\n"
    source = tmp_path / "more.csv"
    source.write_text(text, encoding="utf-8")
    rehearsed = shop("import", "csv", "--kind", "cis", source, "--dry-run", "--json")
    summary = rehearsed.json
    counts = tuple(summary[name] for name in ("created", "updated", "rejected", "rejectFile"))
    assert (rehearsed.status, *counts) == (1, 1, 2, 1, None)
    assert "line 4: tier" in rehearsed.err
    source.unlink()
    after = {path.name: path.stat().st_size for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert after == before
    assert shop("impact", "new").status == 2


def test_a_rehearsal_without_a_database_makes_none(headwater: Any, tmp_path: Path) -> None:
    source = tmp_path / "cis.csv"
    source.write_text("external_id,class\na,server\n", encoding="utf-8")
    assert headwater("import", "csv", "--kind", "cis", source, "--dry-run").status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["cis.csv"]


def test_a_token_stands_alone_on_standard_output(headwater: Any) -> None:
    answer = headwater("token", "--role", "auditor")
    assert answer.status == 0
    assert re.fullmatch(r"hw_\S{40,}\n", answer.out)
    assert answer.out != headwater("token").out


def test_the_doctor_says_what_is_broken(shop: Any) -> None:
    healthy = shop("doctor", "--json")
    assert healthy.status == 0
    verdicts = {check["name"]: check["verdict"] for check in healthy.json["checks"]}
    assert verdicts["database"] == "ok"
    assert verdicts["services without a calendar"] == "note"
    assert shop("doctor", "--database", "sqlite:///nowhere.db").status == 1


def test_the_schema_is_the_one_that_is_checked_in(headwater: Any) -> None:
    answer = headwater("schema")
    assert answer.status == 0
    assert "type Query" in answer.out


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server on a free port, as soon as it says it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "api.cli", "serve", "--port", str(port)],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url)
        yield running, url
    finally:
        running.kill()
        running.wait()


def wait_until_ready(url: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz") as response:
                response.read()
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_serve_answers_rests_lightly_and_ends_when_asked(server: tuple[subprocess.Popen[bytes], str]) -> None:
    running, url = server
    request = urllib.request.Request(
        f"{url}/graphql", json.dumps({"query": "{ __typename }"}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as response:
            body = json.load(response)
    except urllib.error.HTTPError as refused:
        body = json.load(refused)
        refused.close()
    assert "data" in body or "errors" in body
    status = Path(f"/proc/{running.pid}/status").read_text(encoding="utf-8")
    assert int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024 < REST_MEGABYTES  # type: ignore[index]
    running.send_signal(signal.SIGTERM)
    assert running.wait(15) in (0, -signal.SIGTERM)
