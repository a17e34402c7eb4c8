"""Ending tasks that go on for ever."""

import asyncio

AGAIN_AFTER_SECONDS = 1.0


async def end(*tasks: asyncio.Task[None]) -> None:
    """Return once every task has ended.

    A cancellation that meets a timeout of a driver's is taken for that timeout and lost, so it is said again.
    """
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=AGAIN_AFTER_SECONDS)
