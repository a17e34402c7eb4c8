"""`python -m tests.chaos.consumers`: a worker in the role of consumers that also keeps the tally."""

import asyncio
import os

from api.cli.worker import follow
from tests.tally import tally
from workers.logs import configure_logs
from workers.roles import Role
from workers.runtime import Runtime

STUMBLES = 50


async def main() -> None:
    configure_logs()
    runtime = await Runtime.open(os.environ["HEADWATER_DATABASE_URL"])
    runtime.lanes += runtime.following(tally(STUMBLES, set()))
    await follow(runtime, os.environ["HEADWATER_REDIS_URL"], frozenset({Role.CONSUMERS}))


if __name__ == "__main__":
    asyncio.run(main())
