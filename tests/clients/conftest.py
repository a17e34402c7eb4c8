"""Clients that others wrote, against `headwater serve` over the demo's estate; `make test-clients` brings them."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON_CLIENTS = ROOT / "build" / "clients" / "venv" / "bin"
AS_OF = "2026-11-23T08:00"
SECONDS_TO_START = 60

collect_ignore_glob = [] if os.environ.get("HEADWATER_TEST_CLIENTS") else ["test_*.py"]


@dataclass(frozen=True)
class Served:
    """Where the server listens, and the bearer token of an administrator."""

    address: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        """What the scripts of the clients read."""
        return {"HEADWATER_ADDRESS": self.address, "HEADWATER_TOKEN": self.token}


def headwater(folder: Path, *arguments: str) -> str:
    """Run the command in a folder and return what it printed."""
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _environment(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    url = f"sqlite:///{folder}/headwater-demo.db"
    return plain | {"PYTHONPATH": str(ROOT), "HEADWATER_DATABASE_URL": url, "HEADWATER_DEFER": "true"}


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server over the demo's estate."""
    folder = tmp_path_factory.mktemp("served")
    headwater(folder, "demo", "--report-only", "--as-of", AS_OF)
    token = headwater(folder, "token").strip()
    log = folder / "server.log"  # a file: a pipe that nobody reads would stop the server once it is full
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
            cwd=folder,
            env=_environment(folder),
            stderr=written,
        ) as process,
    ):
        try:
            address = _address_in(log)
            _wait_until_ready(address)
            yield Served(address, token)
        finally:
            process.terminate()
            process.wait(30)


def _address_in(log: Path) -> str:
    """Return the address that the server tells at its start."""
    deadline = time.monotonic() + SECONDS_TO_START
    while (told := re.search(r"listening on (http://\S+?)/ ", log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return told[1]


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


RunScript = Callable[..., Any]


@pytest.fixture
def node(served: Served) -> RunScript:
    """Run a script with Node.js; return the JSON of its last line."""

    def run(script: str, *arguments: str) -> Any:
        return json.loads(printed(["node", script, *arguments], served.environment).splitlines()[-1])

    return run


def printed(command: list[str], environment: dict[str, str] | None = None, folder: Path = HERE) -> str:
    """Run a command and return what it printed; what it complained of is the message when it fails."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
