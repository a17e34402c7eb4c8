"""Two relays and ten workers beside many writers: each effect once, in the order of its subject, none skipped.

Over a Redis server where the run is given one, else without: then every lane looks by itself.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import StaleVersion
from domain.people.model import Person
from tests.tally import NAME, TALLY, make_table, tally
from workers import crew, retries
from workers.roles import Role
from workers.runtime import Runtime

REDIS_URL = os.environ.get("HEADWATER_TEST_REDIS_URL")
RELAYS, WORKERS, WRITERS, ACTS = 2, 10, 6, 15
SHARED = ("ada", "bob", "cyd")
STUMBLES = 13


@pytest.fixture
async def front(record_url: str) -> AsyncIterator[Runtime]:
    """A process that serves people: it acts, and wakes others."""
    runtime = await Runtime.open(record_url)
    await make_table(runtime.database)
    await runtime.start(REDIS_URL, ())
    yield runtime
    await runtime.stop()


async def hand(record_url: str, role: Role, stumbled: set[int]) -> Runtime:
    runtime = await Runtime.open(record_url)
    runtime.lanes += runtime.following(tally(STUMBLES, stumbled))
    await runtime.start(REDIS_URL, [role])
    return runtime


async def write(front: Runtime, dice: random.Random) -> None:
    """Rename shared people, and add others, in acts that run beside those of other writers."""
    for _ in range(ACTS):
        try:
            async with front.ports.work(SYSTEM) as work:
                shared = await work.get(Person, dice.choice(SHARED))
                shared.name = f"{dice.random()}"
                work.record("person.renamed", shared)
                await asyncio.sleep(dice.uniform(0, 0.01))
                added = Person(id=work.new_id(), external_id=None, name="Dan")
                work.add(added)
                work.record("person.added", added)
                await work.commit()
            await front.ports.wake()
        except StaleVersion:
            continue  # another writer came first; what is wanted here is that they meet


async def until_done(front: Runtime) -> None:
    """Wait until the tally has reached the head and nothing is set aside."""
    while True:
        head, reached = await front.log.head(), await front.log.offset(NAME)
        if not await front.log.number() and head == reached and not await front.letters.all():
            return
        await asyncio.sleep(0.05)


async def test_effects_happen_once_and_in_order_whoever_works(
    front: Runtime, record_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_RETRY", timedelta(seconds=0.1))
    if REDIS_URL is None:
        monkeypatch.setattr(crew, "SWEEP_SECONDS", 0.1)
    stumbled: set[int] = set()
    crowd = [await hand(record_url, Role.RELAY, stumbled) for _ in range(RELAYS)]
    crowd += [await hand(record_url, Role.CONSUMERS, stumbled) for _ in range(WORKERS)]
    async with front.ports.work(SYSTEM) as work:
        for name in SHARED:
            someone = Person(id=name, external_id=None, name="0")
            work.add(someone)
            work.record("person.added", someone)
        await work.commit()
    await asyncio.gather(*(write(front, random.Random(seed)) for seed in range(WRITERS)))
    async with asyncio.timeout(120):
        await until_done(front)
    for runtime in crowd:
        await runtime.stop()
    head = await front.log.head()
    async with front.database.reader.connect() as connection:
        rows = (await connection.execute(sa.select(TALLY).order_by(TALLY.c.id))).all()
    assert sorted(row.position for row in rows) == list(range(1, head + 1))
    versions: dict[str, list[int]] = {}
    for row in rows:
        versions.setdefault(row.subject, []).append(row.version)
    assert all(seen == list(range(1, len(seen) + 1)) for seen in versions.values())
    assert sum(len(versions[f"person {name}"]) for name in SHARED) > WRITERS
