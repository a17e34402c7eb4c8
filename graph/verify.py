"""Compares the graph database with the record: every subject, whole, by class; then some walks, end to end.

Both may be edited meanwhile: what differs at first sight is looked at again once the graph has caught up with the log.
"""

import asyncio
import json
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from domain.ports import ImpactGraph
from graph.facts import IMPACT_PROPERTIES, Facts, facts_of
from graph.neo4j_graph import Neo4jGraph
from graph.pictures import SHOWN
from graph.projection import Log
from graph.rebuild import Images
from graph.server import GraphServer, GraphUnavailable

SUBJECTS_PER_PAGE = 5_000
LOOKS = 4
SECONDS_BETWEEN_LOOKS = 1.0
SAMPLED_WALKS = 20

Pictures = dict[str, list[Any]]
"""What there is of subjects, by id: a list of comparable values each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A subject of which graph and record say different things."""

    subject_type: str
    id: str
    what: str


@dataclass(slots=True)
class ClassSum:
    """How many subjects of a class either side holds, and a checksum over all of them, in any order."""

    subject_type: str
    in_record: int = 0
    in_graph: int = 0
    record_sum: int = 0
    graph_sum: int = 0


@dataclass(slots=True)
class Verification:
    """What was compared at which position, and what differs."""

    position: int
    sums: list[ClassSum] = field(default_factory=list)
    walks: int = 0
    differences: list[Difference] = field(default_factory=list)


async def verify(
    server: GraphServer, log: Log, images: Images, tables: ImpactGraph, *, as_of: datetime, walks: int = SAMPLED_WALKS
) -> Verification:
    """Compare everything; `GraphUnavailable` when the graph cannot be read."""
    graph = Neo4jGraph(server)
    place = await _caught_up(graph, log)
    found = Verification(place.position)
    ci_ids: list[str] = []
    for subject_type in SHOWN:
        sums, suspects, ids = await _compared(server, images, place.generation, subject_type)
        found.sums.append(sums)
        found.differences += await _still_different(server, log, images, subject_type, suspects)
        if subject_type == "ci":
            ci_ids = ids
    sample = random.Random(0).sample(ci_ids, min(walks, len(ci_ids)))  # noqa: S311 - a sample, no secret
    for ci_id in sample:
        found.walks += 1
        if not await _walks_alike(graph, tables, log, ci_id, as_of):
            found.differences.append(Difference("walk", ci_id, "the closure is another than that of the tables"))
    return found


async def _compared(
    server: GraphServer, images: Images, generation: int, subject_type: str
) -> tuple[ClassSum, list[str], list[str]]:
    """Return the sums of a class, the ids that differ at first sight, and all ids of the record."""
    sums, suspects, known = ClassSum(subject_type), [], []
    after = ""
    while page := await images.page(subject_type, after, SUBJECTS_PER_PAGE):
        after = page[-1]["id"]
        ids = [image["id"] for image in page]
        wanted = await _recorded(images, subject_type, page)
        shown = await _shown(server, generation, subject_type, ids)
        for subject_id in ids:
            sums.in_record += bool(wanted[subject_id])
            sums.in_graph += bool(shown[subject_id])
            sums.record_sum ^= _digest(subject_id, wanted[subject_id])
            sums.graph_sum ^= _digest(subject_id, shown[subject_id])
        suspects += [subject_id for subject_id in ids if wanted[subject_id] != shown[subject_id]]
        known += ids
    for subject_id in await _ids_in_graph(server, generation, subject_type) - set(known):
        sums.in_graph += 1
        sums.graph_sum ^= _digest(subject_id, ["beyond the record"])
        suspects.append(subject_id)
    return sums, suspects, known


async def _still_different(
    server: GraphServer, log: Log, images: Images, subject_type: str, suspects: Sequence[str]
) -> list[Difference]:
    """Return what differs again and again once the graph has caught up with the log."""
    found: list[Difference] = []
    for look in range(LOOKS):
        if not suspects:
            return []
        if look:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        place = await _caught_up(Neo4jGraph(server), log)
        wanted = await _recorded(images, subject_type, await images.of(subject_type, suspects))
        shown = await _shown(server, place.generation, subject_type, suspects)
        found = [
            Difference(subject_type, subject_id, _said(wanted.get(subject_id, []), shown[subject_id]))
            for subject_id in suspects
            if wanted.get(subject_id, []) != shown[subject_id]
        ]
        suspects = [difference.id for difference in found]
    return found


async def _walks_alike(graph: Neo4jGraph, tables: ImpactGraph, log: Log, ci_id: str, as_of: datetime) -> bool:
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            await _caught_up(graph, log)
        try:
            if await graph.closure([ci_id], as_of=as_of) == await tables.closure([ci_id], as_of=as_of):
                return True
        except GraphUnavailable:
            continue  # past the limits, or in the middle of a batch
    return False


async def _caught_up(graph: Neo4jGraph, log: Log) -> Any:
    """Return where the graph stands once it holds the log up to now, or after some waiting wherever it is."""
    head = await log.head()
    for _ in range(LOOKS * 5):
        try:
            place = await graph.place()
        except GraphUnavailable:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS / 5)
            continue
        if place.position >= head:
            return place
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS / 5)
    return await graph.place()


async def _recorded(images: Images, subject_type: str, page: Sequence[Mapping[str, Any]]) -> Pictures:
    """Return what the graph ought to hold of these subjects, as the record has them."""
    ids = [image["id"] for image in page]
    facts = facts_of((subject_type, image) for image in page)
    if subject_type == "ci":
        services = await images.of("business_service", ids)
        facts.services = facts_of(("business_service", image) for image in services).services
    pictures: Pictures = {subject_id: [] for subject_id in ids}
    for picture in _drawn(facts):
        pictures[picture[0]].append(picture)
    return _sorted(pictures)


def _drawn(facts: Facts) -> Iterable[list[Any]]:
    """Yield pictures as the statements of `graph.pictures` show them."""
    for provider, dependent, *values in facts.impacts:
        properties = dict(zip(IMPACT_PROPERTIES, values, strict=True))
        yield [properties["relation_id"], "IMPACTS", provider, dependent, properties]
    for edge in facts.cluster_members:
        yield [edge["properties"]["relation_id"], "MEMBER_OF", edge["from"], edge["to"], edge["properties"]]
    links: dict[str, list[Any]] = {}
    for type_, rows in (
        ("PROTECTS", facts.protected),
        ("AFFECTS", facts.incident_cis + facts.problem_cis),
        ("LINKED_TO", facts.incident_changes),
        ("EXPLAINS", facts.problem_incidents),
        ("TARGETS", facts.targets),
    ):
        for row in rows:
            links.setdefault(row["from"], []).append([type_, row["to"], False, row["properties"]])
    for row in facts.members:
        links.setdefault(row["to"], []).append(["MEMBER_OF", row["from"], True, row["properties"]])
    services = {row["id"]: row["properties"] for row in facts.services}
    for row in (*facts.cis, *facts.groups, *facts.incidents, *facts.problems, *facts.changes):
        id_, properties = row["id"], row["properties"] | services.get(row["id"], {})
        yield [id_, {"id": id_, **properties}, id_ in services, links.get(id_, [])]


async def _shown(server: GraphServer, generation: int, subject_type: str, ids: Sequence[str]) -> Pictures:
    statement, _ = SHOWN[subject_type]
    (found,) = await server.read(statement(generation, list(ids)))
    pictures: Pictures = {subject_id: [] for subject_id in ids}
    for picture in found["pictures"] if found else ():
        pictures[picture[0]].append(picture)
    return _sorted(pictures)


async def _ids_in_graph(server: GraphServer, generation: int, subject_type: str) -> set[str]:
    _, statement = SHOWN[subject_type]
    ids: set[str] = set()
    after = ""
    while True:
        (found,) = await server.read(statement(generation, after, SUBJECTS_PER_PAGE))
        if not found or not found["ids"]:
            return ids
        ids.update(found["ids"])
        after = found["ids"][-1]


def _sorted(pictures: Pictures) -> Pictures:
    """Return pictures that can be compared: in one order, without what is left out and the key of the generation."""
    return {subject_id: sorted(map(_canonical, shown)) for subject_id, shown in pictures.items()}


def _canonical(picture: Any) -> str:
    return json.dumps(_trimmed(picture), sort_keys=True)


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if inner is not None and key != "generation"}
    if isinstance(value, list):
        inner = [_trimmed(item) for item in value]
        return sorted(inner, key=json.dumps) if inner and all(isinstance(item, list) for item in inner) else inner
    return value


def _digest(subject_id: str, pictures: Collection[str]) -> int:
    text = json.dumps([subject_id, *pictures])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) if pictures else 0


def _said(wanted: Sequence[str], shown: Sequence[str]) -> str:
    if not shown:
        return "missing in the graph"
    if not wanted:
        return "in the graph and not in the record"
    return f"the record says {', '.join(set(wanted) - set(shown))}; the graph {', '.join(set(shown) - set(wanted))}"
