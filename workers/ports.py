"""What the workers need of the store, as protocols; `workers.runtime` and `workers.main` open the adapters."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.kernel.events import Event

Effect = Callable[[Any], Awaitable[None]]
"""What is to be written, given the store's open transaction; nothing but the database is awaited in it."""

TimerEffect = Callable[[Sequence[str]], Effect]
"""What falls due, given the subjects of the timers of one kind."""


class EventLog(Protocol):
    """The log and how far each consumer has come in it."""

    async def number(self) -> int:
        """Give positions to some committed rows, in order; return how many, 0 when none is left."""
        ...

    async def read_after(self, position: int) -> list[Event]:
        """Return the next events after a position, in order."""
        ...

    async def offset(self, consumer: str) -> int:
        """Return the position up to which the consumer's effects are written."""
        ...

    async def advance(self, consumer: str, expected: int, reached: int, effect: Effect | None) -> bool:
        """Write the effect and move the offset together; False when somebody else has moved it."""
        ...


class DueRecheck(Protocol):
    """A row of the recheck queue as it was read."""

    @property
    def change_id(self) -> str:
        """The change to look at again."""
        ...

    @property
    def needs_footprint(self) -> bool:
        """Whether its footprint and conflicts may differ, not its risk alone."""
        ...

    @property
    def attempts(self) -> int:
        """How often the work on it has failed."""
        ...


class RecheckQueue(Protocol):
    """Changes to look at again, one row each."""

    def mark(self, *, footprint: Collection[str], risk_only: Collection[str], position: int, now: datetime) -> Effect:
        """Return the effect of putting changes into the queue."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Any]:
        """Return rows whose time has come, longest waiting first."""
        ...

    async def finish(self, done: Sequence[Any]) -> None:
        """Clear rows, except those marked again since they were read."""
        ...

    async def fail(self, row: Any, error: str, retry_at: datetime) -> None:
        """Note a failure and when to try again."""
        ...


class Timers(Protocol):
    """Timers as rows."""

    async def fire(self, effects: Mapping[str, TimerEffect], now: datetime) -> int:
        """Fire some of the timers that are due, each once; return how many."""
        ...

    async def next_due(self, kinds: Sequence[str]) -> datetime | None:
        """Return when the next timer of these kinds falls due."""
        ...


class ScheduledTimers(Timers, Protocol):
    """Timers that fire again and again."""

    async def arm(self, kind: str, subject_id: str, due_at: datetime) -> None:
        """Have a timer fire at an instant; armed by several processes it is one timer."""
        ...

    async def rearm(self, kind: str, subject_id: str, due_at: datetime) -> None:
        """Have the waiting timer of a subject fire at an instant instead of when it was to."""
        ...

    def again(self, kind: str, due_at: datetime) -> TimerEffect:
        """Return the effect that lets the same timers fire again at an instant."""
        ...
