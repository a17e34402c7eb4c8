"""Every question to the graph database, each a named statement written out whole (ENGINES 2.3).

The fields of a class are the parameters of its statement. Instants are microseconds since 1970 in UTC; `valid_to` of
what is not ended lies past every instant. All answers are one record of columns: a record costs the driver more than
what is in it. Traversals start from a key, so that `VarLengthExpand(Pruning,BFS,All)` is all that walks.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

WALKED_TYPES = ("IMPACTS", "MEMBER_OF", "PROTECTS")
"""What a failure travels along: to a dependent, into a redundancy group, out of it to what it protects."""


class Query(Protocol):
    """A statement; what else an instance has are its parameters."""

    cypher: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the generation that serves has come.

    `begun` is the position a batch under way leads to, `settled` the last one that is applied whole: where the two
    are equal before and after a question, no batch was half visible to it.
    """

    cypher: ClassVar[str] = """CYPHER 5
MATCH (served:Served {name: 'graph'})
MATCH (here:Generation {number: served.generation})
RETURN here.number AS generation, here.position AS position, here.begun AS begun, here.settled AS settled"""


@dataclass(frozen=True, slots=True)
class ClosureOf:
    """What a failure of the seeds might reach, with the edges that leave it and the groups around it, whole.

    It takes in more than it need: groups lead on whatever they lose, and edges they cover are among the edges. What
    is reached is decided in Python. `most_nodes` and `most_edges` bound the answer.
    """

    generation: int
    seeds: list[str]
    as_of: int
    most_nodes: int
    most_edges: int

    cypher: ClassVar[str] = """CYPHER 5
CALL () {
  UNWIND $seeds AS seed
  MATCH (c:CI {generation: $generation, id: seed})-[r:IMPACTS|MEMBER_OF|PROTECTS*0..]->(n)
  WHERE all(e IN r WHERE e.valid_from <= $as_of AND e.valid_to > $as_of)
  WITH DISTINCT n LIMIT $most_nodes
  RETURN collect(n) AS reached
}
CALL (reached) {
  UNWIND reached AS a
  MATCH (a)-[e:IMPACTS]->(b)
  WHERE e.valid_from <= $as_of AND e.valid_to > $as_of
  WITH a, e, b LIMIT $most_edges
  RETURN collect(a.id) AS providers, collect(b.id) AS dependents, collect(e.alpha) AS alphas,
         collect(e.is_hard) AS hard, collect(e.confidence) AS stated, collect(e.confirmed_at) AS confirmed,
         collect(e.relation_id) AS relations
}
CALL (reached) {
  UNWIND reached AS c
  MATCH (m:CI)-[e:MEMBER_OF]->(c:CI)
  WHERE e.valid_from <= $as_of AND e.valid_to > $as_of
  RETURN collect([e.relation_id, m.id, c.id, e.confidence, e.confirmed_at]) AS memberships
}
CALL (reached) {
  UNWIND reached AS n
  OPTIONAL MATCH (n)<-[p:PROTECTS]-(s:RedundancyGroup)
  WHERE p.valid_from <= $as_of AND p.valid_to > $as_of AND EXISTS { (:CI)-[:MEMBER_OF]->(n) }
  UNWIND [s, CASE WHEN n:RedundancyGroup THEN n END] AS g
  WITH DISTINCT g WHERE g IS NOT NULL
  RETURN collect([g.id, g.min_up_kind, g.min_up, g.alpha, g.is_assumed, g.source, g.confirmed_at,
    COLLECT { MATCH (m:CI)-[e:MEMBER_OF]->(g) WHERE e.valid_from <= $as_of AND e.valid_to > $as_of RETURN m.id },
    COLLECT { MATCH (g)-[e:PROTECTS]->(t:CI) WHERE e.valid_from <= $as_of AND e.valid_to > $as_of RETURN t.id }
  ]) AS groups
}
RETURN [n IN reached WHERE n:CI | n.id] AS reached, size(reached) AS reached_nodes,
       providers, dependents, alphas, hard, stated, confirmed, relations, memberships, groups"""


@dataclass(frozen=True, slots=True)
class UpstreamOf:
    """Every CI from which one of these may be reached, and the groups around them, whole."""

    generation: int
    seeds: list[str]
    as_of: int

    cypher: ClassVar[str] = """CYPHER 5
CALL () {
  UNWIND $seeds AS seed
  MATCH (c:CI {generation: $generation, id: seed})<-[r:IMPACTS|MEMBER_OF|PROTECTS*0..]-(n)
  WHERE all(e IN r WHERE e.valid_from <= $as_of AND e.valid_to > $as_of)
  WITH DISTINCT n
  RETURN collect(n) AS reached
}
CALL (reached) {
  UNWIND reached AS n
  OPTIONAL MATCH (n)-[p:PROTECTS]->(c:CI)
  WHERE p.valid_from <= $as_of AND p.valid_to > $as_of AND EXISTS { (:CI)-[:MEMBER_OF]->(c) }
  WITH DISTINCT c WHERE c IS NOT NULL
  RETURN collect(c) AS clusters
}
CALL (clusters) {
  UNWIND clusters AS c
  MATCH (m:CI)-[e:MEMBER_OF]->(c)
  WHERE e.valid_from <= $as_of AND e.valid_to > $as_of
  RETURN collect([e.relation_id, m.id, c.id, e.confidence, e.confirmed_at]) AS memberships
}
CALL (reached, clusters) {
  UNWIND reached + clusters AS n
  OPTIONAL MATCH (n)<-[p:PROTECTS]-(s:RedundancyGroup)
  WHERE p.valid_from <= $as_of AND p.valid_to > $as_of
  UNWIND [s, CASE WHEN n:RedundancyGroup THEN n END] AS g
  WITH DISTINCT g WHERE g IS NOT NULL
  RETURN collect([g.id, g.min_up_kind, g.min_up, g.alpha, g.is_assumed, g.source, g.confirmed_at,
    COLLECT { MATCH (m:CI)-[e:MEMBER_OF]->(g) WHERE e.valid_from <= $as_of AND e.valid_to > $as_of RETURN m.id },
    COLLECT { MATCH (g)-[e:PROTECTS]->(t:CI) WHERE e.valid_from <= $as_of AND e.valid_to > $as_of RETURN t.id }
  ]) AS groups
}
RETURN [n IN reached WHERE n:CI | n.id] AS reached, memberships, groups"""


@dataclass(frozen=True, slots=True)
class ServicesBelow:
    """Q1: the services that a failure might reach."""

    generation: int
    id: str
    as_of: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (c:CI {generation: $generation, id: $id})-[r:IMPACTS|MEMBER_OF|PROTECTS*0..]->(s:Service)
WHERE all(e IN r WHERE e.valid_from <= $as_of AND e.valid_to > $as_of)
WITH DISTINCT s
RETURN collect(s.id) AS services, collect(s.name) AS names"""


@dataclass(frozen=True, slots=True)
class WayTo:
    """Q5: one shortest way from a CI to a service, both ends bound; no record when there is none."""

    generation: int
    id: str
    service_id: str
    as_of: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH p = SHORTEST 1 (c:CI {generation: $generation, id: $id})
  (()-[e:IMPACTS|MEMBER_OF|PROTECTS WHERE e.valid_from <= $as_of AND e.valid_to > $as_of]->())+
  (s:CI {generation: $generation, id: $service_id})
RETURN [n IN nodes(p) | n.id] AS ids, [n IN nodes(p) | n.name] AS names"""


@dataclass(frozen=True, slots=True)
class OpenChangesAbove:
    """Q6: the open changes with a target from which the CI might be reached."""

    generation: int
    id: str
    as_of: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (c:CI {generation: $generation, id: $id})<-[r:IMPACTS|MEMBER_OF|PROTECTS*0..]-(p:CI)
WHERE all(e IN r WHERE e.valid_from <= $as_of AND e.valid_to > $as_of)
WITH DISTINCT p
MATCH (p)<-[:TARGETS]-(ch:Change) WHERE ch.is_open
WITH DISTINCT ch
RETURN collect(ch.id) AS changes, collect(ch.number) AS numbers"""


@dataclass(frozen=True, slots=True)
class IncidentsBelow:
    """Q7: the incidents known at an instant on all that a failure might reach: impact and history in one walk."""

    generation: int
    id: str
    as_of: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (c:CI {generation: $generation, id: $id})-[r:IMPACTS|MEMBER_OF|PROTECTS*0..]->(n:CI)
WHERE all(e IN r WHERE e.valid_from <= $as_of AND e.valid_to > $as_of)
WITH DISTINCT n
MATCH (n)<-[a:AFFECTS]-(i:Incident)
WHERE a.valid_from <= $as_of AND a.valid_to > $as_of AND i.opened_at <= $as_of AND i.recorded_at <= $as_of
RETURN collect(n.id) AS cis, collect(i.id) AS incidents, collect(i.number) AS numbers,
       collect(i.opened_at) AS opened, collect(i.priority) AS priorities"""
