"""The command as a whole: how fast it imports, how soon the server is ready and what it takes at rest."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.measuring import resident_mib

ROWS = 30_000
READY_SECONDS = 30.0


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"processes: import of {ROWS} configuration items, then the server over them")
        _imported(Path(folder))
        _served(Path(folder))


def _imported(folder: Path) -> None:
    source = folder / "cis.csv"
    lines = ["external_id,name,class", *(f"ci-{n},item {n},server" for n in range(ROWS))]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    began = time.perf_counter()
    _headwater(folder, "import", "csv", "--kind", "cis", str(source)).check_returncode()
    taken = time.perf_counter() - began
    print(f"  import   {ROWS / taken * 60:10.0f} rows/minute, every one with its event")


def _served(folder: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        address = next(found[0] for line in server.stdout if (found := re.search(r"http://[\d.]+:\d+", line)))
        while time.perf_counter() - began < READY_SECONDS:
            try:
                urllib.request.urlopen(f"{address}/readyz").read()
                break
            except OSError:
                time.sleep(0.02)
        ready = time.perf_counter() - began
        time.sleep(3)
        resident = resident_mib(server.pid)
        server.terminate()
    print(f"  serve    ready after {ready:.1f} s, {resident:.0f} MiB resident at rest")


def _headwater(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=_environment(), check=False, capture_output=True)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return kept | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
