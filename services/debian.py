"""Programs from Debian's packages."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from services.process import ServiceError

_ONE_AT_A_TIME = Lock()


def program(name: str, folders: str = "") -> Path | None:
    """Return where a program lies: in the newest of the folders (a pattern from the root), else on the PATH."""
    newest_first = sorted(Path("/").glob(folders), key=_version, reverse=True) if folders else []
    path = os.pathsep.join([*map(str, newest_first), os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
    found = shutil.which(name, path=path)
    return None if found is None else Path(found)


def install(packages: Mapping[str, bool]) -> None:
    """Install the packages that are said to be missing (True); `ServiceError` says how where that takes root."""
    missing = sorted(name for name, is_missing in packages.items() if is_missing)
    if not missing:
        return
    by_hand = f"apt-get install {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServiceError(f"{', '.join(missing)} missing: as root, run `{by_hand}`, or start the services elsewhere")
    with _ONE_AT_A_TIME:
        _apt_get(missing)


def _apt_get(missing: list[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet.pop("TMPDIR", None)  # apt checks signatures as a user of its own, who may not enter the checkout
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", "--quiet", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServiceError(f"`apt-get {' '.join(command)}` failed:\n{done.stdout}{done.stderr}")


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.parts if part.isdigit()]
