"""Who follows: connections, their subscriptions, and the groups of subscriptions that have the same answer."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLError

from api.live.answers import Answering
from api.live.documents import Document
from api.live.mailbox import Mailbox
from domain.kernel.actor import Actor
from domain.kernel.audience import Told, Viewer, hears


class Listener(Protocol):
    """A connection as the feed sees it: who is on it, and how it is told that this is over."""

    viewer: Viewer
    authorization: str | None

    def look(self, now: float) -> None:
        """End the connection when what is on its way has been there for too long; `now` is the loop's time."""
        ...

    def subscribers(self) -> Iterable["Subscriber"]:
        """Return its subscriptions."""
        ...

    def take(self, viewer: Viewer) -> None:
        """Go on with other rights than before."""
        ...

    async def pay(self, cost: int) -> None:
        """Have the cost counted to whoever listens; `RefusedDocumentError` where that is beyond their budget."""
        ...

    async def admitted(self) -> Actor | None:
        """Return who the connection stands for by now, None when its token is good for nothing any more."""
        ...

    def end(self, code: int, reason: str) -> None:
        """Close the connection with a code of the protocol."""
        ...


Frame = Callable[[str, str], str]
"""Makes a message of a payload and the cursor of its event."""
Refuse = Callable[[Sequence[GraphQLError]], None]
"""Ends a subscription with errors."""


@dataclass(eq=False, slots=True)
class Subscriber:
    """A subscription that is followed. `position` is that of the last event it was considered for."""

    document: Document
    listener: Listener
    mailbox: Mailbox
    frame: Frame
    refuse: Refuse
    position: int = 0
    group: "Group | None" = None
    catching_up: asyncio.Task[None] | None = field(default=None)
    alone: "Group | None" = None
    """What answers it while it catches up and nobody is in its group."""
    is_over: bool = False

    @property
    def viewer(self) -> Viewer:
        """Who hears."""
        return self.listener.viewer

    def offer(self, position: int, payload: str, cursor: str) -> bool:
        """Put an event on its way unless it was already; False when the connection has no room for it."""
        if position <= self.position:
            return True
        if not self.mailbox.put(self.frame(payload, cursor)):
            return False
        self.position = position
        return True

    def leave(self) -> None:
        """Leave the group, if it is in one."""
        if self.group is not None:
            self.group.leave(self)
            self.group = None


@dataclass(eq=False, slots=True)
class Group:
    """Members by viewer, so that a right is asked once for all sockets of one actor."""

    document: Document
    answering: Answering
    members: dict[Viewer, dict[Subscriber, None]] = field(default_factory=dict)

    def join(self, member: Subscriber) -> None:
        """Take a member in."""
        self.members.setdefault(member.viewer, {})[member] = None

    def leave(self, member: Subscriber) -> None:
        """Let a member go."""
        of_viewer = self.members.get(member.viewer, {})
        of_viewer.pop(member, None)
        if not of_viewer:
            self.members.pop(member.viewer, None)

    def listeners(self, told: Told) -> Iterator[Subscriber]:
        """Yield the members who may hear of the event."""
        for viewer, members in self.members.items():
            if hears(viewer, told):
                yield from members
