"""A Neo4j server over Bolt: short patience, and none at all for a while after it has failed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from graph.queries import Query
from graph.schema import SCHEMA
from graph.settings import GraphSettings

if TYPE_CHECKING:  # the driver takes tens of megabytes: a process without a graph database does without it
    from neo4j import AsyncManagedTransaction, AsyncSession

RETRY_SECONDS = 2.0
CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
WRITE_SECONDS = 120.0
REST_SECONDS = 5.0
"""How long a server that failed is left alone: questions in this time are answered at once by another engine."""

IDLE_SECONDS = 15.0
"""A connection idle for longer is tried before it is used: the server may have been started anew."""

Answer = dict[str, Any]
Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class GraphUnavailable(Exception):  # noqa: N818 - a state, not a mistake
    """The graph database cannot answer now: out of reach, at rest after a failure, or it has nothing to answer from."""


class GraphUnsettled(GraphUnavailable):
    """A batch is being applied: what is read now might show it by half."""


class GraphServer:
    """Connections to a server, and whether it failed lately."""

    def __init__(self, settings: GraphSettings) -> None:
        import neo4j  # noqa: PLC0415 - see above
        from neo4j.exceptions import DriverError, Neo4jError  # noqa: PLC0415

        self._within = neo4j.unit_of_work
        self._failures = (DriverError, Neo4jError, OSError, TimeoutError)
        self._driver = neo4j.AsyncGraphDatabase.driver(
            settings.neo4j_url or "",
            auth=(settings.neo4j_user, settings.neo4j_password.get_secret_value()),
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=2 * CONNECT_SECONDS,
            max_transaction_retry_time=RETRY_SECONDS,
            liveness_check_timeout=IDLE_SECONDS,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
        )
        self._database = settings.neo4j_database
        self._has_failed = False
        self._rests_until = 0.0
        self._has_schema = False

    @property
    def is_resting(self) -> bool:
        """Whether the server failed a moment ago and is not asked for now."""
        return self._has_failed and time.monotonic() < self._rests_until

    async def read(self, *queries: Query) -> list[Answer | None]:
        """Return the one record of each statement, None where there is none, all in one transaction.

        `GraphUnavailable` when the server cannot answer.
        """

        @self._within(timeout=READ_SECONDS)
        async def answer(transaction: "AsyncManagedTransaction") -> list[Answer | None]:
            return [await _single(transaction, query) for query in queries]

        return await self._ask(READ_SECONDS, lambda session: session.execute_read(answer))

    async def write(self, guards: Sequence[Query], edits: Sequence[Query] = ()) -> bool:
        """Run statements in one transaction; False, and the edits are not made, when a guard has no record.

        `GraphUnavailable` when the server cannot answer; the edits may have been made all the same.
        """
        await self.ensure_schema()

        @self._within(timeout=WRITE_SECONDS)
        async def act(transaction: "AsyncManagedTransaction") -> bool:
            for guard in guards:
                if await _single(transaction, guard) is None:
                    return False
            for edit in edits:
                await (await transaction.run(edit.cypher, parameters(edit))).consume()
            return True

        return await self._ask(WRITE_SECONDS, lambda session: session.execute_write(act))

    async def close(self) -> None:
        """Close every connection."""
        await self._driver.close()

    async def ensure_schema(self) -> None:
        """Make the constraints and indexes that are not there yet."""
        if self._has_schema:
            return

        async def make(session: "AsyncSession") -> None:
            for statement in SCHEMA:
                await (await session.run(statement)).consume()

        await self._ask(WRITE_SECONDS, make)
        self._has_schema = True

    async def _ask(self, seconds: float, act: "Callable[[AsyncSession], Awaitable[Result]]") -> Result:
        if self.is_resting:
            raise GraphUnavailable("at rest after a failure")
        # Whoever comes first after a failure tries; the others go on without, until it has heard something.
        self._rests_until = time.monotonic() + REST_SECONDS
        try:
            async with asyncio.timeout(seconds), self._driver.session(database=self._database) as session:
                result = await act(session)
        except self._failures as failure:
            if not self._has_failed:
                _log.warning("the graph database fails, other engines answer for it: %r", failure)
            self._has_failed, self._rests_until = True, time.monotonic() + REST_SECONDS
            raise GraphUnavailable(f"{type(failure).__name__}: {failure}") from failure
        if self._has_failed:
            _log.warning("the graph database answers again")
            self._has_failed = False
        return result


async def _single(transaction: "AsyncManagedTransaction", query: Query) -> Answer | None:
    record = await (await transaction.run(query.cypher, parameters(query))).single()
    return None if record is None else record.data()


def parameters(query: Query) -> dict[str, Any]:
    """Return the parameters of a statement, by name."""
    return {field.name: getattr(query, field.name) for field in fields(query)}  # type: ignore[arg-type]
