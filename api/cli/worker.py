"""`headwater worker`: a process that follows the log beside others; what serves the API only wakes it."""

import asyncio
import os
import signal
from typing import Annotated

import typer

from api.cli.output import complain
from api.cli.session import DatabaseOption, database_url
from domain.kernel.errors import InvalidInput
from workers.logs import configure_logs
from workers.roles import ALL_ROLES, Role
from workers.runtime import Runtime

REDIS = "HEADWATER_REDIS_URL"


def worker(
    only: Annotated[list[Role] | None, typer.Option("--only", help="A role to take; all without it.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Follow the log: number it, bring effects up to date, fire timers, run what is scheduled. Start any number.

    SIGTERM or Ctrl-C lets the running steps end; a second one ends at once.
    """
    redis_url = os.environ.get(REDIS)
    if not redis_url:
        raise InvalidInput.at(REDIS, "must name a Redis server: without one `headwater serve` does the work itself")
    configure_logs()
    asyncio.run(_work(database_url(database), redis_url, frozenset(only or ALL_ROLES)))


async def _work(url: str, redis_url: str, roles: frozenset[Role]) -> None:
    await follow(await Runtime.open(url), redis_url, roles)


async def follow(runtime: Runtime, redis_url: str, roles: frozenset[Role]) -> None:
    """Follow the log in these roles until the process is told to end."""
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)  # the second one ends at once
        told_to_end.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await runtime.start(redis_url, roles)
    complain(f"working as {', '.join(sorted(roles))}")
    await told_to_end.wait()
    await runtime.stop()
