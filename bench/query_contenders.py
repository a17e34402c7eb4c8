"""Who answers the representative query, each in a process of its own: how it is started, what it is asked."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import node, python

ROOT = Path(__file__).resolve().parents[1]
SECONDS_TO_START = 60.0

FIELDS = """nodes {
    id number title description state priority openedAt recordedAt resolvedAt solution isRestricted version
    assignee { id name }
    reporter { id name }
    configurationItems(first: 10) { nodes { id name } }
    changeLinks(first: 3) { nodes { type recordedAt change { id number } } }
  }"""
OURS = f"""query Incidents($state: IncidentState!) {{
  incidents(first: 50, where: {{state: {{eq: $state}}}}, orderBy: [{{field: PRIORITY}}]) {{ {FIELDS} }}
}}"""
PLAIN = f"query Incidents($state: IncidentState!) {{ incidents(first: 50, state: $state) {{ {FIELDS} }} }}"
POSTGRAPHILE = """query Incidents($state: String!) {
  incidents: allIncidents(first: 50, condition: {state: $state}, orderBy: [PRIORITY_ASC, PRIMARY_KEY_ASC]) { nodes {
    id: rowId number title description state priority openedAt recordedAt resolvedAt solution isRestricted version
    assignee: personByAssigneeId { id: rowId name }
    reporter: personByReporterId { id: rowId name }
    configurationItems: incidentCisByIncidentId(first: 10) {
      nodes { item: ciByCiId { id: rowId name } }
    }
    changeLinks: incidentChangeLinksByIncidentId(first: 3) {
      nodes { type recordedAt change: changeByChangeId { id: rowId number } }
    }
  } }
}"""


@dataclass(frozen=True, slots=True)
class Contender:
    """One server: its command, its document and, for ours, whose token the requests carry."""

    name: str
    command: tuple[str, ...]
    document: str = PLAIN
    token: str | None = None
    warm_up: int = 40
    """Requests before anything is timed; V8 compiles what it has met some hundred times."""


SERVE = (*python("api.cli"), "serve", "--port", "{port}")


def contenders() -> tuple[Contender, ...]:
    """Return all of them; what the ones for Node.js need is brought."""
    return (
        Contender("headwater", SERVE, OURS, "desk"),
        Contender("headwater, no row rights", SERVE, OURS, "admin"),
        Contender("stock strawberry", python("bench.query_stock")),
        Contender("Apollo Server", node("apollo.mjs"), warm_up=400),
        Contender("mercurius, JIT", node("mercurius.mjs"), warm_up=400),
        Contender("PostGraphile", node("postgraphile.mjs"), POSTGRAPHILE, warm_up=400),
        Contender("one-statement limit", python("bench.query_limit")),
    )


@dataclass(frozen=True, slots=True)
class Served:
    """A contender that listens."""

    contender: Contender
    port: int
    process_id: int

    def cpu_seconds(self) -> float:
        """Return the seconds on a processor of all threads of the process, and of its children."""
        return _cpu_seconds(self.process_id)

    def resident(self) -> int:
        """Return the bytes of memory that the process holds."""
        pages = int(Path(f"/proc/{self.process_id}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def _cpu_seconds(process_id: int) -> float:
    spent = 0.0
    for task in Path(f"/proc/{process_id}/task").iterdir():
        spent += int((task / "schedstat").read_text(encoding="utf-8").split()[0]) / 1e9
        children = (task / "children").read_text(encoding="utf-8").split()
        spent += sum(_cpu_seconds(int(child)) for child in children)
    return spent


@contextmanager
def listening(contender: Contender, settings: Mapping[str, str]) -> Iterator[Served]:
    """Yield the contender once its port answers; the process ends with the context."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [part.format(port=port) for part in contender.command]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    environment = kept | {"PYTHONPATH": str(ROOT), "PORT": str(port), "NODE_ENV": "production", **settings}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield Served(contender, port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
