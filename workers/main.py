"""Composition root of a worker of its own, with HEADWATER_REDIS_URL: `arq workers.main.WorkerSettings`."""

from typing import Any

from arq.connections import RedisSettings

from domain.store.settings import StoreSettings
from workers import settings
from workers.broker import redis_settings
from workers.jobs import worker_options
from workers.runtime import Runtime


async def _start(ctx: dict[Any, Any]) -> None:
    runtime = await Runtime.open(StoreSettings().database_url)
    runtime.broker.use(ctx["redis"])
    runtime.announcements.use(ctx["redis"], listens=False)
    runtime.remember()
    ctx.update(
        runtime=runtime,
        advance=runtime.advance,
        broker=runtime.broker,
        schedules=runtime.schedules,
        webhooks=runtime.webhook_sender(),
    )


async def _stop(ctx: dict[Any, Any]) -> None:
    await ctx["runtime"].stop()


def worker_settings() -> dict[str, Any]:
    """Return what arq needs to run the workers against the Redis server of the environment."""
    redis_url = settings.WorkerSettings().redis_url
    return {
        **worker_options(),
        "redis_settings": redis_settings(redis_url) if redis_url else RedisSettings(),
        "on_startup": _start,
        "on_shutdown": _stop,
    }


WorkerSettings = worker_settings()
