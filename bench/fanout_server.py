"""A server to be measured: `headwater` as it is, or `stock`, strawberry's own way, with the same nine leaves per event.

It prints its port, then obeys lines on standard input: `event` lets one more event happen, `stats` prints the CPU
seconds and the resident bytes of the process.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.app import create_app
from domain.incident.model import Incident
from domain.kernel.actor import SYSTEM, Role
from domain.people.model import ServiceAccount
from domain.people.rules import token_hash
from workers.runtime import Runtime

SUBSCRIBERS = 1_000
EVENTS = 400
"""Events that are written down beforehand: what is measured is how they reach the subscribers."""

Happen = Callable[[], Awaitable[None]]


@strawberry.type
class Ticket:
    """Six of the nine leaves."""

    id: strawberry.ID
    number: str
    title: str
    state: str
    priority: int
    opened_at: str


@strawberry.type
class TicketEvent:
    """The other three, and the ticket."""

    id: strawberry.ID
    cursor: str
    occurred_at: str
    ticket: Ticket


QUEUES: set[asyncio.Queue[TicketEvent]] = set()


@strawberry.type
class Query:
    nothing: int = 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticket_events(self, where: list[str]) -> AsyncGenerator[TicketEvent, None]:  # noqa: ARG002 - makes groups
        queue: asyncio.Queue[TicketEvent] = asyncio.Queue()
        QUEUES.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            QUEUES.discard(queue)


async def stock() -> tuple[Any, Happen]:
    schema = strawberry.Schema(Query, subscription=Subscription)
    view: Any = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])

    async def happen() -> None:
        while len(QUEUES) < SUBSCRIBERS:  # noqa: ASYNC110 - its answer to a ping overtakes the subscription
            await asyncio.sleep(0.01)
        ticket = Ticket(
            id=strawberry.ID("SW5jaWRlbnQ6aW5j"),
            number="INC0000001",
            title="Mail is slow",
            state="NEW",
            priority=2,
            opened_at="2026-11-23T08:00:00Z",
        )
        event = TicketEvent(
            id=strawberry.ID("RXZlbnQ6eA"), cursor="x" * 22, occurred_at="2026-11-23T08:00:00Z", ticket=ticket
        )
        for queue in QUEUES:
            queue.put_nowait(event)

    return Starlette(routes=[WebSocketRoute("/graphql", view)]), happen


async def headwater(folder: Path) -> tuple[Any, Happen]:
    runtime = await Runtime.open(f"sqlite:///{folder}/record.db")
    async with runtime.ports.work(SYSTEM) as work:
        account = ServiceAccount(
            id="desk",
            name="desk",
            token_hash=token_hash("desk"),
            role=Role.SERVICE_DESK,
            actor_person_id=None,
            created_at=work.now,
        )
        incident = Incident(
            id="inc",
            number="INC0000001",
            external_id=None,
            title="Mail is slow",
            priority=2,
            opened_at=work.now,
            recorded_at=work.now,
        )
        for record in (account, incident):
            work.add(record)
            work.record("bench.made", record)
        await work.commit()
    await runtime.log.number()
    async with runtime.ports.work(SYSTEM) as work:
        found = await work.get(Incident, "inc")
        for _ in range(EVENTS):
            work.record("incident.updated", found)
        await work.commit()

    async def opened() -> Runtime:
        return runtime

    async def happen() -> None:
        await runtime.log.number(1)
        await runtime.announcements.announce()

    return create_app(opened), happen


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def main(contender: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app, happen = await (stock() if contender == "stock" else headwater(Path(folder)))
        options: dict[str, Any] = {"port": 0, "log_level": "error", "ws_per_message_deflate": False}
        server = uvicorn.Server(uvicorn.Config(app, backlog=4_096, **options))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - the server tells by a flag alone
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            if line == "event":
                await happen()
            else:
                print(time.process_time(), resident(), flush=True)
        server.should_exit = True
        await serving


if __name__ == "__main__":
    # The loop that `headwater serve` runs on, as uvicorn chooses it.
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main(sys.argv[1]))
