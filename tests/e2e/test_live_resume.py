"""Subscribers that break off, servers that are killed, rights that change: each gets exactly what is theirs.

Two server processes follow one record and are killed with -9 in turn; every subscriber breaks off at random and goes on
from its last cursor at either of them. `make test-full` has 200 subscribers and 50,000 events: millions of messages.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from domain.incident.model import Incident
from domain.kernel.actor import SYSTEM, Role
from domain.people.model import Team, TeamMember
from domain.people.rules import token_hash
from tests.builders import a_person, a_service_account, a_team, an_incident, saved
from workers.runtime import Runtime

TEXT = """subscription ($after: String) { ticketEvents(after: $after) {
  cursor version ticket { ... on Incident { number } } } }"""
TOKENS = {
    "root": (Role.ADMINISTRATOR, None),
    "desk": (Role.SERVICE_DESK, None),
    "ben": (Role.REQUESTER, "ben"),
    "stays": (Role.SUPPORT, "stays"),
    "leaves": (Role.SUPPORT, "leaves"),
    "joins": (Role.SUPPORT, "joins"),
}
OPEN, OWN, SECRET = ("open-0", "open-1", "open-2"), ("own-0", "own-1"), ("secret-0", "secret-1")
ACT = 25
"""Events of one transaction."""
SECONDS = 240.0
"""How long the last event may take to reach the last subscriber once everything has calmed down."""


@dataclass
class Size:
    """How much of everything: subscribers, events, and how often a server is killed."""

    subscribers: int
    events: int
    kills: int


@dataclass
class Subscriber:
    """Somebody who follows, and what they have had: positions and versions per incident, in order of arrival."""

    token: str
    dice: random.Random
    cursor: str | None = None
    cursors: list[str] = field(default_factory=list)
    versions: dict[str, list[int]] = field(default_factory=dict)

    async def follow(self, ports: list[int]) -> None:
        """Follow for good, from one break to the next."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError, EOFError):
                await self._until_break(self.dice.choice(ports))
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))

    async def _until_break(self, port: int) -> None:
        protocol = Subprotocol("graphql-transport-ws")
        address = f"ws://127.0.0.1:{port}/graphql"
        async with connect(address, subprotocols=[protocol], open_timeout=10, close_timeout=0.1) as connection:
            await connection.send(
                orjson.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}}).decode()
            )
            await connection.recv()
            payload = {"query": TEXT, "variables": {"after": self.cursor}}
            await connection.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
            for _ in range(self.dice.randint(20, 2_000)):
                self._take(orjson.loads(await connection.recv()))

    def _take(self, message: Any) -> None:
        assert message["type"] == "next", message
        event = message["payload"]["data"]["ticketEvents"]
        self.cursor = event["cursor"]
        self.cursors.append(event["cursor"])
        self.versions.setdefault(event["ticket"]["number"], []).append(event["version"])


@dataclass
class Servers:
    """Two server processes over one record, on ports of their own."""

    url: str
    ports: list[int]
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, port: int) -> None:
        command = [sys.executable, "-m", "tests.e2e.serving", self.url, str(port)]
        self.running[port] = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": "."})

    def kill(self, port: int) -> None:
        self.running[port].send_signal(signal.SIGKILL)
        self.running[port].wait()

    async def ready(self) -> None:
        for port in self.ports:
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Size:
    if request.config.getoption("--whole"):
        return Size(200, 50_000, 10)
    return Size(36, 5_000, 6) if request.config.getoption("--full") else Size(18, 1_500, 2)


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    opened = await Runtime.open(f"sqlite:///{tmp_path}/record.db")
    work = opened.ports.work
    people = ("ben", "stays", "leaves", "joins", "other")
    await saved(work, *[a_person(id=name) for name in people])
    await saved(work, a_team("stays", "leaves", id="team"))
    accounts = [
        a_service_account(id=token, token_hash=token_hash(token), role=role, actor_person_id=person)
        for token, (role, person) in TOKENS.items()
    ]
    await saved(work, *accounts)
    await saved(work, *[an_incident(id=name, number=name, reporter_id="other") for name in OPEN])
    await saved(work, *[an_incident(id=name, number=name, reporter_id="ben") for name in OWN])
    await saved(
        work,
        *[
            an_incident(id=name, number=name, reporter_id="other", team_id="team", is_restricted=True)
            for name in SECRET
        ],
    )
    await opened.log.number()
    yield opened
    await opened.stop()


async def change_rights(runtime: Runtime) -> int:
    """Let one member leave the team and another join it; return the position of the event."""
    async with runtime.ports.work(SYSTEM) as work:
        team = await work.get(Team, "team")
        for member in team.members:
            if member.person_id == "leaves":
                member.valid_to = work.now
        team.members.append(TeamMember(id="joined", team_id="team", person_id="joins", valid_from=work.now))
        work.record("team.members_changed", team)
        outbox_id = await work.commit()
    await runtime.log.number()
    position = await runtime.log.position_of(outbox_id)
    assert position is not None
    return position


async def happen(runtime: Runtime, dice: random.Random, acts: int) -> None:
    """Let incidents be edited, many at a time."""
    names = (*OPEN, *OWN, *SECRET)
    for _ in range(acts):
        async with runtime.ports.work(SYSTEM) as work:
            found = {one.id: one for one in await work.find_all(Incident, id=list(names))}
            for _ in range(ACT):
                work.record("incident.updated", found[dice.choice(names)])
            await work.commit()
        await runtime.log.number()
        await asyncio.sleep(0)


async def positions_of(runtime: Runtime) -> dict[str, list[int]]:
    """Return the positions of every incident's events."""
    found: dict[str, list[int]] = {}
    reached = 0
    while events := await runtime.log.read_after(reached):
        reached = events[-1].position or 0
        for event in events:
            if event.subject_type == "incident":
                found.setdefault(event.subject_id, []).append(event.position or 0)
    return found


async def test_each_gets_exactly_what_its_rights_allow_in_order_and_nothing_is_missed(
    runtime: Runtime, size: Size
) -> None:
    dice, start = random.Random(6), await runtime.log.head()
    servers = Servers(str(runtime.database.writer.url.set(drivername="sqlite")), [free_port(), free_port()])
    for port in servers.ports:
        servers.start(port)
    await servers.ready()
    tokens = list(TOKENS)
    first = runtime.key.cursor(start)
    followers = [
        Subscriber(tokens[number % len(tokens)], random.Random(number), first) for number in range(size.subscribers)
    ]
    tasks = [asyncio.create_task(one.follow(servers.ports)) for one in followers]
    acts, turned = size.events // ACT, 0
    for number in range(size.kills):
        await happen(runtime, dice, acts // size.kills)
        if number == size.kills // 2:
            turned = await change_rights(runtime)
        port = servers.ports[number % 2]
        servers.kill(port)
        servers.start(port)
    await happen(runtime, dice, max(1, acts // 20))
    happened = await positions_of(runtime)
    every = {name: [at for at in positions if at > start] for name, positions in happened.items()}

    must = {token: expected(token, every, turned)[0] for token in tokens}
    may = {token: expected(token, every, turned)[1] for token in tokens}
    wanted = {token: runtime.key.cursor(max(must[token])) for token in tokens}
    try:
        async with asyncio.timeout(SECONDS * (6 if size.events > 10_000 else 1)):
            while any(wanted[one.token] not in one.cursors[-5_000:] for one in followers):
                await asyncio.sleep(0.2)
                assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for port in servers.ports:
            servers.kill(port)
    for one in followers:
        had = [runtime.key.position(cursor) for cursor in one.cursors]
        assert had == sorted(set(had)), f"{one.token} had something twice or out of order"
        assert must[one.token] <= set(had) <= may[one.token], one.token
        for versions in one.versions.values():
            assert versions == sorted(set(versions))


def expected(token: str, every: dict[str, list[int]], turned: int) -> tuple[set[int], set[int]]:
    """Return the positions that a subscriber must have had, and those it may have had.

    Who joins the team may read on from before, should they be catching up just then; who left hears nothing more.
    """
    plain = {at for name in (*OPEN, *OWN) for at in every[name]}
    secret = {at for name in SECRET for at in every[name]}
    match token:
        case "root" | "stays":
            return plain | secret, plain | secret
        case "desk":
            return plain, plain
        case "ben":
            own = {at for name in OWN for at in every[name]}
            return own, own
        case "joins":
            return plain | {at for at in secret if at > turned}, plain | secret
    # What is on its way when a right ends may arrive or not; what happens after it does not.
    return plain, plain | {at for at in secret if at < turned}
