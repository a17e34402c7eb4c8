"""Redis from Debian's package: on loopback, with a random password, keeping nothing on disk."""

import secrets
import socket
import subprocess
from pathlib import Path

from services import debian
from services.process import ServiceError, end, kept_port, pid_in, wait_until


def start(folder: Path) -> dict[str, str]:
    """Start the server unless it runs, and return the setting that names it."""
    debian.install({"redis-server": debian.program("redis-server") is None})
    folder.mkdir(parents=True, exist_ok=True)
    if _pid(folder) is None:
        _launch(folder)
    port, password = int((folder / "port").read_text()), (folder / "password").read_text().strip()
    wait_until(lambda: _answers(port, password), f"Redis to answer, see {folder / 'server.log'}")
    return {"HEADWATER_TEST_REDIS_URL": f"redis://:{password}@127.0.0.1:{port}/0"}


def stop(folder: Path) -> None:
    """Stop the server if it runs."""
    pid = _pid(folder)
    if pid is not None:
        end(pid)


def _launch(folder: Path) -> None:
    path = debian.program("redis-server")
    if path is None:
        raise ServiceError("redis-server is missing")
    password = folder / "password"
    if not password.exists():
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(16))
    configuration = {
        "bind": "127.0.0.1",
        "port": str(kept_port(folder)),
        "requirepass": password.read_text(),
        "dir": f'"{folder.resolve()}"',
        "pidfile": f'"{folder.resolve() / "pid"}"',
        "logfile": "server.log",
        "daemonize": "yes",
        "save": '""',
        "appendonly": "no",
    }
    file = folder / "redis.conf"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name} {value}\n" for name, value in configuration.items()))
    (folder / "pid").unlink(missing_ok=True)
    done = subprocess.run(
        [path, file.resolve()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"redis-server failed ({done.returncode}), see {folder / 'server.log'}")
    wait_until(lambda: _pid(folder) is not None, f"Redis to start, see {folder / 'server.log'}")


def _pid(folder: Path) -> int | None:
    port = folder / "port"
    return pid_in(folder / "pid", f"redis-server 127.0.0.1:{port.read_text().strip()}") if port.exists() else None


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as asked:
            asked.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while b"PONG" not in answer:
                read = asked.recv(100)
                if not read:
                    return False
                answer += read
    except OSError:
        return False
    return True
