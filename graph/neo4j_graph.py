"""The port `ImpactGraph` over Neo4j: the graph fetches what may matter in one statement, Python decides what does.

The statement takes in too much where groups cover relations, and too little where the members of a cluster join the
group that speaks for it. The derivation of `domain.ci` says what holds; what it reaches beyond the fetched is fetched
as well, until nothing is. So every engine gives the same answer, to the bit.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from domain.ci.derivation import coverage_of, derive_groups
from domain.ci.model import MinUpKind, RedundancyGroup, RedundancyMember, RedundancyProtected
from domain.ci.relations import RelationType, relation_confidence
from domain.ci.topology import Closure, ImpactEdge, ImpactGroup, ImpactLimits, Topology, closure_of
from graph.facts import instant_at, microseconds
from graph.queries import ClosureOf, Standing, UpstreamOf
from graph.server import Answer, GraphServer, GraphUnavailable, GraphUnsettled
from graph.traversal import StatedRelation

ATTEMPTS = 3
"""How often a question is asked again because a batch became visible under it."""

OFF_LOOP_ABOVE = 2_000
"""Answers with more edges are worked through in a thread, so that nobody else waits."""


@dataclass(frozen=True, slots=True)
class Place:
    """A generation of the graph and the position of the log that it holds whole."""

    generation: int
    position: int


class Neo4jGraph:
    """The port `ImpactGraph`; `GraphUnavailable` when the server cannot answer, or only past the limits."""

    name = "neo4j"

    def __init__(self, server: GraphServer, limits: ImpactLimits | None = None) -> None:
        self._server = server
        self._limits = limits or ImpactLimits()

    async def place(self) -> Place:
        """Return where the graph stands; `GraphUnavailable` while it is empty or in the middle of a batch."""
        (standing,) = await self._server.read(Standing())
        return _settled(standing)

    async def closure(self, seeds: Collection[str], *, as_of: datetime, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds; past a limit the graph leaves the answer to others.

        What hard edges alone reach is picked from all that is fetched.
        """
        asked = set(seeds)
        while True:
            bounds = self._bounds()
            found = await self._fetched(ClosureOf, asked, as_of, **bounds)
            if found["reached_nodes"] >= bounds["most_nodes"] or len(found["relations"]) >= bounds["most_edges"]:
                raise GraphUnavailable("more is reached than an assessment walks")
            closure = await _off_loop_if_large(found, partial(_closure, found, seeds, as_of, self._limits, hard_only))
            beyond = set(closure.ids) - asked.union(found["reached"])
            if not beyond:
                return closure
            asked |= beyond

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        asked = set(ci_ids)
        while True:
            found = await self._fetched(UpstreamOf, asked, as_of)
            reached = asked.union(found["reached"])
            groups = _groups(found, as_of)
            above = {member for group in groups if not reached.isdisjoint(group.protected) for member in group.members}
            if above <= reached:
                return frozenset(reached)
            asked = reached | above

    def _bounds(self) -> dict[str, int]:
        # Redundancy groups are nodes of the walk too, seldom as many as there are CIs.
        return {"most_nodes": 2 * self._limits.nodes + 1, "most_edges": 2 * self._limits.edges + 1}

    async def _fetched(
        self, query: type[ClosureOf | UpstreamOf], asked: Collection[str], as_of: datetime, **bounds: int
    ) -> Answer:
        """Return the answer from one settled state: what stood before it still stands after it."""
        place = await self.place()
        for _ in range(ATTEMPTS):
            question = query(generation=place.generation, seeds=sorted(asked), as_of=microseconds(as_of), **bounds)
            before, found, after = await self._server.read(Standing(), question, Standing())
            place = _settled(before)
            if found is not None and place.generation == question.generation and before == after:
                return found
        raise GraphUnsettled("batch upon batch was applied under the question")


def _settled(standing: Answer | None) -> Place:
    if standing is None:
        raise GraphUnavailable("the graph is empty: nothing has been projected yet")
    if not standing["begun"] == standing["settled"] == standing["position"]:
        raise GraphUnsettled("a batch is being applied")
    return Place(standing["generation"], standing["position"])


async def _off_loop_if_large(found: Answer, act: Callable[[], Closure]) -> Closure:
    return act() if len(found["relations"]) <= OFF_LOOP_ABOVE else await asyncio.to_thread(act)


def _closure(found: Answer, seeds: Collection[str], as_of: datetime, limits: ImpactLimits, hard_only: bool) -> Closure:
    groups = _groups(found, as_of)
    topology = Topology(_edges(found, coverage_of(groups), as_of), groups)
    return closure_of(topology, seeds, limits, hard_only=hard_only)


def _edges(found: Answer, coverage: Mapping[tuple[str, str], str], as_of: datetime) -> Iterable[ImpactEdge]:
    """Return the edges that no group covers; many have the day of their confirmation in common."""
    believed: dict[tuple[float, int], float] = {}
    rows = zip(
        found["providers"],
        found["dependents"],
        found["alphas"],
        found["hard"],
        zip(found["stated"], found["confirmed"], strict=True),
        found["relations"],
        strict=True,
    )
    edges = []
    for provider, dependent, alpha, is_hard, basis, relation_id in rows:
        if (provider, dependent) in coverage:
            continue
        confidence = believed.get(basis)
        if confidence is None:
            confidence = believed[basis] = relation_confidence(basis[0], None, instant_at(basis[1]), as_of)
        edges.append(ImpactEdge(provider, dependent, alpha, is_hard, confidence, relation_id))
    return edges


def _groups(found: Answer, as_of: datetime) -> tuple[ImpactGroup, ...]:
    """Return the groups that hold; the statement has left out every membership that does not."""
    memberships = [_membership(row, as_of) for row in found["memberships"]]
    return derive_groups(memberships, [_group(row, as_of) for row in found["groups"]], as_of)  # type: ignore[arg-type]


def _membership(row: Sequence[Any], as_of: datetime) -> StatedRelation:
    relation_id, member, cluster, stated, confirmed = row
    return StatedRelation(
        id=relation_id,
        source_id=member,
        target_id=cluster,
        type=RelationType.MEMBER_OF,
        alpha=None,
        provider_side=None,
        source=None,
        stated_confidence=stated,
        confirmed_at=instant_at(confirmed),
        valid_from=as_of,
        valid_to=None,
    )


def _group(row: Sequence[Any], as_of: datetime) -> RedundancyGroup:
    group_id, min_up_kind, min_up, alpha, is_assumed, source, confirmed, members, protected = row
    return RedundancyGroup(
        id=group_id,
        external_id=None,
        name="",
        min_up_kind=MinUpKind(min_up_kind),
        min_up=min_up,
        alpha=alpha,
        is_assumed=is_assumed,
        source=source,
        confirmed_at=None if confirmed is None else instant_at(confirmed),
        members=[RedundancyMember(id=ci, group_id=group_id, ci_id=ci, valid_from=as_of) for ci in members],
        protected=[RedundancyProtected(id=ci, group_id=group_id, ci_id=ci, valid_from=as_of) for ci in protected],
    )
