"""Composition root: opens the adapters and runs what follows the log, for the server, the command and the worker."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.kernel.events import DeadLetter
from domain.kernel.ids import Ids, random_ids
from domain.kernel.keys import RecordKey
from domain.kernel.probes import Finding, Probe, State
from domain.kernel.time import Clock, FixedClock, SystemClock
from domain.ports import Ports
from domain.store.as_known import known_record, position_at, standing_conflicts
from domain.store.dead_letters import SqlDeadLetters
from domain.store.engine import Database, open_database
from domain.store.health import record_probes
from domain.store.history import SqlHistory, history
from domain.store.log import SqlEventLog
from domain.store.migrate import upgrade
from domain.store.recheck import RECHECKS, SqlRecheckQueue
from domain.store.record_key import key_of
from domain.store.rights import SqlRights
from domain.store.snapshot import snapshots
from domain.store.timers import SqlTimers
from domain.store.unit_of_work import unit_of_work
from domain.store.webhooks import Attempt, SqlWebhooks, message_id
from domain.usecases.as_known import find_again
from domain.usecases.fitting import propose_nightly_fit
from domain.usecases.reassessment import reassess
from domain.usecases.triggers import affected_changes
from domain.usecases.webhooks import give_up_webhook
from graph.open_graph import OpenGraph, open_graph
from graph.settings import GraphSettings
from graph.sql_graph import SqlGraph
from workers.announcements import AnnouncedLog, Announcements
from workers.broker import Broker, connections
from workers.consumers import Consumer
from workers.consumers.assessment import assessment
from workers.consumers.webhooks import WebhookConsumer, webhooks
from workers.crew import Crew
from workers.following import Following
from workers.lanes import Lane, until_idle
from workers.listening import Listener
from workers.outbound import HttpPoster, Poster
from workers.rechecks import Rechecks
from workers.relay import relay, relay_lane
from workers.roles import ALL_ROLES, Role
from workers.schedules import Schedules
from workers.settings import STOP_SECONDS, WorkerSettings
from workers.solvers import cab_solver, fitter_on_demand
from workers.spending import RedisSpending
from workers.timers import timer_effects, timers_lane
from workers.webhooks import WebhookSender

OTHERS_SECONDS = 0.05
"""How often one looks whether another process has ended what it is at work on."""


class Runtime:
    """Everything one process holds open.

    `open` is enough for a command that acts and ends. `start` has this process follow the log, in the roles it is
    given; `lanes` is what there is to be done in all of them. `probes` say how this process and what it depends on
    are; whoever adds a dependency appends its own.
    """

    def __init__(self, database: Database, ports: Ports, *, graphs: OpenGraph, broker: Broker, key: RecordKey) -> None:
        self.database, self.ports, self.broker, self.key = database, ports, broker, key
        self.graphs, self.graph = graphs, graphs.memory
        self._stored = replace(ports, graph=graphs.exact)
        self.log, self.announcements = SqlEventLog(database), Announcements()
        self.rechecks, self.letters = SqlRecheckQueue(database), SqlDeadLetters(database)
        self.consumers = consumers(database, self._stored, self.rechecks)
        self.lanes = [*self._following_the_log(), self.webhook_sender().lane(), self.schedules.lane()]
        names = tuple(consumer.name for consumer in self.consumers)
        self.probes = [*record_probes(database, ports.clock, names), Probe("worker", self._look_at_the_worker)]
        if graphs.projection is not None:
            self.probes.append(Probe("neo4j", graphs.projection.look, is_required=False))
        self._loading: asyncio.Task[None] | None = None
        self._crew: Crew | None = None
        self._listener: Listener | None = None
        self._redis: ArqRedis | None = None

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, ids: Ids | None = None) -> "Runtime":
        """Open the database at its newest schema and put the ports together; nothing runs yet."""
        clock = clock or SystemClock()
        database = open_database(url)
        graphs = open_graph(GraphSettings(), SqlGraph(database.reader), SqlEventLog(database), clock)
        await upgrade(database)
        broker = Broker()
        ports = replace(_ports(database, clock, ids or random_ids(clock), broker), graph=graphs.readers)
        return cls(database, ports, graphs=graphs, broker=broker, key=await key_of(database))

    def _following_the_log(self) -> Iterator[Lane]:
        """Yield the lanes that bring what is stored up to date with the log."""
        clock = self.ports.clock
        yield timers_lane(SqlTimers(self.database), timer_effects(self.rechecks, clock), clock)
        yield relay_lane(AnnouncedLog(self.log, self.announcements))
        if self.graphs.projection is not None:  # first, so that what consumers ask of the graph is current
            yield Lane("graph", Role.CONSUMERS, self.graphs.projection.take_next)
        for consumer in self.consumers:
            yield from self.following(consumer)
        more = partial(self.broker.ring_another, Role.CONSUMERS)
        yield Rechecks(self.rechecks, partial(reassess, self._stored), clock, more).lane()

    def following(self, consumer: Consumer) -> Iterator[Lane]:
        """Yield the lanes of a consumer."""
        return Following(consumer, self.log, self.letters, self.ports.clock).lanes()

    async def start(self, redis_url: str | None = None, roles: Collection[Role] | None = None) -> None:
        """Follow the log in these roles, and pass wake-ups on to the processes of the others over Redis.

        Without roles given: all of them, or with a Redis server named none, for then workers of their own have them.
        A server that does not answer yet is waited for in the background; the sweep makes up for it.
        """
        roles = roles if roles is not None else (ALL_ROLES if redis_url is None else ())
        if not roles or Role.CONSUMERS in roles:
            self.remember()
        self._crew = Crew([lane for lane in self.lanes if lane.role in roles], self.ports.clock, self.broker.ring)
        if redis_url is not None:
            self._redis = connections(redis_url)
            self._listener = Listener(self._redis, roles, self._crew.ring)
            self.announcements.use(self._redis)
            self.probes.append(Probe("redis", self._look_at_redis, is_required=False))
        self.broker.use(ring=self._crew.ring, redis=self._redis)
        self._crew.start()

    def ring_all(self) -> None:
        """Have every lane of this process look."""
        for role in ALL_ROLES:
            self.broker.ring_here(role)

    def remember(self) -> None:
        """Have impact answered from memory as soon as the copy is loaded, in the background."""
        if self.graphs.is_copied:
            self._loading = asyncio.create_task(self.graph.load(), name="copy of the graph")

    @property
    def schedules(self) -> Schedules:
        """What happens by the clock alone."""
        return Schedules(self.ports.clock, SqlTimers(self.database), partial(propose_nightly_fit, self.ports, SYSTEM))

    def webhook_sender(self, poster: Poster | None = None) -> WebhookSender:
        """Return what sends messages that are due; without a poster over HTTPS."""
        return WebhookSender(
            deliveries=SqlWebhooks(self.database),
            rights=SqlRights(self.database, self.ports.clock),
            poster=poster or HttpPoster(allows_private=WorkerSettings().webhook_allow_private),
            key=self.key,
            clock=self.ports.clock,
            disable=partial(give_up_webhook, self.ports),
            attempt=Attempt,
            new_id=random_ids(self.ports.clock),
        )

    @property
    def spending(self) -> RedisSpending | None:
        """What every process counts together; None where this process is the only one."""
        return None if self._redis is None else RedisSpending(self._redis)

    @property
    def failures(self) -> dict[str, Exception]:
        """What stopped lanes of this process when they last ran, by the name of the lane."""
        return {lane.name: lane.failure for lane in self.lanes if lane.failure is not None}

    @property
    def is_healthy(self) -> bool:
        """Whether every lane this process has taken goes on, none stopped by a failure."""
        return (self._crew is None or self._crew.is_running) and not self.failures

    async def _look_at_the_worker(self) -> Finding:
        if self.is_healthy:
            return Finding()
        stopped = [f"{name} is stopped, the log says by what" for name in self.failures]
        return Finding(State.DOWN, "; ".join(stopped) or "this process does not follow the log")

    async def _look_at_redis(self) -> Finding:
        try:
            if self._redis is not None:
                await self._redis.ping()
        except (RedisError, OSError) as lost:
            return Finding(State.DOWN, f"wake-ups cannot be sent ({type(lost).__name__}); the sweep makes up for them")
        return Finding()

    async def drain(self) -> None:
        """Return once the log is relayed, every consumer is at its head and no recheck is due.

        What another process is at work on is waited for; what failed waits for its next try and is not. A consumer's
        failure is raised.
        """
        lanes = [lane for lane in self.lanes if lane.role not in (Role.SCHEDULES, Role.WEBHOOKS)]
        await until_idle(lanes)
        while await self.rechecks.is_claimed(self.ports.clock.now()):
            await asyncio.sleep(OTHERS_SECONDS)
            await until_idle(lanes)
        for failure in self.failures.values():
            raise failure

    async def retry(self, letters: Collection[DeadLetter]) -> None:
        """Try dead letters again now, here, as if they had never failed; those that fail again stay."""
        now = self.ports.clock.now()
        changes = [letter.subject_id for letter in letters if letter.consumer == RECHECKS]
        marked = self.rechecks.mark(footprint=changes, risk_only=(), position=0, now=now)
        await self.letters.retry(letters, now, marked)
        await self.drain()

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
        """Let what runs end, for a few seconds, and close every connection."""
        await self.broker.stop()
        await self.announcements.stop()
        if self._listener is not None:
            await self._listener.stop()
        if self._crew is not None:
            await self._crew.stop()
        if self._loading is not None:
            # Seconds at most; cut off in the middle of a statement, it would leave a connection open.
            _, late = await asyncio.wait([self._loading], timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)
        self._listener = self._crew = self._loading = self._redis = None
        await self.graphs.close()
        await self.database.dispose()


def consumers(database: Database, ports: Ports, rechecks: SqlRecheckQueue) -> list[Consumer]:
    """Return what follows the log; a new follower is a line here."""
    return [
        assessment(partial(affected_changes, ports), rechecks, ports.clock),
        webhooks(_webhook_consumer(database, ports)),
    ]


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


def _webhook_consumer(database: Database, ports: Ports) -> WebhookConsumer:
    async def upstream(ci_ids: Collection[str]) -> frozenset[str]:
        return await ports.graph.upstream(ci_ids, as_of=ports.clock.now())

    return WebhookConsumer(SqlWebhooks(database), SqlRights(database, ports.clock), upstream, message_id, ports.clock)
