"""Keeps the graph database at the head of the log: the position lies in the graph, written with what it stands for.

A batch is announced in a transaction of its own, applied in a second that moves the position, and settled in a third.
The database shows a commit piece by piece; a reader to whom announcement, position and settlement are one and the same
before and after its question has seen no batch by half. Whoever crashes leaves a position to go on from.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from domain.kernel.events import Event
from domain.kernel.probes import Finding, Gauge, State
from graph.edits import Begin, Hold, HoldServing, Reach, Settle, edits
from graph.facts import Facts, facts_of
from graph.queries import Standing
from graph.server import GraphServer, GraphUnavailable

EVENTS_PER_BATCH = 10_000
EVENTS_ON_LOOP = 200
"""Larger batches are worked through in a thread, so that nobody else waits."""


class Log(Protocol):
    """The log as it is read."""

    async def head(self) -> int:
        """Return the greatest position given so far."""
        ...

    async def read_after(self, position: int, limit: int = ...) -> list[Event]:
        """Return the next events after a position, in order, at most `limit`."""
        ...


class Projection:
    """A consumer of the log whose effect and offset lie in the graph database."""

    def __init__(self, server: GraphServer, log: Log) -> None:
        self._server, self._log = server, log

    async def catch_up(self) -> int:
        """Bring the generation that serves to the head of the log; return how many events it took in."""
        total = 0
        while taken := await self.take_next():
            total += taken
        return total

    async def take_next(self) -> int:
        """Take in the next events and return how many.

        It is 0 at the head, while the server cannot be reached, and when another process moves the same generation.
        """
        try:
            generation, position = await self._settled()
            events = await self._log.read_after(position, EVENTS_PER_BATCH)
            if not events:
                return 0
            reached = events[-1].position or position
            is_moved = await apply(self._server, generation, position, reached, await facts_in(events))
        except GraphUnavailable:
            return 0
        return len(events) if is_moved else 0

    async def look(self) -> Finding:
        """Say how the graph is: reachable, and how many events behind the log."""
        try:
            behind = await self.lag()
        except GraphUnavailable as unavailable:
            return Finding(State.DOWN, f"{unavailable}; memory and tables answer in its place")
        if behind < 0:
            return Finding(State.DOWN, "the graph followed another log: run `headwater graph rebuild`")
        gauge = Gauge("graph_lag_events", "Events of the log that the graph database does not hold yet.", behind)
        return Finding(behind=behind, gauges=(gauge,))

    async def lag(self) -> int:
        """Return how many events the graph is behind the log, below 0 when it followed another log.

        `GraphUnavailable` when the server does not say.
        """
        (standing,) = await self._server.read(Standing())
        return await self._log.head() - (0 if standing is None else int(standing["position"]))

    async def _settled(self) -> tuple[int, int]:
        """Return the generation that serves and its position; what a crash has left unsettled is settled."""
        (standing,) = await self._server.read(Standing())
        if standing is None:
            await self._server.write([HoldServing()])
            (standing,) = await self._server.read(Standing())
        elif not standing["begun"] == standing["settled"] == standing["position"]:
            await self._server.write([Hold(standing["generation"])], [Settle(standing["generation"])])
            (standing,) = await self._server.read(Standing())
        if standing is None:
            raise GraphUnavailable("no generation serves")
        return standing["generation"], standing["position"]


async def apply(server: GraphServer, generation: int, expected: int, reached: int, facts: Facts) -> bool:
    """Bring a generation from one position to another; False when somebody else has moved it."""
    announced = await server.write([Hold(generation), Begin(generation, expected, reached)])
    changes = list(edits(generation, facts))
    if not announced or not await server.write([Hold(generation), Reach(generation, expected, reached)], changes):
        return False
    return await server.write([Hold(generation), Begin(generation, reached, reached)], [Settle(generation)])


async def facts_in(events: Sequence[Event]) -> Facts:
    """Return what a run of events means for the graph: only the last image of a subject counts."""
    last = {(event.subject_type, event.subject_id): event.body for event in events}
    images = [(subject_type, body) for (subject_type, _), body in last.items()]
    return facts_of(images) if len(images) <= EVENTS_ON_LOOP else await asyncio.to_thread(facts_of, images)
