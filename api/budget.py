"""How much each actor may ask a minute, in the cost of operations: a store of windows, bounded, in memory or shared."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from graphql import GraphQLError

from domain.kernel.time import Clock

RATE_LIMITED = "RATE_LIMITED"

WINDOW_SECONDS = 60
MOST_ACTORS = 10_000
"""How many actors are counted at once; the one not heard of for longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Charged:
    """What is left of an actor's budget after an operation, and the seconds until it is whole again."""

    maximum: int
    remaining: int
    seconds_to_reset: int

    @property
    def is_exhausted(self) -> bool:
        """Whether the operation is beyond the budget."""
        return self.remaining < 0


def exhausted(charged: Charged) -> GraphQLError:
    """Return the error of an operation beyond the budget; it says when to come back."""
    return GraphQLError(
        f"Your budget of {charged.maximum:,} a minute is used up: come back in {charged.seconds_to_reset} seconds.",
        extensions={"code": RATE_LIMITED, "retryAfter": charged.seconds_to_reset},
    )


class Budget(Protocol):
    """Counts the cost of an actor's operations."""

    async def charge(self, actor_id: str, cost: int) -> Charged | None:
        """Count the cost of an operation that is about to be executed; None where there is no bound."""
        ...


class Unlimited:
    """No bound at all."""

    async def charge(self, actor_id: str, cost: int) -> Charged | None:  # noqa: ARG002 - the port's names
        """Count nothing."""
        return None


def charged(maximum: int, spent: int, now: float) -> Charged:
    """Return what is left in the window of the instant after so much was spent in it."""
    return Charged(maximum, maximum - spent, WINDOW_SECONDS - int(now) % WINDOW_SECONDS)


class Spending(Protocol):
    """Sums of amounts by key that several processes share."""

    async def add(self, key: str, amount: int, seconds: int) -> int | None:
        """Add an amount and return the sum, None where nobody can be asked; it is kept for so many seconds."""
        ...


class SharedBudget:
    """The port `Budget` for several processes that count together, and each for itself while they cannot."""

    def __init__(self, maximum: int, clock: Clock, spending: Spending) -> None:
        self._maximum, self._clock, self._spending = maximum, clock, spending
        self._own = MemoryBudget(maximum, clock)

    async def charge(self, actor_id: str, cost: int) -> Charged | None:
        """Count the cost in the actor's present window."""
        now = self._clock.now().timestamp()
        key = f"{actor_id}:{int(now) // WINDOW_SECONDS}"
        spent = await self._spending.add(key, cost, 2 * WINDOW_SECONDS)
        return await self._own.charge(actor_id, cost) if spent is None else charged(self._maximum, spent, now)


class MemoryBudget:
    """The port `Budget` for one process."""

    def __init__(self, maximum: int, clock: Clock) -> None:
        self._maximum, self._clock = maximum, clock
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def charge(self, actor_id: str, cost: int) -> Charged | None:
        """Count the cost in the actor's present window."""
        now = self._clock.now().timestamp()
        window = int(now) // WINDOW_SECONDS
        counted, spent = self._spent.get(actor_id, (window, 0))
        spent = cost if counted != window else spent + cost
        self._spent[actor_id] = window, spent
        self._spent.move_to_end(actor_id)
        if len(self._spent) > MOST_ACTORS:
            self._spent.popitem(last=False)
        return charged(self._maximum, spent, now)
