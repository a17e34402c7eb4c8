"""Statements that show what the graph holds of subjects, whole, to be compared with the record (`graph.verify`).

A picture of a node is `[id, properties, is a service, links]`, a link `[type, other end, is incoming, properties]`; a
picture of an edge is `[relation id, type, from, to, properties]`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from graph.queries import Query


@dataclass(frozen=True, slots=True)
class CisShown:
    """Configuration items; what links them belongs to other subjects."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
MATCH (n:CI {generation: $generation, id: id})
RETURN collect([n.id, properties(n), n:Service, []]) AS pictures"""


@dataclass(frozen=True, slots=True)
class GroupsShown:
    """Redundancy groups with their memberships."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
MATCH (n:RedundancyGroup {generation: $generation, id: id})
RETURN collect([n.id, properties(n), false,
  COLLECT { MATCH (n)-[e]-(t) RETURN [type(e), t.id, startNode(e) <> n, properties(e)] }]) AS pictures"""


@dataclass(frozen=True, slots=True)
class IncidentsShown:
    """Incidents with what they affect and are linked to."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
MATCH (n:Incident {generation: $generation, id: id})
RETURN collect([n.id, properties(n), false,
  COLLECT { MATCH (n)-[e]->(t) RETURN [type(e), t.id, false, properties(e)] }]) AS pictures"""


@dataclass(frozen=True, slots=True)
class ProblemsShown:
    """Problems with what they affect and explain."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
MATCH (n:Problem {generation: $generation, id: id})
RETURN collect([n.id, properties(n), false,
  COLLECT { MATCH (n)-[e]->(t) RETURN [type(e), t.id, false, properties(e)] }]) AS pictures"""


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """Changes with their targets."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
MATCH (n:Change {generation: $generation, id: id})
RETURN collect([n.id, properties(n), false,
  COLLECT { MATCH (n)-[e]->(t) RETURN [type(e), t.id, false, properties(e)] }]) AS pictures"""


@dataclass(frozen=True, slots=True)
class RelationsShown:
    """What relations have become: edges of impact, memberships of clusters, or nothing."""

    generation: int
    ids: list[str]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $ids AS id
CALL (id) {
  MATCH (a)-[e:IMPACTS {generation: $generation, relation_id: id}]->(b) RETURN a, e, b
  UNION ALL
  MATCH (a)-[e:MEMBER_OF {generation: $generation, relation_id: id}]->(b) RETURN a, e, b
}
RETURN collect([e.relation_id, type(e), a.id, b.id, properties(e)]) AS pictures"""


@dataclass(frozen=True, slots=True)
class CiIds:
    """The next ids of configuration items."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:CI) WHERE n.generation = $generation AND n.id > $after
WITH n.id AS id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


@dataclass(frozen=True, slots=True)
class GroupIds:
    """The next ids of redundancy groups."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:RedundancyGroup) WHERE n.generation = $generation AND n.id > $after
WITH n.id AS id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


@dataclass(frozen=True, slots=True)
class IncidentIds:
    """The next ids of incidents."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Incident) WHERE n.generation = $generation AND n.id > $after
WITH n.id AS id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


@dataclass(frozen=True, slots=True)
class ProblemIds:
    """The next ids of problems."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Problem) WHERE n.generation = $generation AND n.id > $after
WITH n.id AS id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


@dataclass(frozen=True, slots=True)
class ChangeIds:
    """The next ids of changes."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Change) WHERE n.generation = $generation AND n.id > $after
WITH n.id AS id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


@dataclass(frozen=True, slots=True)
class RelationIds:
    """The next ids of relations that have become anything."""

    generation: int
    after: str
    most: int

    cypher: ClassVar[str] = """CYPHER 5
CALL () {
  MATCH ()-[e:IMPACTS]->() WHERE e.generation = $generation AND e.relation_id > $after
  WITH DISTINCT e.relation_id AS id ORDER BY id LIMIT $most
  RETURN id
  UNION
  MATCH ()-[e:MEMBER_OF]->() WHERE e.generation = $generation AND e.relation_id > $after
  WITH DISTINCT e.relation_id AS id ORDER BY id LIMIT $most
  RETURN id
}
WITH id ORDER BY id LIMIT $most
RETURN collect(id) AS ids"""


SHOWN: Mapping[str, tuple[Callable[[int, list[str]], Query], Callable[[int, str, int], Query]]] = {
    "ci": (CisShown, CiIds),
    "relation": (RelationsShown, RelationIds),
    "redundancy_group": (GroupsShown, GroupIds),
    "incident": (IncidentsShown, IncidentIds),
    "problem": (ProblemsShown, ProblemIds),
    "change": (ChangesShown, ChangeIds),
}
"""By type of subject: how some are shown, and how all of them are found. A service is shown with its CI."""
