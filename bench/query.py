"""The representative query: 50 incidents with their people, items and changes, ours beside what others would build.

Every server answers over HTTP from the same tables of one PostgreSQL database. What it answers is compared with what
the database itself says before anything is timed.
"""

import asyncio
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from statistics import median
from typing import Any

import orjson

from api.ids import decode_any_id
from bench import query_data
from bench.floors import at_least, at_most
from bench.measuring import ROUNDS
from bench.query_contenders import Served, contenders, listening

REQUESTS = {1: 40, 8: 80}
"""How many connections ask at once, and how many requests they send together before the next contender's turn."""

INSTANTS = frozenset({"openedAt", "recordedAt", "resolvedAt"})
Taken = dict[str, list[float]]
"""By contender, CPU seconds of its process per request, one figure a round."""


class Connection:
    """One connection kept open: it sends a body and reads the answer, and knows no more of HTTP than that takes."""

    def __init__(self, served: Served) -> None:
        self._served = served

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, state: str) -> bytes:
        """Return the body of the answer."""
        contender = self._served.contender
        body = orjson.dumps({"query": contender.document, "variables": {"state": state}})
        head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Accept: application/json\r\nContent-Length: {len(body)}\r\n"
        head += "" if contender.token is None else f"Authorization: Bearer {contender.token}\r\n"
        self._writer.write(head.encode() + b"\r\n" + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        if "content-length" in headers:
            answer = await self._reader.readexactly(int(headers["content-length"]))
        else:
            answer = await self._chunked()
        if " 200 " not in lines[0]:
            raise ValueError(f"{contender.name} answers {lines[0]}: {answer[:500]!r}")
        return answer

    async def _chunked(self) -> bytes:
        chunks = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            chunks.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(chunks)


async def ask(served: Served, requests: int, connections: int) -> None:
    """Send so many requests over so many connections, the states in turn."""
    numbers = count()

    async def one_after_another() -> None:
        async with Connection(served) as connection:
            while (number := next(numbers)) < requests:
                await connection.ask(query_data.STATES[number % len(query_data.STATES)])

    await asyncio.gather(*(one_after_another() for _ in range(connections)))


def canonical(value: Any, key: str = "") -> Any:
    """Return an answer without what servers may choose: how ids and instants are written, the order of items."""
    match value:
        case dict() if "item" in value:  # PostGraphile shows the row between
            return canonical(value["item"])
        case dict():
            return {name: canonical(part, name) for name, part in sorted(value.items())}
        case list():
            items = [canonical(part) for part in value]
            return sorted(items, key=lambda item: item["id"]) if items and {*items[0]} == {"id", "name"} else items
        case str() if key == "id":
            return value if len(value) == query_data.ID_LENGTH else decode_any_id(value, "id")[1]
        case str() if key in INSTANTS:
            return datetime.fromisoformat(value)
    return value


async def main(scale: float = 1.0) -> None:
    with query_data.served() as server:
        url = await query_data.filled(server, scale)
        settings = {"DATABASE_URL": url, "HEADWATER_DATABASE_URL": url, "HEADWATER_COST_PER_MINUTE": str(10**12)}
        with ExitStack() as stack:
            servers = [stack.enter_context(listening(contender, settings)) for contender in contenders()]
            leaves = await _compared(servers)
            print(f"query: 50 of {int(query_data.INCIDENTS * scale):,} incidents, {leaves:,} leaves, answers alike;")
            print(f"  CPU of the server's process a request, medians of {ROUNDS} rounds in turn")
            for served in servers:
                await ask(served, served.contender.warm_up, 8)
            for connections, requests in REQUESTS.items():
                taken = await _timed(servers, connections, requests)
                _print(taken, servers, connections)
                _judged(taken, connections)
        await query_data.dropped(server)


async def _compared(servers: list[Served]) -> int:
    """Return how many leaves the answer has; `ValueError` where a server answers anything else than the limit."""
    leaves = 0
    for state in query_data.STATES:
        expected: Any = None
        for served in reversed(servers):
            async with Connection(served) as connection:
                body = await connection.ask(state)
            answer = orjson.loads(body)
            shown = canonical(answer["data"]) if "errors" not in answer else answer["errors"]
            if expected is None:
                expected, leaves = shown, _leaves(shown)
            if shown != expected:
                raise ValueError(f"{served.contender.name} answers for {state}: {body[:2_000]!r}")
    return leaves


def _leaves(value: Any) -> int:
    if isinstance(value, dict | list):
        return sum(_leaves(part) for part in (value.values() if isinstance(value, dict) else value))
    return 1


async def _timed(servers: list[Served], connections: int, requests: int) -> Taken:
    taken: Taken = {served.contender.name: [] for served in servers}
    for number in range(ROUNDS):
        for served in servers if number % 2 else reversed(servers):
            began = served.cpu_seconds()
            await ask(served, requests, connections)
            taken[served.contender.name].append((served.cpu_seconds() - began) / requests)
    return taken


def ratios(taken: Taken, above: str, below: str) -> list[float]:
    """Return how many times the CPU of the second the first takes, round by round."""
    return [one / other for one, other in zip(taken[above], taken[below], strict=True)]


def _print(taken: Taken, servers: list[Served], connections: int) -> None:
    print(f"  {connections} at once")
    for served in servers:
        name = served.contender.name
        better = ratios(taken, "stock strawberry", name)
        print(
            f"    {name:26} {median(taken[name]) * 1e3:7.2f} ms   stock takes x {median(better):5.2f} "
            f"[{min(better):.2f}-{max(better):.2f}]   {served.resident() / 2**20:4.0f} MiB",
            flush=True,
        )


def _judged(taken: Taken, connections: int) -> None:
    at_least(
        f"CPU of the query, stock to ours, {connections} at once",
        2.2,
        median(ratios(taken, "stock strawberry", "headwater")),
    )
    added = median(ratios(taken, "headwater", "headwater, no row rights")) - 1
    at_most(f"CPU that row rights add to it, {connections} at once", 0.25, added, "{:+.0%}".format)
