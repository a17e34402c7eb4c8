"""What the graph database must enforce and find at once: constraints and indexes, each made once.

Every node has the composite key (generation, id): a rebuild lays a new generation beside the one that serves, and a
traversal that starts from a key never meets another. Edges are found by the relation they come from.
"""

from typing import Final

SCHEMA: Final = (
    "CREATE CONSTRAINT served_name IF NOT EXISTS FOR (n:Served) REQUIRE n.name IS UNIQUE",
    "CREATE CONSTRAINT generation_number IF NOT EXISTS FOR (n:Generation) REQUIRE n.number IS UNIQUE",
    "CREATE CONSTRAINT ci_key IF NOT EXISTS FOR (n:CI) REQUIRE (n.generation, n.id) IS UNIQUE",
    "CREATE CONSTRAINT group_key IF NOT EXISTS FOR (n:RedundancyGroup) REQUIRE (n.generation, n.id) IS UNIQUE",
    "CREATE CONSTRAINT incident_key IF NOT EXISTS FOR (n:Incident) REQUIRE (n.generation, n.id) IS UNIQUE",
    "CREATE CONSTRAINT problem_key IF NOT EXISTS FOR (n:Problem) REQUIRE (n.generation, n.id) IS UNIQUE",
    "CREATE CONSTRAINT change_key IF NOT EXISTS FOR (n:Change) REQUIRE (n.generation, n.id) IS UNIQUE",
    "CREATE INDEX impacts_relation IF NOT EXISTS FOR ()-[r:IMPACTS]-() ON (r.generation, r.relation_id)",
    "CREATE INDEX member_relation IF NOT EXISTS FOR ()-[r:MEMBER_OF]-() ON (r.generation, r.relation_id)",
)
