"""A program to be killed: acts without end while a consumer counts the events it has seen, effect by effect."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from domain.kernel.events import Event
from domain.store.counters import raise_counter
from tests.e2e.editing import work
from workers.consumers import Consumer
from workers.runtime import Runtime


async def count(events: Sequence[Event]) -> Any:
    async def write(connection: Any) -> None:
        for _ in events:
            await raise_counter(connection, "effects")

    return write


async def main(url: str) -> None:
    runtime = await Runtime.open(url)
    runtime.lanes += runtime.following(Consumer("counting", count))
    await runtime.start()
    await asyncio.gather(*(work(runtime) for _ in range(2)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
