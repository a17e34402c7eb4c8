"""Wake-ups over arq: a Redis server in production, connections to a broker inside the process in embedded mode.

A job says only "there may be something to do". Losing one loses nothing: the sweep comes by every few seconds.
"""

import logging
import math
import time
from datetime import UTC, datetime
from typing import Any

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from fakeredis import FakeServer
from fakeredis.aioredis import FakeAsyncRedisConnection
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from domain.kernel.errors import InvalidInput
from workers.settings import QUEUE_NAME

ADVANCE = "advance"
DELIVER = "deliver"
WAKE_UPS_PER_SECOND = 20

_log = logging.getLogger(__name__)


def job_bytes(job: dict[str, Any]) -> bytes:
    """Return a job as JSON: readable, and never code to run as a pickle is."""
    return orjson.dumps(job, default=repr)


async def connect(redis_url: str) -> ArqRedis:
    """Return connections to a Redis server; `InvalidInput` names the setting when there is none."""
    try:
        return await create_pool(
            redis_settings(redis_url),
            job_serializer=job_bytes,
            job_deserializer=orjson.loads,
            default_queue_name=QUEUE_NAME,
        )
    except (RedisError, OSError) as unreachable:
        raise InvalidInput.at("HEADWATER_REDIS_URL", f"no Redis server answers: {unreachable}") from unreachable


def redis_settings(redis_url: str) -> RedisSettings:
    """Return what arq needs to connect; `InvalidInput` when the URL is none of a Redis server."""
    try:
        return RedisSettings.from_dsn(redis_url)
    except (RuntimeError, ValueError) as malformed:
        raise InvalidInput.at("HEADWATER_REDIS_URL", "is redis://HOST:PORT/NUMBER") from malformed


def embedded() -> ArqRedis:
    """Return connections to a broker of this process's own; over a socket each job would take 45 ms."""
    pool = ConnectionPool(connection_class=FakeAsyncRedisConnection, server=FakeServer())
    return ArqRedis(pool, job_serializer=job_bytes, job_deserializer=orjson.loads, default_queue_name=QUEUE_NAME)


class Broker:
    """Enqueues wake-ups once it is given connections; until then a wake-up does nothing."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None

    def use(self, redis: ArqRedis | None) -> None:
        """Send wake-ups over these connections from now on."""
        self._redis = redis

    async def wake(self) -> None:
        """Ask for an advance soon.

        Wake-ups of the same twentieth of a second are one job that runs at its end: none is lost to a job that has
        already looked, and a thousand acts do not make a thousand jobs.
        """
        slot = math.floor(time.time() * WAKE_UPS_PER_SECOND) + 1
        await self._enqueue(datetime.fromtimestamp(slot / WAKE_UPS_PER_SECOND, UTC), f"{ADVANCE}:{slot}")

    async def wake_at(self, instant: datetime) -> None:
        """Ask for an advance at an instant, e.g. when a timer falls due."""
        await self._enqueue(instant, f"{ADVANCE}:at:{instant.isoformat()}")

    async def deliver(self) -> None:
        """Ask for the webhooks that are due to be sent, once at a time."""
        await self._enqueue(datetime.now(UTC), DELIVER, DELIVER)

    async def _enqueue(self, instant: datetime, job_id: str, name: str = ADVANCE) -> None:
        if self._redis is None:
            return
        try:
            await self._redis.enqueue_job(name, _job_id=job_id, _defer_until=instant)
        except (RedisError, OSError) as lost:
            _log.warning("a wake-up was lost, the sweep will make up for it: %r", lost)
