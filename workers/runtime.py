"""Composition root: opens the adapters and runs what follows the log, for the server, the command and the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from arq.connections import ArqRedis

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import Ids, random_ids
from domain.kernel.time import Clock, FixedClock, SystemClock
from domain.ports import Ports
from domain.store.as_known import known_record, position_at, standing_conflicts
from domain.store.engine import Database, open_database
from domain.store.history import SqlHistory, history
from domain.store.log import SqlEventLog
from domain.store.migrate import upgrade
from domain.store.recheck import SqlRecheckQueue
from domain.store.snapshot import snapshots
from domain.store.timers import SqlTimers
from domain.store.unit_of_work import unit_of_work
from domain.usecases.as_known import find_again
from domain.usecases.fitting import propose_nightly_fit
from domain.usecases.reassessment import reassess
from domain.usecases.triggers import affected_changes
from graph.remembered_graph import RememberedGraph
from graph.sql_graph import SqlGraph
from workers.advance import Advance
from workers.broker import Broker, connect, embedded
from workers.consumers import assessment
from workers.embedded import EmbeddedWorker
from workers.relay import relay
from workers.schedules import Schedules
from workers.settings import WorkerSettings
from workers.solvers import cab_solver, fitter_on_demand
from workers.spending import RedisSpending
from workers.timers import timer_effects


class Runtime:
    """Everything one process holds open.

    `open` is enough for a command that acts and ends; `start` runs the workers in this process, unless a Redis
    server is named: then workers of their own do, and this process only wakes them.
    """

    def __init__(
        self,
        database: Database,
        ports: Ports,
        *,
        graph: RememberedGraph,
        log: SqlEventLog,
        advance: Advance,
        broker: Broker,
    ) -> None:
        self.database, self.ports, self.graph, self.log = database, ports, graph, log
        self.advance, self.broker = advance, broker
        self._loading: asyncio.Task[None] | None = None
        self._worker: EmbeddedWorker | None = None
        self._redis: ArqRedis | None = None

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, ids: Ids | None = None) -> "Runtime":
        """Open the database at its newest schema and put the ports together; nothing runs yet."""
        clock = clock or SystemClock()
        database = open_database(url)
        await upgrade(database)
        log, rechecks, broker = SqlEventLog(database), SqlRecheckQueue(database), Broker()
        graph = RememberedGraph(SqlGraph(database.reader))
        ports = replace(_ports(database, clock, ids or random_ids(clock), broker), graph=graph)
        advance = Advance(
            clock=clock,
            log=log,
            timers=SqlTimers(database),
            timer_effects=timer_effects(rechecks, clock),
            consumers=[assessment.assessment(partial(affected_changes, ports), rechecks, clock)],
            rechecks=rechecks,
            reassess=partial(reassess, ports),
        )
        return cls(database, ports, graph=graph, log=log, advance=advance, broker=broker)

    async def start(self, redis_url: str | None = None) -> None:
        """Connect the wake-ups, and without a Redis server run the worker in this process."""
        self.remember()
        if redis_url is not None:
            self._redis = await connect(redis_url)
            self.broker.use(self._redis)
            return
        redis = embedded()
        self._worker = EmbeddedWorker(
            redis, {"advance": self.advance, "broker": self.broker, "schedules": self.schedules}
        )
        await self._worker.start()
        self.broker.use(redis)

    def remember(self) -> None:
        """Have impact answered from memory as soon as the copy is loaded, in the background."""
        self._loading = asyncio.create_task(self.graph.load(), name="copy of the graph")

    @property
    def schedules(self) -> Schedules:
        """What happens by the clock alone."""
        return Schedules(self.ports.clock, SqlTimers(self.database), partial(propose_nightly_fit, self.ports, SYSTEM))

    @property
    def spending(self) -> RedisSpending | None:
        """What every process counts together; None where this process is the only one."""
        return None if self._redis is None else RedisSpending(self._redis)

    @property
    def is_healthy(self) -> bool:
        """Whether the worker of this process, where it has one, takes jobs and no consumer is stopped by a failure."""
        return (self._worker is None or self._worker.is_running) and not self.advance.failures

    async def drain(self) -> None:
        """Return once the log is relayed, every consumer is at its head and no recheck is due.

        Rows of the recheck queue whose work failed wait for their next try and are not waited for. A consumer's
        failure is raised.
        """
        await self.advance.until_idle()
        for failure in self.advance.failures.values():
            raise failure

    @asynccontextmanager
    async def known_at(self, instant: datetime, *, with_findings: bool = True) -> AsyncIterator[Ports]:
        """Yield the ports over the record as it was known at an instant; every answer is the one of then.

        Nothing of this record is touched: a copy is rebuilt from the log, assessed unless only the record itself is
        asked about, and thrown away. `InvalidInput` for an instant before the first event.
        """
        await relay(self.log)
        position = await position_at(self.database, instant)
        if position == 0:
            raise InvalidInput.at("as_of", f"nothing was known yet at {instant.isoformat()}")
        async with known_record(self.database) as known:
            await known.move_to(position)
            ports = _ports_at(known.database, instant)
            if with_findings:
                standing = await standing_conflicts(self.database, position)
                await find_again(ports, standing.values())
            yield ports

    @asynccontextmanager
    async def history(self) -> AsyncIterator[SqlHistory]:
        """Yield what was known and decided at any position of the log; what is rebuilt for it is thrown away."""
        await relay(self.log)
        async with history(self.database, _ports_at) as found:
            yield found

    async def stop(self) -> None:
        """End the worker gracefully and close every connection."""
        self.broker.use(None)
        if self._loading is not None:
            # Seconds at most; cut off in the middle of a statement, it would leave a connection open.
            await asyncio.wait([self._loading])
            self._loading = None
        if self._worker is not None:
            await self._worker.stop()
            self._worker = None
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)
            self._redis = None
        await self.database.dispose()


def _ports_at(database: Database, instant: datetime) -> Ports:
    """Return ports over a record of its own, for which time stands still and which wakes nobody."""
    clock = FixedClock(instant)
    return _ports(database, clock, random_ids(clock), Broker())


def _ports(database: Database, clock: Clock, ids: Ids, broker: Broker) -> Ports:
    return Ports(
        clock=clock,
        work=unit_of_work(database, clock, ids),
        snapshot=snapshots(database),
        graph=SqlGraph(database.reader),
        wake=broker.wake,
        solver=cab_solver(WorkerSettings().cab_solver),
        fitter=fitter_on_demand(),
    )
