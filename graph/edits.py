"""Every statement that writes to the graph database, each named and written out whole.

`rows` are those of `graph.facts`. A statement may run again with the same rows: nodes are merged by their key, edges of
relations found by the relation; every other edge is made anew after those of the same subject were removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from graph.facts import Facts
from graph.queries import Query


@dataclass(frozen=True, slots=True)
class HoldServing:
    """Keep every other writer from the generation that serves until the transaction ends; a first one is made."""

    cypher: ClassVar[str] = """CYPHER 5
MERGE (served:Served {name: 'graph'})
ON CREATE SET served.generation = 1
MERGE (g:Generation {number: served.generation})
ON CREATE SET g.position = 0, g.begun = 0, g.settled = 0, g.is_whole = true
SET g.held = coalesce(g.held, 0) + 1
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep every other writer from a generation until the transaction ends; no record when it is gone."""

    generation: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation})
SET g.held = coalesce(g.held, 0) + 1
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class Begin:
    """Say that a batch is under way; no record when the position is another than expected."""

    generation: int
    expected: int
    reached: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation}) WHERE g.position = $expected
SET g.begun = $reached
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class Reach:
    """Move the position; no record when somebody else has moved it, or has called the batch off."""

    generation: int
    expected: int
    reached: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation}) WHERE g.position = $expected AND g.begun = $reached
SET g.position = $reached
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class Settle:
    """Say that everything up to the position is applied whole, and call off a batch that was begun beyond it."""

    generation: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation})
SET g.begun = g.position, g.settled = g.position
RETURN g.position AS position"""


@dataclass(frozen=True, slots=True)
class Cis:
    """Configuration items."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:CI {generation: $generation, id: row.id})
SET n += row.properties"""


@dataclass(frozen=True, slots=True)
class Services:
    """The configuration items that are business services."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:CI {generation: $generation, id: row.id})
SET n:Service, n += row.properties"""


@dataclass(frozen=True, slots=True)
class ForgetImpacts:
    """Remove the edges that relations no longer stand for."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MATCH (a)-[e:IMPACTS {generation: $generation, relation_id: row[0]}]->(b)
WHERE NOT [a.id, b.id] IN row[1]
DELETE e"""


@dataclass(frozen=True, slots=True)
class ForgetClusterMembers:
    """Remove the memberships that relations no longer state."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MATCH (a)-[e:MEMBER_OF {generation: $generation, relation_id: row[0]}]->(b)
WHERE NOT [a.id, b.id] IN row[1]
DELETE e"""


@dataclass(frozen=True, slots=True)
class Impacts:
    """Edges from provider to dependent: brought up to date where they stand, made where they do not.

    They are found by their relation, where `MERGE` would look through every edge of a busy item.
    """

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
WITH row[0] AS provider, row[1] AS dependent, {
  generation: $generation, relation_id: row[2], relation_type: row[3], alpha: row[4], is_hard: row[5],
  confidence: row[6], confirmed_at: row[7], valid_from: row[8], valid_to: row[9]
} AS properties
OPTIONAL MATCH (p)-[standing:IMPACTS {generation: $generation, relation_id: properties.relation_id}]->(d)
WHERE p.id = provider AND d.id = dependent
FOREACH (e IN CASE WHEN standing IS NULL THEN [] ELSE [standing] END | SET e = properties)
FOREACH (_ IN CASE WHEN standing IS NULL THEN [1] ELSE [] END |
  MERGE (a:CI {generation: $generation, id: provider})
  MERGE (b:CI {generation: $generation, id: dependent})
  CREATE (a)-[e:IMPACTS]->(b)
  SET e = properties)"""


@dataclass(frozen=True, slots=True)
class ClusterMembers:
    """Memberships of clusters that relations state."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:CI {generation: $generation, id: row.from})
MERGE (b:CI {generation: $generation, id: row.to})
MERGE (a)-[e:MEMBER_OF {generation: $generation, relation_id: row.properties.relation_id}]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class Groups:
    """Redundancy groups, without their memberships for now."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:RedundancyGroup {generation: $generation, id: row.id})
SET n += row.properties
WITH n
OPTIONAL MATCH ()-[m:MEMBER_OF]->(n)
DELETE m
WITH DISTINCT n
OPTIONAL MATCH (n)-[p:PROTECTS]->()
DELETE p"""


@dataclass(frozen=True, slots=True)
class Members:
    """Memberships of redundancy groups."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:CI {generation: $generation, id: row.from})
MERGE (b:RedundancyGroup {generation: $generation, id: row.to})
CREATE (a)-[e:MEMBER_OF]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class Protected:
    """What redundancy groups protect."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:RedundancyGroup {generation: $generation, id: row.from})
MERGE (b:CI {generation: $generation, id: row.to})
CREATE (a)-[e:PROTECTS]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents, without their links for now."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:Incident {generation: $generation, id: row.id})
SET n += row.properties
WITH n
OPTIONAL MATCH (n)-[e:AFFECTS|LINKED_TO]->()
DELETE e"""


@dataclass(frozen=True, slots=True)
class IncidentCis:
    """Which configuration items incidents are on."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:Incident {generation: $generation, id: row.from})
MERGE (b:CI {generation: $generation, id: row.to})
CREATE (a)-[e:AFFECTS]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class IncidentChanges:
    """What incidents have to do with changes."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:Incident {generation: $generation, id: row.from})
MERGE (b:Change {generation: $generation, id: row.to})
CREATE (a)-[e:LINKED_TO]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems, without their links for now."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:Problem {generation: $generation, id: row.id})
SET n += row.properties
WITH n
OPTIONAL MATCH (n)-[e:AFFECTS|EXPLAINS]->()
DELETE e"""


@dataclass(frozen=True, slots=True)
class ProblemCis:
    """Which configuration items problems are on."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:Problem {generation: $generation, id: row.from})
MERGE (b:CI {generation: $generation, id: row.to})
CREATE (a)-[e:AFFECTS]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class ProblemIncidents:
    """Which incidents problems explain."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:Problem {generation: $generation, id: row.from})
MERGE (b:Incident {generation: $generation, id: row.to})
CREATE (a)-[e:EXPLAINS]->(b)
SET e += row.properties"""


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes, without their targets for now."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (n:Change {generation: $generation, id: row.id})
SET n += row.properties
WITH n
OPTIONAL MATCH (n)-[e:TARGETS]->()
DELETE e"""


@dataclass(frozen=True, slots=True)
class Targets:
    """What changes are made to."""

    generation: int
    rows: list[Any]

    cypher: ClassVar[str] = """CYPHER 5
UNWIND $rows AS row
MERGE (a:Change {generation: $generation, id: row.from})
MERGE (b:CI {generation: $generation, id: row.to})
CREATE (a)-[e:TARGETS]->(b)
SET e += row.properties"""


def edits(generation: int, facts: Facts) -> Iterator[Query]:
    """Yield the statements that bring subjects to where these facts say they are, in an order that may be followed."""
    ordered = (
        (Cis, facts.cis),
        (Services, facts.services),
        (ForgetImpacts, facts.standing_impacts),
        (ForgetClusterMembers, facts.standing_members),
        (Impacts, facts.impacts),
        (ClusterMembers, facts.cluster_members),
        (Groups, facts.groups),
        (Members, facts.members),
        (Protected, facts.protected),
        (Incidents, facts.incidents),
        (Problems, facts.problems),
        (Changes, facts.changes),
        (IncidentCis, facts.incident_cis),
        (IncidentChanges, facts.incident_changes),
        (ProblemCis, facts.problem_cis),
        (ProblemIncidents, facts.problem_incidents),
        (Targets, facts.targets),
    )
    for statement, rows in ordered:
        if rows:
            yield statement(generation, rows)
