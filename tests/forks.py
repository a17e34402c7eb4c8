"""Runs of the program in processes of their own, forked from one that has loaded it already.

A fork opens its own connections, writes its own files and can be killed like any process; only the second that a fresh
interpreter takes to load the program is paid once for all of them.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

LOADED = ["pytest", "sqlite3", "aiosqlite", "api.cli", "api.schema", "tests.e2e.editing", "tests.forks"]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(LOADED)


def fork(
    program: Callable[..., Any],
    *arguments: Any,
    folder: Path,
    printed: tuple[Path, Path],
    settings: Mapping[str, str] | None = None,
) -> ForkServerProcess:
    """Start a program in a folder with these settings alone; what it prints and what it complains of is in files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    environment |= settings or {}
    process = FORKS.Process(target=_run, args=(partial(program, *arguments), folder, environment, printed))
    process.start()
    return process


def _run(program: Callable[[], Any], folder: Path, environment: dict[str, str], printed: tuple[Path, Path]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(printed, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["headwater"]
    program()
