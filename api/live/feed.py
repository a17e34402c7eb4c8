"""Follows the log once for everyone in this process, and brings those who come late to where everyone is.

A subscriber is either in its group, and hears with everyone, or catching up: then a task of its own reads on from where
it stands, as fast as its connection takes it, until it has reached the feed. Both ways consider each event once, in
order; joining happens between two events. So there is neither a gap nor an overlap, and a slow reader costs a bounded
number of messages and holds nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress

import structlog

from api.context import FollowingContext
from api.live.answers import Answering, event_row, missed_row
from api.live.documents import Document, GroupKey, RefusedDocumentError
from api.live.ports import Following, LogSignal
from api.live.remembered import Remembered
from api.live.rights import RIGHTS, refreshed
from api.live.subscriber import Group, Listener, Subscriber
from domain.kernel.actor import Actor
from domain.kernel.audience import Facts, Told, Viewer, hears, looks_at_fields, people_named
from domain.kernel.events import Event
from domain.kernel.following import TOPOLOGY
from domain.kernel.keys import RecordKey
from domain.kernel.page import Row
from domain.kernel.time import Clock
from domain.kernel.visibility import VISIBILITY

BATCH = 200
POLL_SECONDS = 1.0
"""How late an event may be when every signal is lost."""
RIGHTS_SECONDS = 30.0
"""How late a right may end that ends by the clock alone, without an event."""
PAUSE_AFTER_FAILURE = 1.0
ANSWER_SECONDS = 10.0

Upstream = Callable[[str], Awaitable[frozenset[str]]]
Operation = Callable[[Actor, str], FollowingContext]

log = structlog.get_logger(__name__)


class LiveFeed:
    """The feed of one process. `upstream` says what an item depends on, `operation` opens a context to execute in."""

    def __init__(
        self,
        following: Following,
        signal: LogSignal,
        clock: Clock,
        key: RecordKey,
        *,
        upstream: Upstream,
        operation: Operation,
    ) -> None:
        self._following, self._signal, self._clock = following, signal, clock
        self.key, self._upstream, self._operation = key, upstream, operation
        self.position = 0
        self.listeners: set[Listener] = set()
        self._groups: dict[GroupKey, Group] = {}
        self._remembered = Remembered()
        self._neighbourhoods: dict[str, frozenset[str]] = {}
        self._task: asyncio.Task[None] | None = None
        self._last_shown: tuple[Event, str, Row] | None = None
        self.rights_turn = asyncio.Lock()

    async def start(self) -> None:
        """Begin to follow at the head of the log."""
        _, self.position = await self._following.span()
        self._task = asyncio.create_task(self._follow(), name="live feed")

    async def stop(self) -> None:
        """Follow no more, and end every connection."""
        for listener in list(self.listeners):
            listener.end(1001, "The server stops: connect again.")
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def group_count(self) -> int:
        """Return how many executions an event takes at most."""
        return len(self._groups)

    async def viewer(self, actor: Actor) -> Viewer:
        """Return who follows, with their teams."""
        if actor.person_id is None:
            return Viewer(actor)
        teams = await self._following.teams_of([actor.person_id], self._clock.now())
        return Viewer(actor, teams[actor.person_id])

    async def follow(self, subscriber: Subscriber) -> None:
        """Begin a subscription; `InvalidInput` at `after` when its cursor is none of this record."""
        for item in subscriber.document.follow.neighbourhoods or ():
            await self._learn(item)
        after = subscriber.document.after
        if after is None:
            subscriber.position = self.position
            self.join(subscriber)
            return
        subscriber.position = self.key.position(after)
        first, last = await self._following.span()
        if subscriber.position + 1 < first or subscriber.position > last:
            subscriber.position = last
            cursor = self.key.cursor(last)
            row = missed_row(subscriber.document, cursor, self._clock.now())
            payload = await self._answer(self._answering(subscriber), row)
            subscriber.mailbox.put_urgent(subscriber.frame(payload, cursor))
        self._fall_behind(subscriber)

    def forget(self, subscriber: Subscriber) -> None:
        """End a subscription."""
        subscriber.is_over = True
        self.leave(subscriber)
        if subscriber.catching_up is not None:
            subscriber.catching_up.cancel()
            subscriber.catching_up = None

    def join(self, subscriber: Subscriber) -> None:
        """Let a subscriber that has reached the feed hear with everyone."""
        subscriber.alone = None
        subscriber.group = self._group(subscriber)
        subscriber.group.join(subscriber)

    def leave(self, subscriber: Subscriber) -> bool:
        """Take a subscriber out of its group; return whether it was in one."""
        group = subscriber.group
        subscriber.leave()
        if group is not None and not group.members:
            self._groups.pop(group.document.key, None)
        return group is not None

    def _group(self, subscriber: Subscriber) -> Group:
        document = subscriber.document
        group = self._groups.get(document.key)
        if group is None:
            group = self._groups[document.key] = Group(document, self._answering(subscriber))
        return group

    def _fall_behind(self, subscriber: Subscriber) -> None:
        self.leave(subscriber)
        subscriber.catching_up = asyncio.create_task(self._catch_up(subscriber), name="catching up")

    async def _catch_up(self, subscriber: Subscriber) -> None:
        while not subscriber.is_over:
            try:
                await subscriber.mailbox.room()
                if subscriber.position >= self.position:
                    subscriber.catching_up = None
                    self.join(subscriber)
                    return
                # Never past the feed: rights are known as far as it has come.
                following = await self._following.read_after(subscriber.position, BATCH)
                events = [event for event in following if (event.position or 0) <= self.position]
                await subscriber.listener.pay(len(events))
                for told in await self._told(events, [subscriber.document], [subscriber.listener]):
                    await self._replay(subscriber, told)
            except RefusedDocumentError as refused:
                subscriber.refuse(refused.errors)
                return
            except Exception:
                log.exception("a subscription could not catch up; it tries again")
                await asyncio.sleep(PAUSE_AFTER_FAILURE)

    async def _replay(self, subscriber: Subscriber, told: Told) -> None:
        position = told.event.position or 0
        if self._is_followed(subscriber.document, told.event) and hears(subscriber.viewer, told):
            payload, cursor = await self._payload(self._answering_group(subscriber), told.event)
            await subscriber.mailbox.room()
            subscriber.offer(position, payload, cursor)
        subscriber.position = position

    def _answering_group(self, subscriber: Subscriber) -> Group:
        """Return who answers a subscriber that catches up: its group where somebody is in it, else one of its own."""
        document, alone = subscriber.document, subscriber.alone
        group = self._groups.get(document.key)
        if group is not None:
            return group
        if alone is None or alone.document is not document:
            alone = subscriber.alone = Group(document, self._answering(subscriber))
        return alone

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        rights_due = loop.time() + RIGHTS_SECONDS
        while True:
            try:
                while events := await self._following.read_after(self.position, BATCH):
                    await self._dispatch(events)
                if loop.time() >= rights_due:
                    rights_due = loop.time() + RIGHTS_SECONDS
                    async with self.rights_turn:
                        await refreshed(self.listeners, self._following, self._clock)
                for listener in list(self.listeners):
                    listener.look(loop.time())
                await self._signal.wait(POLL_SECONDS)
            except Exception:
                log.exception("the live feed stumbled; it goes on from where it is")
                await asyncio.sleep(PAUSE_AFTER_FAILURE)

    async def _dispatch(self, events: Sequence[Event]) -> None:
        documents = [group.document for group in self._groups.values()]
        to_tell = await self._told(events, documents, list(self.listeners))
        before = self._neighbourhoods
        if before and any(event.subject_type in TOPOLOGY for event in events):
            self._neighbourhoods = {item: await self._upstream(item) for item in self._followed_neighbourhoods()}
        for told in to_tell:
            event = told.event
            if event.subject_type in RIGHTS and self.listeners:
                async with self.rights_turn:
                    await refreshed(self.listeners, self._following, self._clock, event)
            # From here to the end of the list nothing waits: whoever joins is in for the next event, not for this one.
            self.position = event.position or self.position
            due = [
                (group, listeners)
                for group in self._groups.values()
                if self._is_followed(group.document, event, before) and (listeners := list(group.listeners(told)))
            ]
            for group, listeners in due:
                await self._deliver(group, listeners, event)

    async def _deliver(self, group: Group, listeners: Collection[Subscriber], event: Event) -> None:
        position = event.position or 0
        try:
            payload, cursor = await self._payload(group, event)
        except Exception:
            log.exception("an event could not be answered; its readers go on from the log")
            for subscriber in listeners:
                if subscriber.group is group:
                    subscriber.position = position - 1
                    self._fall_behind(subscriber)
            return
        for subscriber in listeners:
            if subscriber.group is group and not subscriber.offer(position, payload, cursor):
                subscriber.position = position - 1
                self._fall_behind(subscriber)

    async def _payload(self, group: Group, event: Event) -> tuple[str, str]:
        key, position = group.document.key, event.position or 0
        remembered = self._remembered.answer(key, position)
        if remembered is not None:
            return remembered
        cursor, image = self._shown(event)
        payload = await self._answer(group.answering, event_row(group.document, event, cursor, image))
        self._remembered.keep(key, position, payload, cursor)
        return payload, cursor

    def _shown(self, event: Event) -> tuple[str, Row]:
        """Return an event's cursor and its subject as a row, made once for all groups that come one after the other."""
        if self._last_shown is None or self._last_shown[0] is not event:
            image = self._following.row(event.subject_type, event.body)
            self._last_shown = (event, self.key.cursor(event.position or 0), image)
        return self._last_shown[1:]

    def _answering(self, subscriber: Subscriber) -> Answering:
        return Answering(subscriber.document, self._operation(subscriber.viewer.actor, "live"))

    async def _answer(self, answering: Answering, row: Row) -> str:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answering.payload(row)

    def _is_followed(
        self, document: Document, event: Event, before: Mapping[str, frozenset[str]] | None = None
    ) -> bool:
        # What an event itself cuts off was touched by it all the same.
        known = (self._neighbourhoods, before or {})
        items = document.follow.neighbourhoods or ()
        around = frozenset[str]().union(*(sets[item] for sets in known for item in items if item in sets))
        return document.follow.matches(event, around)

    async def _learn(self, item: str) -> None:
        if item not in self._neighbourhoods:
            self._neighbourhoods = {**self._neighbourhoods, item: await self._upstream(item)}

    def _followed_neighbourhoods(self) -> set[str]:
        followed = (one.document.follow for listener in self.listeners for one in listener.subscribers())
        return {item for follow in followed for item in follow.neighbourhoods or ()}

    async def _told(
        self, events: Sequence[Event], documents: Collection[Document], listeners: Collection[Listener]
    ) -> list[Told]:
        """Return the events with what decides who may hear of them; organisations only where a customer listens."""
        presents = await self._presents(events, documents)
        pairs = [(event, presents.get((event.subject_type, event.subject_id))) for event in events]
        people: set[str] = set()
        if any(listener.viewer.actor.organisation is not None for listener in listeners):
            people = {person for event, present in pairs for person in people_named(event, present)}
        organisations = await self._following.organisations_of(people) if people else {}
        return [Told(event, present, organisations) for event, present in pairs]

    async def _presents(
        self, events: Sequence[Event], documents: Collection[Document]
    ) -> Mapping[tuple[str, str], Facts]:
        """Return of the subjects what decides who may hear of them now: one statement per type that is asked for it."""
        followed = {subject for document in documents for subject in document.follow.subjects}
        ids: dict[str, set[str]] = {}
        for event in events:
            noun = event.subject_type
            if noun in followed and looks_at_fields(VISIBILITY[noun]):
                ids.setdefault(noun, set()).add(event.subject_id)
        found: dict[tuple[str, str], Facts] = {}
        for noun, wanted in ids.items():
            rows = await self._following.present(noun, wanted)
            found |= {(noun, record_id): row for record_id, row in rows.items()}
        return found
