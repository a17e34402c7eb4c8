"""The servers of the tests: all there, and started again whatever became of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from services import debian, postgresql, redis
from services.process import ServiceError, free_port, kept_port, pid_in, wait_until

ROOT = Path(__file__).parents[2]
NAMED = {
    "postgresql": ["HEADWATER_TEST_POSTGRESQL_URL"],
    "redis": ["HEADWATER_TEST_REDIS_URL"],
    "neo4j": ["HEADWATER_TEST_NEO4J_URL", "HEADWATER_TEST_NEO4J_USER", "HEADWATER_TEST_NEO4J_PASSWORD"],
    "keycloak": ["HEADWATER_TEST_KEYCLOAK_URL"],
}


def address(settings: dict[str, str]) -> tuple[str, int]:
    (url,) = settings.values()
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def listens(settings: dict[str, str]) -> bool:
    try:
        socket.create_connection(address(settings), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("service", NAMED)
def test_a_run_on_services_has_every_one_of_them(service: str) -> None:
    assert [name for name in NAMED[service] if not os.environ.get(name)] == []
    assert listens({"url": os.environ[NAMED[service][0]]})


def test_status_names_every_server_and_no_password() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "services", "status"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    there = [line.split()[1] for line in told.stdout.splitlines() if line.startswith("up  ")]
    assert there == ["postgresql", "redis", "bolt", "http"]
    password = urlsplit(os.environ["HEADWATER_TEST_POSTGRESQL_URL"]).password
    assert password
    assert password not in told.stdout


@pytest.fixture(params=[postgresql, redis], ids=["postgresql", "redis"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ModuleType, Path]]:
    """A service and a folder that nobody but root can enter."""
    tmp_path.chmod(0o700)
    folder = tmp_path / "service"
    yield request.param, folder
    request.param.stop(folder)
    shutil.rmtree(postgresql._elsewhere(folder), ignore_errors=True)


def pid_of(folder: Path) -> int:
    places = [*folder.glob("pid"), *folder.glob("data-*/postmaster.pid")]
    places += postgresql._elsewhere(folder).glob("data-*/postmaster.pid")
    return int(places[0].read_text().split()[0])


def test_a_killed_server_is_started_again_under_the_same_address(service: tuple[ModuleType, Path]) -> None:
    module, folder = service
    settings = module.start(folder)
    assert listens(settings)
    assert module.start(folder) == settings
    os.kill(pid_of(folder), signal.SIGKILL)
    wait_until(lambda: not listens(settings), "the server to be gone")
    assert module.start(folder) == settings
    assert listens(settings)
    module.stop(folder)
    assert not listens(settings)
    module.stop(folder)


def test_a_port_that_was_taken_meanwhile_is_left_to_its_taker(tmp_path: Path) -> None:
    first = kept_port(tmp_path)
    assert kept_port(tmp_path) == first
    with closing(socket.create_server(("127.0.0.1", first))):
        assert kept_port(tmp_path) != first
        assert free_port(first) != first


def test_a_process_of_another_program_is_not_taken_for_the_server(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    noted.write_text(f"{os.getpid()}\nanything\n")
    assert pid_in(noted, "python") == os.getpid()
    assert pid_in(noted, "redis-server 127.0.0.1:6379") is None
    noted.write_text("")
    assert pid_in(noted, "") is None
    assert pid_in(tmp_path / "none", "") is None


def test_what_is_missing_is_said_to_who_cannot_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    debian.install({"postgresql": False})
    with pytest.raises(ServiceError, match="apt-get install postgresql redis-server"):
        debian.install({"redis-server": True, "postgresql": True})
