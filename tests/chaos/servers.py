"""The servers of the run, in a folder of their own: started by `services`, killed without warning, started again."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from services import neo4j, postgresql, redis
from services.process import ServiceError, pid_in

START_TRIES = 20


@dataclass
class Server:
    """A server: how it is started in its folder, and which process has to die."""

    name: str
    folder: Path
    service: ModuleType
    pid: Callable[[Path], int | None]

    def start(self) -> dict[str, str]:
        """Start it where it last listened; what a kill left behind may take a moment to go."""
        for tries_left in reversed(range(START_TRIES)):
            try:
                return dict(self.service.start(self.folder))
            except ServiceError:
                if not tries_left:
                    raise
                time.sleep(0.5)
        raise AssertionError

    def kill(self) -> None:
        pid = self.pid(self.folder)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self.service.stop(self.folder)


def _postmaster(folder: Path) -> int | None:
    for place in (folder, postgresql._elsewhere(folder)):
        for data in place.glob("data-*"):
            pid = pid_in(data / "postmaster.pid", str(data))
            if pid is not None:
                return pid
    return None


def redis_server(folder: Path) -> Server:
    """Return a Redis server, which keeps nothing on disk: killed, it has lost its data."""
    return Server("redis", folder, redis, redis._pid)


def servers(folder: Path, *, with_neo4j: bool) -> list[Server]:
    """Return the servers, with nothing in them, and a folder without what an earlier run wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        log.unlink()
    there = [
        Server("postgresql", folder / "postgresql", postgresql, _postmaster),
        redis_server(folder / "redis"),
    ]
    if with_neo4j:
        there.append(Server("neo4j", folder / "neo4j", neo4j, lambda place: neo4j._pid(place.resolve())))
    for server in there:
        server.stop()  # a run that was killed left it behind
    for place in (folder / "postgresql", postgresql._elsewhere(folder / "postgresql"), folder / "neo4j"):
        shutil.rmtree(place, ignore_errors=True)
    return there
