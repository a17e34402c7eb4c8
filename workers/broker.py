"""Wake-ups between lanes: within the process by ringing them, to other processes by arq over a Redis server.

A wake-up says only "there may be something to do". Losing one loses nothing: every lane looks by itself at times.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from domain.kernel.errors import InvalidInput
from workers.ending import end
from workers.roles import Role
from workers.settings import PAUSE_SECONDS

WAKE = "wake"
QUEUE_PREFIX = "headwater"
POSTS_PER_SECOND = 20
MOST_WAITING = 20
"""Wake-ups of a role that wait unheard; one more would say nothing that they do not say."""

WORTH = timedelta(hours=1)
"""How long an unheard wake-up is kept: the sweep has long made up for it."""

REDIS_SECONDS = 2.0
"""How long an answer of the Redis server is waited for."""

_log = logging.getLogger(__name__)


def queue_of(role: Role) -> str:
    """Return the name of the queue of a role's wake-ups."""
    return f"{QUEUE_PREFIX}:{role}"


def job_bytes(job: dict[str, Any]) -> bytes:
    """Return a job as JSON: readable, and never code to run as a pickle is."""
    return orjson.dumps(job, default=repr)


def redis_settings(redis_url: str) -> RedisSettings:
    """Return what arq needs to connect; `InvalidInput` when the URL is none of a Redis server."""
    try:
        return RedisSettings.from_dsn(redis_url)
    except (RuntimeError, ValueError) as malformed:
        raise InvalidInput.at("HEADWATER_REDIS_URL", "is redis://HOST:PORT/NUMBER") from malformed


def connections(redis_url: str) -> ArqRedis:
    """Return connections to a Redis server, made when they are needed and made again when they were lost."""
    redis_settings(redis_url)
    pool = ConnectionPool.from_url(
        redis_url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, health_check_interval=30
    )
    return ArqRedis(pool, job_serializer=job_bytes, job_deserializer=orjson.loads, default_queue_name=QUEUE_PREFIX)


class Broker:
    """Passes wake-ups on, to this process first and to others by a task of its own: nobody waits for Redis.

    `ring_here` rings the lanes of this process and says whether there are any; `is_lost` says that the Redis server
    does not answer.
    """

    def __init__(self) -> None:
        self.is_lost = False
        self.ring_here: Callable[[Role], bool] = lambda _role: False
        self._redis: ArqRedis | None = None
        self._waiting: set[Role] = set()
        self._posted = asyncio.Event()
        self._posting: asyncio.Task[None] | None = None

    def use(self, *, ring: Callable[[Role], bool] | None = None, redis: ArqRedis | None = None) -> None:
        """Ring lanes of this process from now on, and those of others over these connections."""
        if ring is not None:
            self.ring_here = ring
        if redis is not None:
            self._redis = redis
            self._posting = asyncio.create_task(self._post(redis), name="wake-ups")

    async def wake(self) -> None:
        """Say that rows were committed."""
        self.ring(Role.RELAY)

    def ring(self, role: Role) -> None:
        """Have one process that has the role look: this one, where it has it."""
        if not self.ring_here(role):
            self.ring_another(role)

    def ring_another(self, role: Role) -> None:
        """Have any process that has the role look, e.g. because there is more to do than for one."""
        if self._redis is not None:
            self._waiting.add(role)
            self._posted.set()

    async def stop(self) -> None:
        """Pass nothing on any more."""
        if self._posting is not None:
            await end(self._posting)
        self.ring_here, self._redis, self._posting = lambda _role: False, None, None

    async def _post(self, redis: ArqRedis) -> None:
        """Send what waits; a thousand acts in a twentieth of a second are one wake-up."""
        while True:
            await self._posted.wait()
            self._posted.clear()
            roles, self._waiting = self._waiting, set()
            try:
                for role in sorted(roles):
                    await _send(redis, role)
            except (RedisError, OSError, TimeoutError) as lost:
                if not self.is_lost:
                    _log.warning("Redis does not answer; until it does, the sweep makes up for wake-ups: %r", lost)
                self.is_lost = True
                self._waiting |= roles
                self._posted.set()
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if self.is_lost:
                _log.warning("Redis answers again")
                self.is_lost = False
            await asyncio.sleep(1 / POSTS_PER_SECOND)


async def _send(redis: ArqRedis, role: Role) -> None:
    queue = queue_of(role)
    if await redis.zcard(queue) < MOST_WAITING:
        await redis.enqueue_job(WAKE, _queue_name=queue, _expires=WORTH)
