"""Hearing wake-ups of other processes: an arq worker for each role, started again whenever Redis was lost."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC
from functools import partial
from typing import Any

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func
from redis.exceptions import RedisError

from workers.broker import WAKE, job_bytes, queue_of
from workers.ending import end
from workers.roles import Role
from workers.settings import PAUSE_SECONDS

POLL_SECONDS = 0.1
JOB_SECONDS = 5
"""A job only rings; a process killed over one parks that single wake-up for this long and ten seconds more."""

_log = logging.getLogger(__name__)


async def wake(ctx: dict[Any, Any]) -> None:
    """Ring what the queue stands for."""
    ctx["ring"]()


def worker_options() -> dict[str, Any]:
    """Return the options of every arq worker; `ctx` must bring `ring`."""
    functions: list[Function] = [func(wake, name=WAKE, keep_result=0, timeout=JOB_SECONDS)]
    return {
        "functions": functions,
        "poll_delay": POLL_SECONDS,
        "job_timeout": JOB_SECONDS,
        "keep_result": 0,
        "log_results": False,
        "job_serializer": job_bytes,
        "job_deserializer": orjson.loads,
        "timezone": UTC,
    }


class Listener:
    """Listens for the wake-ups of roles and rings the lanes of this process."""

    def __init__(self, redis: ArqRedis, roles: Collection[Role], ring: Callable[[Role], bool]) -> None:
        self._tasks = [
            asyncio.create_task(_listen(redis, role, ring), name=f"listening for {role}") for role in sorted(roles)
        ]

    async def stop(self) -> None:
        """Hear nothing any more."""
        await end(*self._tasks)


async def _listen(redis: ArqRedis, role: Role, ring: Callable[[Role], bool]) -> None:
    is_lost = False

    async def begin(ctx: dict[Any, Any]) -> None:  # noqa: ARG001 - arq calls it so
        nonlocal is_lost
        if is_lost:
            _log.warning("wake-ups for %s are heard again", role)
        is_lost = False
        ring(role)  # who knows what was not heard

    while True:
        worker = Worker(
            **worker_options(),
            queue_name=queue_of(role),
            redis_pool=redis,
            handle_signals=False,
            on_startup=begin,
            ctx={"ring": partial(ring, role)},
        )
        try:
            await worker.async_run()
        except (RedisError, OSError, TimeoutError) as lost:
            if not is_lost:
                _log.warning("wake-ups for %s are not heard until Redis answers again: %r", role, lost)
            is_lost = True
        except Exception:
            _log.exception("listening for %s broke off; it is taken up again", role)
        finally:
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await asyncio.sleep(PAUSE_SECONDS)
