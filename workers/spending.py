"""What actors spend in a window of time, counted in Redis: shared by every process, forgotten with the window."""

from redis.asyncio import Redis


class RedisSpending:
    """Adds up amounts by key; each sum goes away by itself."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def add(self, key: str, amount: int, seconds: int) -> int:
        """Add an amount to what was spent under the key and return the sum; it is kept for so many seconds."""
        async with self._redis.pipeline(transaction=True) as together:
            together.incrby(f"headwater:spent:{key}", amount)
            together.expire(f"headwater:spent:{key}", seconds)
            total, _ = await together.execute()
        return int(total)
