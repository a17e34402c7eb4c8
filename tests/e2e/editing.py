"""A program to be killed: edits a record without end, beside the workers of embedded mode.

Every act adds a person and renames one that all acts share, in one transaction; when it is committed its outbox id and
the new person's id are told. A consumer counts the events it has seen, effect by effect.
"""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from domain.kernel.actor import SYSTEM
from domain.kernel.events import Event
from domain.people.model import Person
from domain.store.counters import raise_counter
from workers.consumers import Consumer
from workers.runtime import Runtime

SHARED = "shared"


def edit_without_end(url: str, telling: Connection) -> None:
    asyncio.run(_edit_without_end(url, telling))


async def open_counting(url: str) -> Runtime:
    """Open a record whose events are counted as well."""
    runtime = await Runtime.open(url)
    runtime.lanes += runtime.following(Consumer("counting", _count))
    return runtime


async def _edit_without_end(url: str, telling: Connection) -> None:
    runtime = await open_counting(url)
    await runtime.start()
    await asyncio.gather(*(_work(runtime, telling) for _ in range(4)))


async def _work(runtime: Runtime, telling: Connection) -> None:
    while True:
        outbox_id, person_id = await _edit(runtime)
        telling.send_bytes(f"{outbox_id} {person_id}".encode())
        await runtime.ports.wake()


async def _edit(runtime: Runtime) -> tuple[int, str]:
    async with runtime.ports.work(SYSTEM) as act:
        shared = await act.find(Person, id=SHARED)
        if shared is None:
            shared = Person(id=SHARED, external_id=None, name="0")
            act.add(shared)
        shared.name = str(int(shared.name) + 1)
        act.record("person.renamed", shared)
        added = Person(id=act.new_id(), external_id=await act.next_number("P"), name=shared.name)
        act.add(added)
        act.record("person.added", added)
        return await act.commit(), added.id


async def _count(events: Sequence[Event]) -> Any:
    async def write(connection: Any) -> None:
        for _ in events:
            await raise_counter(connection, "effects")

    return write
