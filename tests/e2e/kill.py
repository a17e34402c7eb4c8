"""Kill a program at random instants of its work, as a power cut would, and look at what it left.

The program prints one line per acknowledged act. `killed_runs` starts it again and again on the same file and kills it
with SIGKILL at a random instant; what was printed must be there afterwards, whatever else is.
"""

import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

READY_SECONDS = 60.0


def killed_runs(
    program: Sequence[str], *, times: int, seed: int, longest: float = 0.6, from_first_line: bool = True
) -> Iterator[list[str]]:
    """Run the program `times` times, kill each run at a random instant and yield the lines it printed.

    The instant lies within `longest` seconds of the first line, or of the start where `from_first_line` is False.
    """
    dice = random.Random(seed)
    for _ in range(times):
        command = [sys.executable, *program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            first = _first_line(running) if from_first_line else ""
            time.sleep(dice.uniform(0.0, longest))
            running.send_signal(signal.SIGKILL)
            lines = [first, *(running.stdout or ())]
        # A line cut off by the kill was never acknowledged in full.
        yield [line.rstrip("\n") for line in lines if line.endswith("\n")]


def _first_line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    assert running.stderr is not None
    ready, _, _ = select.select([running.stdout], [], [], READY_SECONDS)
    line = running.stdout.readline() if ready else ""
    if not line:
        running.kill()
        raise AssertionError(f"the program said nothing: {running.stderr.read()}")
    return line
