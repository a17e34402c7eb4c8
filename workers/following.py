"""How a consumer follows the log, and what becomes of events it fails on."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.kernel.events import DeadLetter, Event
from domain.kernel.time import Clock
from workers.consumers import Consumer
from workers.lanes import Lane, about_events
from workers.ports import DeadLetters, Effect, EventLog
from workers.retries import retry_at
from workers.roles import Role

LETTERS_PER_STEP = 50

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Following:
    """One consumer over the log. Of several processes that move it, one writes each effect: the offset decides."""

    consumer: Consumer
    log: EventLog
    letters: DeadLetters
    clock: Clock

    def lanes(self) -> Iterator[Lane]:
        """Yield the lane that takes in new events, and the one that tries again what was set aside."""
        name = self.consumer.name
        yield Lane(f"consumer {name}", Role.CONSUMERS, self.take_next)
        if self.consumer.sets_aside:
            yield Lane(f"dead letters of {name}", Role.CONSUMERS, self.try_again, self._next_try)

    async def take_next(self) -> int:
        """Take in the next events and return how many; 0 at the head, or when another process moves the consumer."""
        offset = await self.log.offset(self.consumer.name)
        events = await self.log.read_after(offset)
        if not events:
            return 0
        about_events(events)
        if not self.consumer.sets_aside:
            return await self._advance(offset, events, await self.consumer.compute(events))
        return await self._take_apart(offset, events, await self.letters.held(self.consumer.name))

    async def _take_apart(self, offset: int, events: Sequence[Event], held: set[tuple[str, str]]) -> int:
        """Take in events; where they fail, in halves, down to the single ones that do: they are set aside."""
        try:
            return await self._take(offset, events, held)
        except Exception as failure:
            if len(events) == 1:
                _log.warning("consumer %s set event %s aside: %r", self.consumer.name, events[0].position, failure)
                held.add(_subject(events[0]))
                return await self._advance(offset, events, self._set_aside(events, failure))
        half = len(events) // 2
        taken = await self._take_apart(offset, events[:half], held)
        if taken < half:
            return taken
        return taken + await self._take_apart(events[half - 1].position or offset, events[half:], held)

    async def _take(self, offset: int, events: Sequence[Event], held: set[tuple[str, str]]) -> int:
        """Write the effect of events, except of those whose subject is held up by a letter: they wait behind it."""
        free = [event for event in events if _subject(event) not in held]
        behind = [event for event in events if _subject(event) in held]
        effects = [await self.consumer.compute(free) if free else None]
        if behind:
            effects.append(self._set_aside(behind, None))
        return await self._advance(offset, events, _all_of(effects))

    def _set_aside(self, events: Sequence[Event], failure: Exception | None) -> Effect:
        now = self.clock.now()
        due = now if failure is None else retry_at(1, now)
        error = None if failure is None else repr(failure)
        return self.letters.put(self.consumer.name, events, error=error, now=now, retry_at=due)

    async def _advance(self, offset: int, events: Sequence[Event], effect: Effect | None) -> int:
        reached = events[-1].position or offset
        return len(events) if await self.log.advance(self.consumer.name, offset, reached, effect) else 0

    async def try_again(self) -> int:
        """Try the letters that are due; return how many were delivered or failed once more."""
        letters = await self.letters.due(self.consumer.name, self.clock.now(), LETTERS_PER_STEP)
        for letter in letters:
            await self._try(letter)
        return len(letters)

    async def _try(self, letter: DeadLetter) -> None:
        try:
            (event,) = await self.log.read_after(letter.position - 1, 1)
            about_events([event])
            await self.letters.deliver(letter, await self.consumer.compute([event]))
        except Exception as failure:
            now, failures = self.clock.now(), letter.attempts + 1
            again = retry_at(failures, now)
            if again is None:
                _log.error("%s gave up event %s: %r", self.consumer.name, letter.position, failure)
            await self.letters.fail(letter, repr(failure), now, again)

    async def _next_try(self) -> datetime | None:
        return await self.letters.next_due(self.consumer.name)


def _subject(event: Event) -> tuple[str, str]:
    return event.subject_type, event.subject_id


def _all_of(effects: Sequence[Effect | None]) -> Effect | None:
    written = [effect for effect in effects if effect is not None]
    if not written:
        return None

    async def write(connection: Any) -> None:
        for effect in written:
            await effect(connection)

    return write
