"""A program to be killed: edits a record without end, beside the workers of embedded mode.

`python tests/e2e/editing.py URL`: every act adds a person and renames one that all acts share, in one transaction; when
it is committed its outbox id and the new person's id are printed.
"""

import asyncio
import sys

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from workers.runtime import Runtime

SHARED = "shared"


async def edit(runtime: Runtime) -> tuple[int, str]:
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


async def work(runtime: Runtime) -> None:
    while True:
        outbox_id, person_id = await edit(runtime)
        sys.stdout.write(f"{outbox_id} {person_id}\n")
        sys.stdout.flush()
        await runtime.ports.wake()


async def main(url: str) -> None:
    runtime = await Runtime.open(url)
    await runtime.start()
    await asyncio.gather(*(work(runtime) for _ in range(4)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
