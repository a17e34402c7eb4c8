"""`python -m services start|stop|status|env`: the servers the tests run against, with their data in build/services."""

import argparse
import fcntl
import socket
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.process import ServiceError

FOLDER = Path(__file__).resolve().parents[1] / "build" / "services"
SETTINGS = FOLDER / "env"
SERVICES = ("postgresql", "redis", "neo4j", "keycloak")


def start() -> int:
    """Start what does not run yet, and write the settings that name the servers."""
    SETTINGS.unlink(missing_ok=True)
    there = _services()
    with ThreadPoolExecutor() as pool:
        starting = {name: pool.submit(service.start, FOLDER / name) for name, service in there.items()}
    settings: dict[str, str] = {}
    failures = 0
    for name, started in starting.items():
        try:
            settings |= started.result()
        except (ServiceError, OSError) as failed:
            failures += 1
            print(f"{name} cannot be started: {failed}", file=sys.stderr)
    if failures:
        return 1
    SETTINGS.touch(mode=0o600)
    SETTINGS.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return status()


def stop() -> int:
    """Stop what was started here; data stay for the next start."""
    failures = 0
    for name, service in _services().items():
        try:
            service.stop(FOLDER / name)
        except (ServiceError, OSError) as failed:
            failures += 1
            print(f"{name} cannot be stopped: {failed}", file=sys.stderr)
    SETTINGS.unlink(missing_ok=True)
    return min(failures, 1)


def status() -> int:
    """Say where each server listens; 1 when one of them does not answer."""
    urls = {name: url for name, url in _settings().items() if name.endswith("_URL")}
    if not urls:
        print("no services: start them with `make services`", file=sys.stderr)
        return 1
    answering = {name: _listens(url) for name, url in urls.items()}
    for name, url in urls.items():
        address = urlsplit(url)
        print(f"{'up  ' if answering[name] else 'DOWN'}  {address.scheme:<10}  {address.hostname}:{address.port}")
    return 0 if all(answering.values()) else 1


def env() -> int:
    """Print the settings, one KEY=VALUE a line."""
    for name, value in _settings().items():
        print(f"{name}={value}")
    return 0 if SETTINGS.exists() else 1


def _services() -> Mapping[str, Any]:
    return {name: import_module(f"services.{name}") for name in SERVICES}


def _settings() -> dict[str, str]:
    if not SETTINGS.exists():
        return {}
    pairs = (line.partition("=") for line in SETTINGS.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def _listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=2).close()
    except OSError:
        return False
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Keep others out: two starts at once would make two of everything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Run the command of the arguments."""
    commands = {"start": start, "stop": stop, "status": status, "env": env}
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.add_argument("command", choices=commands)
    command = parser.parse_args().command
    if command not in {"start", "stop"}:
        return commands[command]()
    with _alone():
        return commands[command]()


if __name__ == "__main__":
    sys.exit(main())
