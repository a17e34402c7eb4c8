"""Processes and ports: what every service needs to start, to wait and to end."""

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 60.0
PORTS = range(20_000, 30_000)
"""Below those that a system gives to connections by itself: while a server is down, a client that tries it again and
again could be given the server's own port, and keep it from coming back."""


class ServiceError(Exception):
    """A service cannot be had; the message says what to do."""


def free_port(preferred: int | None = None) -> int:
    """Return a port of the loopback that nobody listens on: the preferred one where it is free."""
    if preferred is not None and _is_free(preferred):
        return preferred
    while not _is_free(port := secrets.choice(PORTS)):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def kept_port(folder: Path) -> int:
    """Return the port the service had the last time where it is still free, else another; it is noted for the next."""
    note = folder / "port"
    port = free_port(int(note.read_text()) if note.exists() else None)
    note.write_text(f"{port}\n")
    return port


def pid_in(file: Path, mark: str) -> int | None:
    """Return the process id in the first line of a file, if that process runs and its command line holds the mark.

    After a crash or a restart of the machine the number may be free or belong to somebody else.
    """
    try:
        pid = int(file.read_text().split(maxsplit=1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return None
    return pid if mark.encode() in command else None


def end(pid: int) -> None:
    """Ask the process to end, wait until it has, and kill it when it takes too long."""
    os.kill(pid, signal.SIGTERM)
    try:
        wait_until(lambda: not _is_alive(pid), f"process {pid} to end")
    except ServiceError:
        os.kill(pid, signal.SIGKILL)


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as it is so; `ServiceError` after so many seconds."""
    give_up = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up:
            raise ServiceError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and only not yet fetched by whoever started it
