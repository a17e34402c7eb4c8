"""What the workers need of the store, as protocols; `workers.runtime` and `workers.main` open the adapters."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.kernel.events import DeadLetter, Event

Effect = Callable[[Any], Awaitable[None]]
"""What is to be written, given the store's open transaction; nothing but the database is awaited in it."""

TimerEffect = Callable[[Sequence[str]], Effect]
"""What falls due, given the subjects of the timers of one kind."""


class EventLog(Protocol):
    """The log and how far each consumer has come in it."""

    async def number(self) -> int:
        """Give positions to some committed rows, in order; return how many, 0 when none is left."""
        ...

    async def read_after(self, position: int, limit: int = ...) -> list[Event]:
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

    async def claim(self, now: datetime, limit: int, until: datetime) -> Sequence[Any]:
        """Return rows whose time has come, longest waiting first, that nobody else gets until an instant."""
        ...

    async def hold(self, row: Any, until: datetime) -> Any | None:
        """Return the row claimed for longer; None when somebody else has it by now."""
        ...

    async def release(self, rows: Sequence[Any]) -> None:
        """Give up claims on what was not worked off."""
        ...

    async def finish(self, done: Sequence[Any]) -> None:
        """Clear rows, except those marked again since they were claimed."""
        ...

    async def fail(self, row: Any, error: str, now: datetime, retry_at: datetime | None) -> None:
        """Note a failure and when to try again; None parks the row as a dead letter."""
        ...


class DeadLetters(Protocol):
    """Events whose effect keeps failing, put aside by their consumers."""

    def put(
        self, consumer: str, events: Sequence[Event], *, error: str | None, now: datetime, retry_at: datetime | None
    ) -> Effect:
        """Return the effect of putting events aside; without an error they wait behind another of their subject."""
        ...

    async def held(self, consumer: str) -> set[tuple[str, str]]:
        """Return the subjects (type, id) whose later events wait behind a letter."""
        ...

    async def due(self, consumer: str, now: datetime, limit: int) -> list[DeadLetter]:
        """Return letters whose time has come, longest waiting first; of a subject its earliest alone."""
        ...

    async def next_due(self, consumer: str) -> datetime | None:
        """Return when the next letter is tried again."""
        ...

    async def deliver(self, letter: DeadLetter, effect: Effect | None) -> bool:
        """Write the effect and remove the letter together; False when somebody else has."""
        ...

    async def fail(self, letter: DeadLetter, error: str, now: datetime, retry_at: datetime | None) -> None:
        """Note one more failure and when to try again, None to park the letter."""
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
