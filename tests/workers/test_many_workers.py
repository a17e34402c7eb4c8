"""Many workers over one record: what they store together is what one of them alone would have stored."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from tests.edited_worlds import MONDAY, edit, seed
from tests.records import record_at
from tests.workers.test_assessments_stay_current import check_stored
from workers import rechecks
from workers.runtime import Runtime

WORKERS = 4


async def test_assessments_by_many_workers_equal_a_fresh_look(
    worlds: Callable[[int], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "BATCH", 1)
    for world in range(max(2, worlds(60) // 10)):
        dice, clock = random.Random(world), FixedClock(MONDAY)
        url = record_at(tmp_path / f"{world}.db")
        crowd = [await Runtime.open(url, clock=clock) for _ in range(WORKERS)]
        async with crowd[0].ports.work(SYSTEM) as work:
            await seed(work, dice)
            await work.commit()
        for number in range(6):
            clock.advance(timedelta(minutes=1))
            async with crowd[0].ports.work(SYSTEM) as work:
                await edit(work, dice, number)
                await work.commit()
            await asyncio.gather(*(runtime.drain() for runtime in crowd))
        await check_stored(crowd[0], f"world {world}")
        for runtime in crowd:
            await runtime.stop()
