"""One chaos run: start everything, load it, kill it part by part, let it come to rest, and judge what is left."""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from api.ids import encode_id
from domain.store.engine import open_database
from domain.store.migrate import upgrade
from services.process import free_port
from tests.chaos.load import SHARED, Known, Ledger, Load, estate, import_csv
from tests.chaos.programs import Program, programs
from tests.chaos.servers import Server, servers
from tests.chaos.verdict import REST_SECONDS, come_to_rest, violations
from tests.tally import make_table

ROOT = Path(__file__).parents[2]
READY_SECONDS = 120.0
STANDSTILL_SECONDS = 120.0
ACTS_BETWEEN = 5
DATABASE = "chaos"


@dataclass
class Outcome:
    """What the run did and what was wrong; right is an empty list."""

    kills: Counter[str] = field(default_factory=Counter)
    counts: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Stack:
    """Everything that runs, as the settings of the product name it."""

    folder: Path
    servers: list[Server]
    environment: dict[str, str] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    started_again: int = 0

    async def start(self) -> str:
        """Start servers and programs with a small estate; return a token for the API."""
        settings: dict[str, str] = {}
        for server in self.servers:
            settings |= await asyncio.to_thread(server.start)
        database = await _fresh_database(settings["HEADWATER_TEST_POSTGRESQL_URL"])
        self.environment = _environment(settings, database)
        token = _headwater(self.environment, "token").stdout.strip()
        for kind, file in estate(self.folder).items():
            if not await asyncio.to_thread(import_csv, kind, file, self.environment):
                raise RuntimeError(f"the estate could not be imported: {kind}")
        self.ports = [free_port(), free_port()]
        self.programs = programs(self.environment, self.ports, self.folder)
        for program in self.programs:
            program.start()
        for port in self.ports:
            await _until_ready(port)
        return token

    async def supervise(self) -> None:
        """Start again what ended by itself, e.g. because there was no database when it was opened."""
        while True:
            self.started_again += sum(program.keep_running() for program in self.programs)
            await asyncio.sleep(0.2)

    async def end(self) -> list[str]:
        """Ask every program to end; return what did not end well."""
        for program in self.programs:
            program.ask_to_end()
        ends = await asyncio.gather(*(asyncio.to_thread(program.end) for program in self.programs))
        return [end for end in ends if end]

    def clear(self) -> None:
        """Kill what still runs, and stop the servers."""
        for program in self.programs:
            with suppress(AssertionError):
                program.kill()
        for server in self.servers:
            server.stop()


async def run(kills: int, seed: int, folder: Path, *, with_neo4j: bool) -> Outcome:
    """Run with so many kills; the same seed kills in the same order after the same waits."""
    dice, outcome = random.Random(seed), Outcome()
    stack = Stack(folder, servers(folder, with_neo4j=with_neo4j))
    try:
        token = await stack.start()
        load = Load(stack.ports, token, stack.environment, folder)
        began = time.monotonic()
        working = asyncio.create_task(load.run(random.Random(seed), await _known(stack.environment)))
        supervising = asyncio.create_task(stack.supervise())
        await _kill_in_turn(stack, load.ledger, kills, dice, outcome)
        await asyncio.sleep(2.0)
        load.stop()
        await asyncio.wait_for(working, 120)
        outcome.counts["seconds under load"] = round(time.monotonic() - began, 1)
        url = stack.environment["HEADWATER_DATABASE_URL"]
        outcome.wrong += await come_to_rest(url)
        if with_neo4j:
            outcome.wrong += await _graph(stack.environment)
        supervising.cancel()
        outcome.wrong += await stack.end()
        found, counts = await violations(url, load.ledger)
        outcome.wrong += found
        ledger = load.ledger
        outcome.counts |= {
            "acknowledged incidents": len(ledger.incidents),
            "acknowledged edits": len(ledger.versions),
            "imported rows": len(ledger.imported),
            "queries answered": ledger.queries,
            "edits refused as stale": ledger.refused,
            "requests without an answer": ledger.unanswered,
            "slowest answer in seconds": round(ledger.slowest_seconds, 1),
            "positions read": sum(map(len, ledger.positions)),
            "started again by themselves": stack.started_again,
        } | counts
        if not (ledger.incidents and ledger.versions and ledger.imported):
            outcome.wrong.append("the load did nothing: the run proves nothing")
    finally:
        stack.clear()
    return outcome


async def _kill_in_turn(stack: Stack, ledger: Ledger, kills: int, dice: random.Random, outcome: Outcome) -> None:
    """Kill, and go on once users get on again: whatever was killed, that must not take long."""
    for victim in _victims([*stack.servers, *stack.programs], kills, dice):
        await asyncio.sleep(dice.uniform(0.2, 1.2))
        for port in stack.ports if victim.name.startswith("api") else ():
            await _until_ready(port)  # one server of the API stands at any time, as behind a balancer
        outcome.kills[victim.name] += 1
        await asyncio.to_thread(victim.kill)
        if isinstance(victim, Server):
            await asyncio.sleep(dice.uniform(0.0, 2.0))
            await asyncio.to_thread(victim.start)
        # A program is started again by whoever looks after programs.
        if not await _users_get_on(ledger):
            wrong = f"no act was acknowledged for {STANDSTILL_SECONDS:.0f} s after {victim.name} was killed"
            outcome.wrong.append(wrong)


async def _users_get_on(ledger: Ledger) -> bool:
    before = ledger.acts
    for _ in range(round(STANDSTILL_SECONDS / 0.1)):
        await asyncio.sleep(0.1)
        if ledger.acts >= before + ACTS_BETWEEN:
            return True
    return False


def _victims(everybody: Sequence[Server | Program], kills: int, dice: random.Random) -> Iterator[Server | Program]:
    """Yield everybody in turn, in another order each time."""
    while kills > 0:
        order = dice.sample(list(everybody), len(everybody))[:kills]
        yield from order
        kills -= len(order)


async def _fresh_database(url: str) -> str:
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
    database = urlsplit(url)._replace(path=f"/{DATABASE}").geturl()
    opened = open_database(database)
    await upgrade(opened)
    await make_table(opened)
    await opened.dispose()
    return database


def _environment(settings: dict[str, str], database: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    named = {
        name.replace("_TEST_", "_"): value
        for name, value in settings.items()
        if name != "HEADWATER_TEST_POSTGRESQL_URL"
    }
    return kept | named | {"HEADWATER_DATABASE_URL": database, "PYTHONPATH": str(ROOT)}


def _headwater(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def _known(environment: dict[str, str]) -> Known:
    connection = await asyncpg.connect(environment["HEADWATER_DATABASE_URL"])
    names = [f"item-{number}" for number in range(SHARED)]
    rows = await connection.fetch("SELECT id FROM ci WHERE external_id = ANY($1::text[]) ORDER BY external_id", names)
    person_id = await connection.fetchval("SELECT id FROM person")
    await connection.close()
    return Known([encode_id("ConfigurationItem", row["id"]) for row in rows], encode_id("Person", person_id))


async def _graph(environment: dict[str, str]) -> list[str]:
    """Return what is wrong with the projection once it has come to rest."""
    for _ in range(round(REST_SECONDS)):
        status = await asyncio.to_thread(_headwater, environment, "graph", "status", "--json")
        if status.returncode == 0 and json.loads(status.stdout)["lag"] == 0:
            break
        await asyncio.sleep(1.0)
    else:
        return ["the graph did not reach the end of the log"]
    verified = await asyncio.to_thread(_headwater, environment, "graph", "verify")
    return [] if verified.returncode == 0 else [f"the graph differs from the record: {verified.stdout[:1_000]}"]


async def _until_ready(port: int) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(round(READY_SECONDS / 0.2)):
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"no server came up at port {port}")
