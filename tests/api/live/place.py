"""A real server on a free port, and clients that follow its log as somebody."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from api.settings import ApiSettings
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.time import Clock, SystemClock
from domain.people.rules import token_hash
from domain.ports import Ports
from tests.builders import a_service_account, saved
from workers.runtime import Runtime

PROTOCOL = Subprotocol("graphql-transport-ws")
SECONDS = 10.0
"""How long a test waits for what must come."""


@dataclass
class Place:
    """The server, its runtime, and who may ask it: names of accounts are their tokens."""

    port: int
    runtime: Runtime
    app: Any

    @property
    def ports(self) -> Ports:
        return self.runtime.ports

    @property
    def feed(self) -> Any:
        return self.app.state.live

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    async def holds(self, *records: Any) -> None:
        """Write records and give their events a place in the log."""
        await saved(self.ports.work, *records)
        await self.runtime.drain()

    async def does(self, kind: str, record: Any, **facts: Any) -> None:
        """Do something to a record and give the event its place in the log."""
        async with self.ports.work(SYSTEM) as work:
            found = await work.get(type(record), record.id)
            for name, value in facts.items():
                setattr(found, name, value)
            work.record(kind, found)
            await work.commit()
        await self.runtime.drain()

    async def account(self, token: str, role: Role, person_id: str | None = None, **facts: Any) -> None:
        """Let an account ask with this token."""
        await self.holds(
            a_service_account(
                id=f"account-{token}",
                name=token,
                token_hash=token_hash(token),
                role=role,
                actor_person_id=person_id,
                **facts,
            )
        )


@dataclass
class Socket:
    """A connection that speaks JSON."""

    connection: ClientConnection
    heard: list[Any] = field(default_factory=list)

    async def send(self, **message: Any) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        async with asyncio.timeout(SECONDS):
            received = await self.connection.recv()
        assert isinstance(received, str), "clients of the protocol expect text"
        return orjson.loads(received)

    async def follow(self, text: str, key: str = "1", **variables: Any) -> None:
        """Subscribe, and return once the server has taken it."""
        await self.send(id=key, type="subscribe", payload={"query": text, "variables": variables})
        await self.send(type="ping")
        while (message := await self.receive())["type"] != "pong":
            self.heard.append(message)

    async def event(self) -> Any:
        """Return the next event: the one field of its data."""
        message = self.heard.pop(0) if self.heard else await self.receive()
        assert message["type"] == "next", message
        (event,) = message["payload"]["data"].values()
        return event

    async def nothing_more(self) -> None:
        """Fail when anything was sent before the answer to a ping."""
        await self.send(type="ping")
        assert self.heard == []
        assert (await self.receive())["type"] == "pong"

    async def close_code(self) -> int | None:
        """Return the code with which the server closes the connection."""
        try:
            async with asyncio.timeout(SECONDS):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code


@asynccontextmanager
async def connected(place: Place, token: str = "desk") -> AsyncIterator[Socket]:
    """Connect with a token and have it acknowledged."""
    async with connect(place.ws, subprotocols=[PROTOCOL]) as connection:
        socket = Socket(connection)
        await socket.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket


@asynccontextmanager
async def streaming(
    place: Place, text: str, token: str = "desk", headers: Mapping[str, str] | None = None, **variables: Any
) -> AsyncIterator[AsyncIterator[str]]:
    """Follow as a stream of server-sent events and yield its lines."""
    sent = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}", **(headers or {})}
    async with (
        httpx.AsyncClient(timeout=SECONDS) as client,
        client.stream("POST", place.http, json={"query": text, "variables": variables}, headers=sent) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.aiter_lines()


@asynccontextmanager
async def open_place(
    folder: Path, settings: ApiSettings | None = None, clock: Clock | None = None
) -> AsyncIterator[Place]:
    """Serve a fresh record; nothing gets a place in the log but by `holds` and `does`."""
    runtime = await Runtime.open(f"sqlite:///{folder}/record.db", clock=clock or SystemClock())

    async def opened() -> Runtime:
        return runtime

    app = create_app(opened, settings)
    config = uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio", ws_per_message_deflate=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells by a flag alone
        await asyncio.sleep(0.01)
    place = Place(server.servers[0].sockets[0].getsockname()[1], runtime, app)
    yield place
    server.should_exit = True
    await serving
