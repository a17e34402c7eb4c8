"""A Neo4j Community server on loopback, from its Maven coordinates (`pom.xml`): no container engine needed."""

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from services import debian
from services.process import ServiceError, end, free_port, kept_port, pid_in, wait_until

POM = Path(__file__).with_name("pom.xml")
JARS = Path(__file__).resolve().parents[1] / "build" / "services" / "neo4j" / "lib"
"""What the server is made of, fetched once for every folder a server is started in."""

USER = "neo4j"
HEAP = "2g"
"""At most, as where the figures of ENGINES 2.3 were taken; after `make bench ARGS=stack` the process held 1.6 GB."""

COLLECTOR = "-XX:+UseParallelGC"
"""On two cores and with a small heap the collector that stops everything takes the least in all: batches of edges are
written in 0.37 s with it and in 0.46 s with G1, which Java would choose."""

PATIENCE_SECONDS = 180.0
"""A Java server on a busy machine takes its time; on a quiet one it is there in 7 seconds."""

_GREETING = bytes.fromhex("6060b017" + "00000405" + "00000004" + "00000000" + "00000000")

_CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.http.enabled={serves_http}
server.http.listen_address=127.0.0.1:{http}
server.https.enabled=false
server.memory.pagecache.size=256m
db.tx_log.rotation.retention_policy=2 files
dbms.usage_report.enabled=false
"""

_OPENED = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.util.concurrent")


def start(folder: Path) -> dict[str, str]:
    """Start the server unless it runs, and return the settings that name it."""
    debian.install({"openjdk-17-jre-headless": _lacks("java"), "maven": _lacks("mvn") and not _is_fetched()})
    _fetch()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if _pid(folder) is None:
        _launch(folder)
    bolt = int((folder / "port").read_text())
    log = folder / "console.log"
    wait_until(lambda: _greets(bolt) or _pid(folder) is None, f"Neo4j to answer, see {log}", PATIENCE_SECONDS)
    if _pid(folder) is None:
        raise ServiceError(f"Neo4j ended by itself, see {log}")
    return {
        "HEADWATER_TEST_NEO4J_URL": f"bolt://127.0.0.1:{bolt}",
        "HEADWATER_TEST_NEO4J_USER": USER,
        "HEADWATER_TEST_NEO4J_PASSWORD": _password(folder),
    }


def stop(folder: Path) -> None:
    """Stop the server if it runs."""
    pid = _pid(folder.resolve())
    if pid is not None:
        end(pid)


def _pid(folder: Path) -> int | None:
    return pid_in(folder / "pid", _home(folder))


def _home(folder: Path) -> str:
    return f"--home-dir={folder}"


def _lacks(program: str) -> bool:
    return shutil.which(program) is None


def _is_fetched() -> bool:
    return (JARS / "complete").exists()


def _fetch() -> None:
    """Fetch the jars unless all are there; a fetch that was cut off is done again."""
    if _is_fetched():
        return
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={JARS}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"Maven could not fetch Neo4j:\n{done.stdout}{done.stderr}")
    (JARS / "complete").touch()


def _launch(folder: Path) -> None:
    """Start the server in a session of its own: it outlives the command that starts it."""
    bolt, http = kept_port(folder), free_port()
    serves_http = str(not (folder / "password").exists()).lower()  # only its first password is set over HTTP
    (folder / "http").write_text(f"{http}\n")
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    settings = _CONFIGURATION.format(bolt=bolt, http=http, serves_http=serves_http)
    (folder / "conf" / "neo4j.conf").write_text(settings)
    command = ["java", f"-Xmx{HEAP}", COLLECTOR, *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED)]
    command += ["-cp", f"{JARS}/*", "org.neo4j.server.CommunityEntryPoint", _home(folder)]
    command.append(f"--config-dir={folder / 'conf'}")
    console = (os.POSIX_SPAWN_OPEN, 1, str(folder / "console.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    # Not through `subprocess`, which wants to see the end of what it starts.
    pid = os.posix_spawnp(
        command[0], command, os.environ, file_actions=[nothing, console, (os.POSIX_SPAWN_DUP2, 1, 2)], setsid=True
    )
    (folder / "pid").write_text(f"{pid}\n")
    wait_until(lambda: _pid(folder) is not None, "Java to take the process over")


def _greets(bolt: int) -> bool:
    """Whether a server at this port agrees on a version of Bolt."""
    try:
        with socket.create_connection(("127.0.0.1", bolt), timeout=2) as asked:
            asked.sendall(_GREETING)
            return len(asked.recv(4)) == 4
    except OSError:
        return False


def _password(folder: Path) -> str:
    """Return the password of the server; the one it is born with gives way to a random one."""
    kept = folder / "password"
    if kept.exists():
        return kept.read_text().strip()
    password = secrets.token_hex(16)
    refusals: list[object] = []
    wait_until(lambda: _takes(password, int((folder / "http").read_text()), refusals), "Neo4j to take its password")
    if refusals:
        raise ServiceError(f"Neo4j refused a new password ({refusals[0]}): remove {folder} and start again")
    kept.touch(mode=0o600)
    kept.write_text(password)
    return password


def _takes(password: str, http: int, refusals: list[object]) -> bool:
    """Whether the server has taken or refused its first password; False while it does not answer."""
    change = {"statement": "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", "parameters": {"new": password}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{http}/db/system/tx/commit",
        data=json.dumps({"statements": [change]}).encode(),
        headers={
            "Authorization": "Basic " + base64.b64encode(b"neo4j:neo4j").decode(),
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the scheme is written above
            refusals += json.load(answer)["errors"]
    except urllib.error.HTTPError as refused:
        refusals.append(refused)
    except OSError:
        return False
    return True
