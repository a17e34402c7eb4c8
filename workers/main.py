"""A worker in every role, looked after by arq's own command: `arq workers.main.WorkerSettings`.

The lanes run as in `headwater worker`; the queue of arq's command rings all of them.
"""

from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import TimeoutError as LateAnswer

from domain.store.settings import StoreSettings
from workers.broker import QUEUE_PREFIX, redis_settings
from workers.listening import worker_options
from workers.logs import configure_logs
from workers.roles import ALL_ROLES
from workers.runtime import Runtime
from workers.settings import PAUSE_SECONDS
from workers.settings import WorkerSettings as Settings

FOR_EVER = -1
GONE = (LostConnection, LateAnswer, OSError)
"""What a command may meet while Redis is away: arq's own loop would end with any of them."""

LOCAL = "redis://localhost:6379/0"


def _redis_url() -> str:
    return Settings().redis_url or LOCAL


async def _start(ctx: dict[Any, Any]) -> None:
    configure_logs()
    runtime = await Runtime.open(StoreSettings().database_url)
    await runtime.start(_redis_url(), ALL_ROLES)
    ctx.update(runtime=runtime, ring=runtime.ring_all)


async def _stop(ctx: dict[Any, Any]) -> None:
    await ctx["runtime"].stop()


def worker_settings() -> dict[str, Any]:
    """Return what arq needs to run the worker against the Redis server of the environment."""
    redis = redis_settings(_redis_url())
    redis.retry = Retry(ConstantBackoff(PAUSE_SECONDS), FOR_EVER)
    redis.retry_on_error = list(GONE)
    return {
        **worker_options(),
        "queue_name": QUEUE_PREFIX,
        "redis_settings": redis,
        "on_startup": _start,
        "on_shutdown": _stop,
    }


WorkerSettings = worker_settings()
