"""What actors spend in a window of time, counted in Redis: shared by every process, forgotten with the window."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE_SECONDS = 0.5
"""How long an operation waits to be counted; Redis is beside it, and nobody waits for one that does not answer."""


class RedisSpending:
    """Adds up amounts by key; each sum goes away by itself."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def add(self, key: str, amount: int, seconds: int) -> int | None:
        """Add an amount to what was spent under the key and return the sum; it is kept for so many seconds.

        None: Redis does not answer, and nothing may have been counted.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._redis.pipeline(transaction=True) as together:
                together.incrby(f"headwater:spent:{key}", amount)
                together.expire(f"headwater:spent:{key}", seconds)
                total, _ = await together.execute()
        except (RedisError, OSError, TimeoutError):
            return None
        return int(total)
