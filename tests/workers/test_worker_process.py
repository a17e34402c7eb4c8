"""`headwater worker` as a process: what it needs, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.workers.endless import NO_REDIS

ROOT = Path(__file__).parents[2]


def started(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HEADWATER_REDIS_URL": NO_REDIS}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", *arguments], env=environment, stdout=pipe, stderr=pipe, text=True)


def test_it_needs_a_redis_server_and_roles_there_are(tmp_path: Path, headwater_in: Callable[[Path], Any]) -> None:
    refused = headwater_in(tmp_path)("worker")
    assert (refused.status, "HEADWATER_REDIS_URL: must name a Redis server" in refused.err) == (2, True)
    assert headwater_in(tmp_path)("worker", "--only", "nothing").status == 2


def test_told_to_end_it_ends_well(record_url: str) -> None:
    with started("api.cli", "worker", "--only", "relay", "--only", "timers", "--database", record_url) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline() == "headwater: working as relay, timers\n"
        worker.send_signal(signal.SIGTERM)
        worker.communicate()
    assert worker.returncode == 0


def test_told_twice_it_ends_at_once(record_url: str) -> None:
    with started("tests.workers.endless", record_url) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "begun\n"
        while worker.poll() is None:
            worker.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        worker.communicate()
    assert worker.returncode == -signal.SIGTERM
