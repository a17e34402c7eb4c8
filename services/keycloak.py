"""A Keycloak server on loopback, from its Maven coordinates: the identity provider the tests sign in at."""

import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from services import debian
from services.process import ServiceError, end, kept_port, pid_in, wait_until

VERSION = "26.0.7"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
POM = Path(__file__).with_name("pom.xml")
FETCHED = Path(__file__).resolve().parents[1] / "build" / "services" / "keycloak"
"""Where the distribution is fetched to, once for every folder a server is started in."""
ADMINISTRATOR = "admin"
HEAP = "-Xms64m -Xmx512m"
PATIENCE_SECONDS = 300.0
"""The first start puts the server together; on a quiet machine it is there in 25 seconds."""


def start(folder: Path) -> dict[str, str]:
    """Start the server unless it runs, and return the settings that name it."""
    debian.install({"openjdk-17-jre-headless": _lacks("java"), "maven": _lacks("mvn") and not _archive().exists()})
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home = _unpacked(folder)
    if _pid(folder) is None:
        _launch(folder, home)
    url = f"http://127.0.0.1:{int((folder / 'port').read_text())}"
    log = folder / "console.log"
    wait_until(lambda: _answers(url) or _pid(folder) is None, f"Keycloak to answer, see {log}", PATIENCE_SECONDS)
    if _pid(folder) is None:
        raise ServiceError(f"Keycloak ended by itself, see {log}")
    return {
        "HEADWATER_TEST_KEYCLOAK_URL": url,
        "HEADWATER_TEST_KEYCLOAK_USER": ADMINISTRATOR,
        "HEADWATER_TEST_KEYCLOAK_PASSWORD": _password(folder),
    }


def stop(folder: Path) -> None:
    """Stop the server if it runs."""
    pid = _pid(folder.resolve())
    if pid is not None:
        end(pid)


def _pid(folder: Path) -> int | None:
    return pid_in(folder / "pid", str(folder))


def _lacks(program: str) -> bool:
    return shutil.which(program) is None


def _archive() -> Path:
    return FETCHED / f"keycloak-quarkus-dist-{VERSION}.zip"


def _unpacked(folder: Path) -> Path:
    """Return the folder of the distribution, fetched and unpacked when it is not there yet."""
    home = folder / f"keycloak-{VERSION}"
    if (folder / "unpacked").exists():
        return home
    if not _archive().exists():
        command = ["mvn", "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy", f"-Dartifact={ARTIFACT}"]
        done = subprocess.run([*command, f"-DoutputDirectory={FETCHED}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServiceError(f"Maven could not fetch Keycloak:\n{done.stdout}{done.stderr}")
    with zipfile.ZipFile(_archive()) as archive:
        archive.extractall(folder)
    (home / "bin" / "kc.sh").chmod(0o755)
    (folder / "unpacked").touch()
    return home


def _launch(folder: Path, home: Path) -> None:
    """Start the server in a session of its own: it outlives the command that starts it."""
    command = [str(home / "bin" / "kc.sh"), "start-dev", "--http-host=127.0.0.1", f"--http-port={kept_port(folder)}"]
    settings = os.environ | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMINISTRATOR,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": _password(folder),
        "JAVA_OPTS_KC_HEAP": HEAP,
    }
    with (folder / "console.log").open("ab") as console:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            cwd=folder,
            env=settings,
            start_new_session=True,
        )
    (folder / "pid").write_text(f"{server.pid}\n")


def _password(folder: Path) -> str:
    """Return the password of the administrator, made at the first start and good for good."""
    kept = folder / "password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(16))
    return kept.read_text()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/realms/master", timeout=2) as answer:  # noqa: S310 - of this machine
            return bool(answer.status == 200)
    except OSError:
        return False
