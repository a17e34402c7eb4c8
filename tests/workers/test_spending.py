"""What actors spend, counted in a real Redis by every process together, and by each for itself while Redis is gone."""

from api.budget import WINDOW_SECONDS, SharedBudget
from domain.kernel.time import FixedClock
from tests.builders import MONDAY
from tests.chaos.servers import Server
from workers.broker import connections
from workers.spending import RedisSpending


async def test_processes_count_together_and_sums_go_away_with_their_window(redis: Server) -> None:
    url = redis.start()["HEADWATER_TEST_REDIS_URL"]
    one, two = connections(url), connections(url)
    clock = FixedClock(MONDAY)
    budgets = [SharedBudget(10, clock, RedisSpending(connection)) for connection in (one, two)]
    left = [(await budgets[number % 2].charge("a", 3)).remaining for number in range(4)]  # type: ignore[union-attr]
    assert left == [7, 4, 1, -2]
    assert (await budgets[0].charge("b", 3)).remaining == 7  # type: ignore[union-attr]
    keys = await one.keys("headwater:spent:*")
    assert len(keys) == 2
    assert all([0 < await one.ttl(key) <= 2 * WINDOW_SECONDS for key in keys])
    redis.kill()
    assert (await budgets[0].charge("a", 3)).remaining == 7  # type: ignore[union-attr]
    assert (await budgets[0].charge("a", 3)).remaining == 4  # type: ignore[union-attr]
    redis.start()
    assert (await budgets[1].charge("a", 3)).remaining == 7  # type: ignore[union-attr]
    for connection in (one, two):
        await connection.aclose(close_connection_pool=True)
