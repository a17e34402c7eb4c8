"""Real data that nobody here wrote, and the command run on it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the checkout; in continuous integration its absence is a failure."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the shared data is not at {SHARED}")
        pytest.skip(f"the shared data is not at {SHARED}")
    return SHARED


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of the command left: its status, what it printed and what it complained of."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Headwater = Callable[..., Answer]


@pytest.fixture(scope="session")
def headwater_in() -> Callable[[Path], Headwater]:
    """The command, given the folder it is run in and its database lies in."""

    def placed(folder: Path) -> Headwater:
        def run(*arguments: str | Path) -> Answer:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "api.cli", *map(str, arguments)],
                cwd=folder,
                env=environment | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
            return Answer(ended.returncode, ended.stdout, ended.stderr)

        return run

    return placed
