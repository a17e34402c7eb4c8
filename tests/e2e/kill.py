"""Kill a program at random instants of its work, as a power cut would, and look at what it left.

The program tells every act that is acknowledged. `killed_runs` starts it again and again on the same record and kills
it with SIGKILL at a random instant; what was told must be there afterwards, whatever else is.
"""

import random
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from tests.forks import FORKS

READY_SECONDS = 60.0


def killed_runs(
    program: Callable[[str, Connection], None], urls: Iterator[str], *, seed: int, from_first_act: bool = True
) -> Iterator[list[bytes]]:
    """Run the program on each record in turn, kill each run at a random instant and yield the acts it told.

    The instant lies within a fifth of a second after the first act, or after the start.
    """
    dice = random.Random(seed)
    for url in urls:
        heard, telling = FORKS.Pipe(duplex=False)
        with heard:
            running = FORKS.Process(target=program, args=(url, telling))
            running.start()
            telling.close()
            if from_first_act:
                assert heard.poll(READY_SECONDS), "the program did not act"
            time.sleep(dice.uniform(0.0, 0.2))
            running.kill()
            running.join()
            assert running.exitcode == -signal.SIGKILL, "the program ended by itself"
            running.close()
            yield list(_told(heard))


def _told(heard: Connection) -> Iterator[bytes]:
    try:
        while True:
            yield heard.recv_bytes()
    except EOFError:
        return
