"""Builds the graph database anew from the record, beside the generation that serves, and then lets it serve.

Community has one database: generations are told apart by the key of every node. The old one goes on following the log
and answering until the pointer is switched, in one transaction; then it is swept in batches. A rebuild that is broken
off goes on where it stood: how far it has come lies in the new generation, written with each page.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from graph.edits import Hold, HoldServing, edits
from graph.facts import SUBJECTS, facts_of
from graph.generations import SWEEPS, Complete, Fill, Forget, Generations, Lay, Retire, Serve
from graph.projection import EVENTS_PER_BATCH, Log, apply, facts_in
from graph.server import GraphServer, GraphUnavailable

IMAGES_PER_PAGE = 10_000
NODES_PER_SWEEP = 2_000

Progress = Callable[[str, int], None]
"""Told the type of subject, or what else is done, and how many of it are done by now."""


class Images(Protocol):
    """The record as images of its subjects."""

    async def page(self, subject_type: str, after: str, limit: int) -> list[dict[str, Any]]:
        """Return the images of the next records by id after an id, at most `limit`."""
        ...

    async def of(self, subject_type: str, record_ids: Collection[str]) -> list[dict[str, Any]]:
        """Return the images of these records by id, as far as they are there."""
        ...


@dataclass(frozen=True, slots=True)
class _Filling:
    """A generation that is not whole yet: what is filled in next."""

    generation: int
    position: int
    subject_type: str
    after: str


async def rebuild(server: GraphServer, log: Log, images: Images, progress: Progress = lambda *_: None) -> int:
    """Build a new generation from the record, let it serve, sweep the others; return the position it has reached.

    `GraphUnavailable` when the server fails on the way; called again, it goes on from there.
    """
    filling = await _begun(server, log)
    await _fill(server, images, filling, progress)
    await server.write([Hold(filling.generation)], [Complete(filling.generation)])
    position = filling.position
    while True:
        position = await _follow(server, log, filling.generation, position, progress)
        serve = Serve(filling.generation, await log.head())
        if await server.write([HoldServing(), Hold(filling.generation), serve]):
            break
    await _sweep_all_but(server, filling.generation, progress)
    return position


async def _begun(server: GraphServer, log: Log) -> _Filling:
    """Return the generation that a former rebuild has left unfinished, else a new one."""
    await server.write([HoldServing()])
    found = await _generations(server)
    unfinished = [row for row in found["generations"] if not row["is_whole"] and row["position"] >= 0]
    if unfinished:
        latest = max(unfinished, key=lambda row: int(row["number"]))
        return _Filling(latest["number"], latest["position"], latest["subject_type"], latest["after"])
    number = 1 + max(row["number"] for row in found["generations"])
    waiting = [row for row in found["generations"] if row["is_whole"] and row["number"] > found["serving"]]
    if waiting:  # filled by a former rebuild, which was broken off before it served
        latest = max(waiting, key=lambda row: int(row["number"]))
        return _Filling(latest["number"], latest["position"], "", "")
    position = await log.head()
    await server.write([Hold(found["serving"])], [Lay(number, position, SUBJECTS[0])])
    return _Filling(number, position, SUBJECTS[0], "")


async def _fill(server: GraphServer, images: Images, filling: _Filling, progress: Progress) -> None:
    subject_type, after = filling.subject_type, filling.after
    done = 0
    while subject_type:
        page = await images.page(subject_type, after, IMAGES_PER_PAGE)
        is_last = len(page) < IMAGES_PER_PAGE
        next_type, next_after = (_following(subject_type), "") if is_last else (subject_type, page[-1]["id"])
        # Nothing of these subjects is in the generation yet, so there are no former edges to look for.
        every = facts_of((subject_type, image) for image in page)
        facts = replace(every, standing_impacts=[], standing_members=[])
        step = Fill(filling.generation, subject_type, after, next_type, next_after)
        if not await server.write([Hold(filling.generation), step], list(edits(filling.generation, facts))):
            raise GraphUnavailable("another rebuild fills the same generation: let it finish")
        done += len(page)
        progress(subject_type, done)
        done = 0 if is_last else done
        subject_type, after = next_type, next_after


async def _follow(server: GraphServer, log: Log, generation: int, position: int, progress: Progress) -> int:
    while events := await log.read_after(position, EVENTS_PER_BATCH):
        reached = events[-1].position or position
        if not await apply(server, generation, position, reached, await facts_in(events)):
            raise GraphUnavailable("another rebuild moves the same generation: let it finish")
        position = reached
        progress("event", len(events))
    return position


async def _sweep_all_but(server: GraphServer, serving: int, progress: Progress) -> None:
    for row in (await _generations(server))["generations"]:
        number = row["number"]
        if number == serving or not await server.write([Hold(number), Retire(number)]):
            continue
        swept = 0
        for sweep in SWEEPS:
            while await server.write([sweep(number, NODES_PER_SWEEP)]):
                swept += NODES_PER_SWEEP
                progress("swept", swept)
        await server.write([Hold(number)], [Forget(number)])


async def _generations(server: GraphServer) -> Mapping[str, Any]:
    (found,) = await server.read(Generations())
    if found is None:
        raise GraphUnavailable("no generation serves")
    return found


def _following(subject_type: str) -> str:
    """Return the type that is filled in after this one, "" after the last."""
    place = SUBJECTS.index(subject_type) + 1
    return SUBJECTS[place] if place < len(SUBJECTS) else ""
