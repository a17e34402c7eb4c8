"""The load: edits over real HTTP, imports by the command, and readers who follow the log; each keeps a ledger."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

REPORT = (
    "mutation($input: IncidentReportInput!) { incidentReport(input: $input) { __typename"
    " ... on IncidentReportSuccess { incident { number } } ... on UserError { message } } }"
)
EDIT = (
    "mutation($input: CiUpdateInput!) { ciUpdate(input: $input) { __typename"
    " ... on CiUpdateSuccess { configurationItem { version } } ... on UserError { message } } }"
)
FIND = (
    "query($id: ID!) { node(id: $id) { ... on ConfigurationItem { version } } incidents(first: 20) { totalCount"
    " edges { node { number title } } } }"
)
REQUEST_SECONDS = 20.0
SHARED = 6
"""Configuration items that every editor edits: versions must not skip or double."""

ROWS_PER_IMPORT = 40
GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection to a server that was killed may end with."""

STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class Ledger:
    """What was acknowledged, and what went wrong in a way that is no matter."""

    incidents: set[str] = field(default_factory=set)
    versions: list[tuple[str, int]] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    positions: list[list[int]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    queries: int = 0
    unanswered: int = 0
    refused: int = 0
    slowest_seconds: float = 0.0

    @property
    def acts(self) -> int:
        """How many acts were acknowledged."""
        return len(self.incidents) + len(self.versions)


@dataclass(frozen=True)
class Known:
    """What the load speaks of, by its ids at the API."""

    items: Sequence[str]
    person: str


class Load:
    """Users who go on until they are told to stop, whatever they meet."""

    def __init__(self, ports: Sequence[int], token: str, environment: Mapping[str, str], folder: Path) -> None:
        self._urls = [f"http://127.0.0.1:{port}/graphql" for port in ports]
        self._headers = {"Authorization": f"Bearer {token}"}
        self._environment, self._folder = environment, folder
        self.ledger = Ledger()
        self._stopping = asyncio.Event()

    async def run(self, dice: random.Random, known: Known) -> None:
        """Work until `stop`: four editors, an importer, two readers of the log."""
        seeds = [dice.random() for _ in range(4)]
        async with httpx.AsyncClient(headers=self._headers, timeout=REQUEST_SECONDS) as client:
            editors = (self._edit(client, random.Random(seed), known) for seed in seeds)
            await asyncio.gather(*editors, self._import(), *(self._read_the_log() for _ in range(2)))

    def stop(self) -> None:
        self._stopping.set()

    async def _edit(self, client: httpx.AsyncClient, dice: random.Random, known: Known) -> None:
        seen: dict[str, int] = {}
        while not self._stopping.is_set():
            item_id = dice.choice(known.items)
            if dice.random() < 0.4:
                await self._report(client, dice, item_id, known.person)
            elif item_id not in seen or dice.random() < 0.3:
                answer = await self._ask(client, dice, FIND, {"id": item_id})
                self.ledger.queries += answer is not None
                if answer is not None:
                    seen[item_id] = answer["node"]["version"]
            else:
                await self._edit_item(client, dice, item_id, seen.pop(item_id))

    async def _report(self, client: httpx.AsyncClient, dice: random.Random, item_id: str, person_id: str) -> None:
        given = {
            "title": "Down again",
            "description": "since a moment ago",
            "priority": dice.choice([2, 3, 3, 4]),
            "configurationItemIds": [item_id],
            "reporterId": person_id,
        }
        answer = await self._ask(client, dice, REPORT, {"input": given})
        if answer is not None and "incident" in answer["incidentReport"]:
            self.ledger.incidents.add(answer["incidentReport"]["incident"]["number"])
        elif answer is not None:
            self.ledger.surprises.append(str(answer))

    async def _edit_item(self, client: httpx.AsyncClient, dice: random.Random, item_id: str, version: int) -> None:
        given = {"configurationItemId": item_id, "expectedVersion": version, "site": f"site {dice.randrange(1000)}"}
        answer = await self._ask(client, dice, EDIT, {"input": given})
        if answer is None:
            return
        outcome = answer["ciUpdate"]
        if "configurationItem" in outcome:
            self.ledger.versions.append((item_id, outcome["configurationItem"]["version"]))
        elif outcome["__typename"] == "StaleVersionError":
            self.ledger.refused += 1
        else:
            self.ledger.surprises.append(str(outcome))

    async def _ask(self, client: httpx.AsyncClient, dice: random.Random, query: str, variables: Any) -> Any:
        """Return the data of an answer; None when there was none: then nobody knows what was done, and it may be."""
        began = asyncio.get_running_loop().time()
        try:
            answer = await client.post(dice.choice(self._urls), json={"query": query, "variables": variables})
            body = answer.json()
            data = body.get("data") if answer.status_code == 200 and not body.get("errors") else None
        except (httpx.HTTPError, ValueError):
            data = None
        took = asyncio.get_running_loop().time() - began
        self.ledger.slowest_seconds = max(self.ledger.slowest_seconds, took)
        if data is None:
            self.ledger.unanswered += 1
            await asyncio.sleep(0.05)
        return data

    async def _import(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            names = [f"imported-{number}-{row}" for row in range(ROWS_PER_IMPORT)]
            file = self._folder / "import.csv"
            file.write_text("external_id,name,class\n" + "".join(f"{name},{name},server\n" for name in names))
            if await asyncio.to_thread(import_csv, "cis", file, self._environment):
                self.ledger.imported |= set(names)
            await asyncio.sleep(0.5)

    async def _read_the_log(self) -> None:
        """Follow positions as a consumer does; what was passed must be complete."""
        seen: list[int] = []
        self.ledger.positions.append(seen)
        url = self._environment["HEADWATER_DATABASE_URL"]
        while not self._stopping.is_set():
            with suppress(*GONE):
                connection = await asyncpg.connect(url, timeout=5, command_timeout=5)
                try:
                    while not self._stopping.is_set():
                        after = seen[-1] if seen else 0
                        statement = "SELECT position FROM outbox WHERE position > $1 ORDER BY position LIMIT 100"
                        seen += [row["position"] for row in await connection.fetch(statement, after)]
                        await asyncio.sleep(0.05)
                finally:
                    connection.terminate()
            await asyncio.sleep(0.2)


def import_csv(kind: str, file: Path, environment: Mapping[str, str]) -> bool:
    """Import a file by the command; whether it says that it is done."""
    command = [sys.executable, "-m", "api.cli", "import", "csv", "--kind", kind, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def estate(folder: Path) -> dict[str, Path]:
    """Write a small estate: shared items in a chain, and changes whose day before comes within the run."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    changes = "".join(
        f"CHG{number},Change {number},SCHEDULED,{start:{STAMP}},{start + timedelta(hours=2):{STAMP}},"
        f"item-{number % SHARED},0\n"
        for number in range(24)
        for start in [soon + timedelta(seconds=30 + 15 * number)]
    )
    texts = {
        "people": "external_id,name\nada,Ada\n",
        "cis": "external_id,name,class\n" + "".join(f"item-{n},Item {n},server\n" for n in range(SHARED)),
        "relations": "source,type,target\n" + "".join(f"item-{n},DEPENDS_ON,item-{n + 1}\n" for n in range(SHARED - 1)),
        "changes": "number,title,state,planned_start,planned_end,targets,rollback_minutes\n" + changes,
    }
    for kind, text in texts.items():
        (folder / f"{kind}.csv").write_text(text)
    return {kind: folder / f"{kind}.csv" for kind in texts}
