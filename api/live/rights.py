"""Rights while one listens: asked again when the log tells of people, teams and accounts, and every now and then."""

from collections.abc import Collection

from api.live.ports import Following
from api.live.subscriber import Listener
from domain.kernel.actor import Actor
from domain.kernel.audience import Viewer
from domain.kernel.events import Event
from domain.kernel.time import Clock

RIGHTS = frozenset({"person", "team", "service_account"})
"""Subjects whose events may change what somebody sees."""
FORBIDDEN = 4403


async def refreshed(
    listeners: Collection[Listener], following: Following, clock: Clock, event: Event | None = None
) -> None:
    """Give every connection that an event may concern its present rights; without an event, every one of them."""
    actors: dict[Listener, Actor] = {}
    admitted: dict[str | None, Actor | None] = {}
    for listener in list(listeners):
        actor: Actor | None = listener.viewer.actor
        if event is None or _is_about(event, listener.viewer.actor):
            if listener.authorization not in admitted:
                admitted[listener.authorization] = await listener.admitted()
            actor = admitted[listener.authorization]
        if actor is None:
            listener.end(FORBIDDEN, "Forbidden")
        else:
            actors[listener] = actor
    people = {actor.person_id for actor in actors.values() if actor.person_id is not None}
    teams = await following.teams_of(people, clock.now()) if people else {}
    for listener, actor in actors.items():
        viewer = Viewer(actor, teams.get(actor.person_id or "", frozenset()))
        if viewer != listener.viewer:
            listener.take(viewer)


def _is_about(event: Event, actor: Actor) -> bool:
    return event.subject_type != "team" and event.subject_id in (actor.id, actor.person_id)
