"""The product's own processes: two servers of the API, and workers in every role."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENDS_WITHIN_SECONDS = 30.0
"""A running step has eight seconds and a request ten; the machine may be slow."""


@dataclass
class Program:
    """One process, started again and again with the same command; what it complains of is kept in a file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    good_ends: tuple[int, ...] = (0,)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def keep_running(self) -> bool:
        """Start it again if it ended by itself, as a supervisor does; return whether it had."""
        if self._process is not None and self._process.poll() is not None:
            self.start()
            return True
        return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def ask_to_end(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def end(self) -> str | None:
        """Wait until it has ended; return what was wrong with how it did."""
        assert self._process is not None
        try:
            status = self._process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.name} did not end within {ENDS_WITHIN_SECONDS:.0f} s of SIGTERM"
        return None if status in self.good_ends else f"{self.name} ended with status {status} on SIGTERM"


def programs(environment: Mapping[str, str], ports: Sequence[int], folder: Path) -> list[Program]:
    """Return two servers, two relays, two processes of consumers, and one each for timers and schedules."""
    headwater = [sys.executable, "-m", "api.cli"]
    commands = {f"api-{port}": [*headwater, "serve", "--port", str(port)] for port in ports}
    commands |= {f"relay-{number}": [*headwater, "worker", "--only", "relay"] for number in (1, 2)}
    commands |= {f"consumers-{number}": [sys.executable, "-m", "tests.chaos.consumers"] for number in (1, 2)}
    commands["timers"] = [*headwater, "worker", "--only", "timers", "--only", "schedules"]
    by_signal = (0, -signal.SIGTERM)  # uvicorn stops gracefully, then ends by the signal it was sent
    return [
        Program(name, command, environment, folder / f"{name}.log", by_signal if name.startswith("api") else (0,))
        for name, command in commands.items()
    ]
