"""PostgreSQL from Debian's package: a cluster of its own, on loopback, with a random password."""

import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from services import debian
from services.process import ServiceError, kept_port, pid_in

NAME = "headwater"
PLACES = "usr/lib/postgresql/*/bin"
ELSEWHERE = Path("/var/tmp")  # noqa: S108 - a folder of one's own is made in it, see _place
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Only a crash of the whole machine may lose data here. Commits stay synchronous: a killed server loses none.
    "fsync": "off",
    "full_page_writes": "off",
}


def start(folder: Path) -> dict[str, str]:
    """Start the server unless it runs, and return the setting that names it."""
    debian.install({"postgresql": debian.program("initdb", PLACES) is None})
    place = _place(folder)
    data = _cluster(place)
    if pid_in(data / "postmaster.pid", str(data)) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)  # its number may be somebody else's by now
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        options += f" -p {kept_port(place)}"
        log = place / "server.log"
        try:
            _run("pg_ctl", "start", "--wait", "--timeout=60", f"--pgdata={data}", f"--log={log}", "--options", options)
        except ServiceError as failed:
            raise ServiceError(f"{failed}\n{_tail(log)}") from failed
    port, password = (place / "port").read_text().strip(), (place / "password").read_text().strip()
    return {"HEADWATER_TEST_POSTGRESQL_URL": f"postgresql://{NAME}:{password}@127.0.0.1:{port}/postgres"}


def stop(folder: Path) -> None:
    """Stop the server if it runs; its data stay."""
    for place in (folder, _elsewhere(folder)):
        for data in place.glob("data-*"):
            if pid_in(data / "postmaster.pid", str(data)) is not None:
                _run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={data}")


def _cluster(place: Path) -> Path:
    """Return the folder of the cluster, made when there is none.

    Its text is ordered as a dictionary would: the order of the record must not depend on that of its server.
    """
    version = _run("initdb", "--version").split()[2].partition(".")[0]
    data, password = place / f"data-{version}", place / "password"
    if (data / "PG_VERSION").exists():
        return data
    shutil.rmtree(data, ignore_errors=True)  # what a broken-off attempt left
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(16))
    if os.geteuid() == 0:
        shutil.chown(password, _server_user())
    _run(
        "initdb",
        f"--pgdata={data}",
        f"--username={NAME}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync",
    )
    return data


def _place(folder: Path) -> Path:
    """Return a folder that the server's user can use: the one given, or another where it cannot enter that."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return folder
    shutil.chown(folder, _server_user())
    if _can_use(folder):
        return folder
    other = _elsewhere(folder)
    other.mkdir(mode=0o700, exist_ok=True)
    if other.is_symlink() or other.stat().st_uid not in {0, pwd.getpwnam(_server_user()).pw_uid}:
        raise ServiceError(f"{other} belongs to somebody else: remove it")
    shutil.chown(other, _server_user())
    return other


def _elsewhere(folder: Path) -> Path:
    return ELSEWHERE / f"headwater-postgresql-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"


def _can_use(folder: Path) -> bool:
    asked = subprocess.run(["/usr/bin/test", "-w", folder, "-a", "-x", folder], check=False, **_as_server_user())
    return asked.returncode == 0


def _server_user() -> str:
    """Return the user PostgreSQL runs as when we are root, which it refuses to be: the one its package makes."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as absent:
        raise ServiceError("PostgreSQL refuses to run as root, and there is no user `postgres`: make one") from absent


def _as_server_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(_server_user())
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def _run(program: str, *arguments: str) -> str:
    path = debian.program(program, PLACES)
    if path is None:
        raise ServiceError(f"{program} is missing")
    # The server inherits what pg_ctl was given: a pipe would stay open for as long as it runs.
    output = subprocess.PIPE if program == "initdb" else subprocess.DEVNULL
    done = subprocess.run(
        [path, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **_as_server_user(),
    )
    if done.returncode:
        raise ServiceError(f"{program} failed ({done.returncode}): {done.stdout or ''}")
    return done.stdout or ""


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else ""
