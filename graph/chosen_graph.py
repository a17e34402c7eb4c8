"""The port `ImpactGraph` over the best engine at hand: the copy in memory, Neo4j, the tables.

The copy is current by itself. Neo4j follows the log: it is asked when it holds every edit of relations and groups that
is committed, after a short wait for it if need be. Past the wait, or when it cannot answer, the tables do. Every
answer says who gave it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from domain.ci.topology import AnsweredBy, Closure
from domain.ports import ImpactGraph
from graph.neo4j_graph import Neo4jGraph
from graph.remembered_graph import RememberedGraph
from graph.server import GraphUnavailable, GraphUnsettled
from graph.sql_graph import SqlGraph

POLL_SECONDS = 0.02

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a question waits for Neo4j to be current, and how old edits may be that its answer lacks."""

    wait: timedelta = timedelta(seconds=0.2)
    stale: timedelta = timedelta(0)


class ChosenGraph:
    """The port `ImpactGraph`; which engine answers is decided anew for every question, and each answer names it."""

    name = Neo4jGraph.name

    def __init__(
        self, memory: RememberedGraph, neo4j: Neo4jGraph, tables: SqlGraph, patience: Patience | None = None
    ) -> None:
        self._memory, self._neo4j, self._tables = memory, neo4j, tables
        self._patience = patience or Patience()

    @property
    def exact(self) -> "ChosenGraph":
        """The same engines for what is stored: no answer lacks an edit."""
        return ChosenGraph(self._memory, self._neo4j, self._tables, replace(self._patience, stale=timedelta(0)))

    async def closure(self, seeds: Collection[str], *, as_of: datetime, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds, and which engine says so."""
        closure, answered = await self._asked(
            lambda engine: engine.closure(seeds, as_of=as_of, hard_only=hard_only), as_of
        )
        return replace(closure, answered_by=answered)

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        found, _ = await self._asked(lambda engine: engine.upstream(ci_ids, as_of=as_of), as_of)
        return found

    @property
    def _is_remembered(self) -> bool:
        return self._memory.name != self._tables.name

    async def _asked(
        self, question: Callable[[ImpactGraph], Awaitable[Answer]], as_of: datetime
    ) -> tuple[Answer, AnsweredBy]:
        if not self._is_remembered:
            try:
                lacking_after = await self._lacking_after(as_of)
                return await question(self._neo4j), AnsweredBy(self._neo4j.name, lacking_after)
            except GraphUnavailable:
                return await question(self._tables), AnsweredBy(self._tables.name)
        return await question(self._memory), AnsweredBy(self._memory.name)

    async def _lacking_after(self, as_of: datetime) -> int | None:
        """Return None once Neo4j holds every edit, its position when it lacks only edits that may be lacking.

        `GraphUnavailable` when it lacks more than that and the wait is over.
        """
        end = time.monotonic() + self._patience.wait.total_seconds()
        held: int | None = None
        edited_at: datetime | None = None
        while True:
            position = await self._position()
            if position is not None and position != held:
                held, edited_at = position, await self._tables.edited_after(position)
                if edited_at is None:
                    return None
            if time.monotonic() >= end:
                break
            await asyncio.sleep(POLL_SECONDS)
        if edited_at is not None and self._patience.stale and as_of - edited_at <= self._patience.stale:
            return held
        raise GraphUnavailable("edits are committed that it does not hold yet")

    async def _position(self) -> int | None:
        """Return the position up to which Neo4j holds the log, None in the middle of a batch."""
        try:
            return (await self._neo4j.place()).position
        except GraphUnsettled:
            return None
