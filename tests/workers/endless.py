"""A worker with a step that never ends: `python -m tests.workers.endless URL`. It says when the step began."""

import asyncio
import sys

from api.cli.worker import follow
from workers.lanes import Lane
from workers.roles import Role
from workers.runtime import Runtime

NO_REDIS = "redis://127.0.0.1:1"


async def endless() -> int:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    return 0


async def main(url: str) -> None:
    runtime = await Runtime.open(url)
    runtime.lanes.append(Lane("endless", Role.CONSUMERS, endless))
    await follow(runtime, NO_REDIS, frozenset({Role.CONSUMERS}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
