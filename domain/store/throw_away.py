"""Folders for databases that are thrown away: removed at the end, and after a kill by whoever needs one next."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "headwater-thrown-away-"
LOCK = "in-use"


@contextmanager
def throw_away_folder() -> Iterator[Path]:
    """Yield a folder of one's own in the system's place for temporary files (`TMPDIR`), removed at the end.

    The lock inside ends with its process, however that ends: folders that are no longer locked are removed on the way.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        draft = folder / f"{LOCK}.draft"
        with draft.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            draft.rename(folder / LOCK)  # only now can it be seen, and it is taken already
            yield folder


def _remove_abandoned(place: Path) -> None:
    for lock in sorted(place.glob(f"{PREFIX}*/{LOCK}")):
        try:
            with lock.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue  # in use, somebody else's, or gone this very moment
