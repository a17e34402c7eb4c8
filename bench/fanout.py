"""One event to a thousand subscribers: ours, strawberry's own way and graphql-ws on Node.js, in few and many groups."""

import asyncio
import os
import resource
import struct
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import orjson

from api.ids import encode_id
from bench.fanout_server import SUBSCRIBERS
from bench.floors import at_least, at_most
from bench.peers import node, python

GROUPS = (1, 10, 100, 1_000)
ROUNDS = 3
EVENTS = {"headwater": 40, "stock": 8, "graphql-ws": 40}
STOCK_FLOORS = {1: 8.0, 10: 8.0, 100: 4.0, 1_000: 1.5}
"""How many times the CPU of ours a delivery takes in stock strawberry, by the number of groups."""
NODE_FLOORS = {1: 1.5, 10: 1.5}
MOST_KIBIBYTES = 48.0
LEAVES = "ticket { ... on Incident { id number title state priority openedAt } }"
OURS = f"subscription ($where: TicketEventWhere) {{ ticketEvents(where: $where) {{ id cursor occurredAt {LEAVES} }} }}"
STOCK = """subscription ($where: [String!]!) { ticketEvents(where: $where) { id cursor occurredAt
  ticket { id number title state priority openedAt } } }"""


@dataclass
class Counting:
    """What all clients of a run have received so far."""

    frames: int = 0
    waiting: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)

    def add(self, frames: int) -> None:
        self.frames += frames
        for wanted, reached in self.waiting:
            if self.frames >= wanted and not reached.done():
                reached.set_result(None)

    async def reach(self, wanted: int) -> None:
        if self.frames < wanted:
            reached = asyncio.get_running_loop().create_future()
            self.waiting.append((wanted, reached))
            await asyncio.wait_for(reached, 300)
            self.waiting.clear()


class Client(asyncio.Protocol):
    """A client that speaks as little of the protocol as counting takes, so that it costs next to nothing."""

    def __init__(self, counting: Counting, first: list[dict[str, Any]]) -> None:
        self._counting, self._first = counting, first
        self._buffer, self._is_open = bytearray(), False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(
            b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self._is_open, self._buffer = True, bytearray(rest)
            self._send(orjson.dumps(self._first.pop(0)))
        frames = 0
        while (size := _frame_size(self._buffer)) is not None:
            if self._buffer[0] & 0x0F == 1:
                frames += 1
            del self._buffer[:size]
        if frames:
            self._counting.add(frames)
            while self._first:  # graphql-ws takes a subscription once it has acknowledged the connection
                self._send(orjson.dumps(self._first.pop(0)))

    def _send(self, text: bytes) -> None:
        length = len(text)
        head = bytes([0x81, 0x80 | length]) if length < 126 else bytes([0x81, 0xFE]) + struct.pack("!H", length)
        self._transport.write(head + b"\0\0\0\0" + text)

    def close(self) -> None:
        self._transport.abort()


def _frame_size(buffer: bytearray) -> int | None:
    if len(buffer) < 2:
        return None
    length, head = buffer[1] & 0x7F, 2
    if length == 126:
        if len(buffer) < 4:
            return None
        length, head = int.from_bytes(buffer[2:4]), 4
    return head + length if len(buffer) >= head + length else None


@dataclass(frozen=True)
class Figures:
    """What one run of a contender took."""

    deliveries_per_second: float
    cpu_microseconds: float
    kibibytes: float


def _served(contender: str) -> subprocess.Popen[str]:
    ours = (*python("bench.fanout_server"), contender)
    command, pipe = node("fanout.mjs") if contender == "graphql-ws" else ours, subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=os.environ | {"PYTHONPATH": "."})


async def measured(contender: str, groups: int) -> Figures:
    """Return the figures of a new server with its subscribers in so many groups."""
    with _served(contender) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        port = int(server.stdout.readline())

        def stats() -> tuple[float, int]:
            print("stats", file=server.stdin, flush=True)
            cpu, resident = server.stdout.readline().split()  # type: ignore[union-attr]
            return float(cpu), int(resident)

        _, before = stats()
        counting, loop = Counting(), asyncio.get_running_loop()
        clients = []
        for number in range(SUBSCRIBERS):
            first = _messages(contender, number % groups)
            _, client = await loop.create_connection(partial(Client, counting, first), "127.0.0.1", port)
            clients.append(client)
        await counting.reach(2 * SUBSCRIBERS)  # the acknowledgement and the pong behind the subscription
        cpu, resident = stats()
        events, began = EVENTS[contender], time.perf_counter()
        for number in range(events):
            print("event", file=server.stdin, flush=True)
            await counting.reach((3 + number) * SUBSCRIBERS)
        seconds = time.perf_counter() - began
        spent, _ = stats()
        for client in clients:
            client.close()
        server.stdin.close()
        server.wait(30)
    sent = events * SUBSCRIBERS
    return Figures(sent / seconds, (spent - cpu) / sent * 1e6, (resident - before) / SUBSCRIBERS / 1_024)


def _messages(contender: str, group: int) -> list[dict[str, Any]]:
    where: Any
    if contender != "headwater":
        query, where = STOCK, [encode_id("Incident", "inc"), str(group)]
    else:
        query = OURS
        where = {"ticket": {"in": [encode_id("Incident", "inc"), encode_id("Incident", f"other-{group}")]}}
    return [
        {"type": "connection_init", "payload": {"authorization": "Bearer desk"}},
        {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": {"where": where}}},
        {"type": "ping"},
    ]


async def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    print(
        f"fanout: one event to {SUBSCRIBERS:,} subscribers, nine leaves, ours (live feed, rights) and, without rights,"
    )
    print("  stock strawberry and graphql-ws over ws")
    for groups in GROUPS:
        taken: dict[str, list[Figures]] = {contender: [] for contender in EVENTS}
        for number in range(ROUNDS):
            for contender in list(taken) if number % 2 else list(reversed(taken)):
                taken[contender].append(await measured(contender, groups))
        _print(groups, taken)
        _judged(groups, taken)


def _print(groups: int, taken: dict[str, list[Figures]]) -> None:
    print(f"  {groups:,} groups")
    for contender, runs in taken.items():
        deliveries = [
            one.deliveries_per_second / stock.deliveries_per_second
            for one, stock in zip(runs, taken["stock"], strict=True)
        ]
        cpu = median(one.cpu_microseconds for one in runs)
        memory = median(one.kibibytes for one in runs)
        print(
            f"    {contender:12} {median(deliveries):6.1f} x stock in deliveries/s "
            f"[{min(deliveries):.1f}-{max(deliveries):.1f}], "
            f"CPU {cpu:6.1f} us a delivery, {memory:4.0f} KiB a subscriber",
            flush=True,
        )


def _judged(groups: int, taken: dict[str, list[Figures]]) -> None:
    """Judge by the CPU of a delivery, which others on the machine move least."""
    at_least(f"fan-out, CPU of stock to ours, {groups:,} groups", STOCK_FLOORS[groups], _cpu_ratio(taken, "stock"))
    if groups in NODE_FLOORS:
        to_node = _cpu_ratio(taken, "graphql-ws")
        at_least(f"fan-out, CPU of graphql-ws to ours, {groups:,} groups", NODE_FLOORS[groups], to_node)
    if groups == GROUPS[0]:
        kibibytes = median(one.kibibytes for one in taken["headwater"])
        at_most("memory of a subscriber", MOST_KIBIBYTES, kibibytes, "{:.0f} KiB".format)


def _cpu_ratio(taken: dict[str, list[Figures]], contender: str) -> float:
    runs = zip(taken[contender], taken["headwater"], strict=True)
    return median(one.cpu_microseconds / ours.cpu_microseconds for one, ours in runs)
