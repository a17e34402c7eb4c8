"""Statements about generations: one is laid beside the one that serves, filled, let to serve; the old one is swept.

A retired generation has the position -1, so that no batch that was under way can be applied to it any more.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Generations:
    """Every generation with its progress, and the number of the one that serves."""

    cypher: ClassVar[str] = """CYPHER 5
MATCH (served:Served {name: 'graph'})
MATCH (g:Generation)
RETURN served.generation AS serving,
       collect(g {.number, .position, .is_whole, .subject_type, .after}) AS generations"""


@dataclass(frozen=True, slots=True)
class Lay:
    """Lay a new generation, to be filled from the first subject on and then from the log after a position."""

    generation: int
    position: int
    subject_type: str

    cypher: ClassVar[str] = """CYPHER 5
MERGE (g:Generation {number: $generation})
ON CREATE SET g.position = $position, g.begun = $position, g.settled = $position,
              g.is_whole = false, g.subject_type = $subject_type, g.after = ''"""


@dataclass(frozen=True, slots=True)
class Fill:
    """Note how far a generation is filled; no record when somebody else has filled on."""

    generation: int
    subject_type: str
    after: str
    next_type: str
    next_after: str

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation})
WHERE NOT g.is_whole AND g.position >= 0 AND g.subject_type = $subject_type AND g.after = $after
SET g.subject_type = $next_type, g.after = $next_after
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class Complete:
    """Say that a generation holds every record, as of some time after its position."""

    generation: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation}) WHERE g.position >= 0
SET g.is_whole = true"""


@dataclass(frozen=True, slots=True)
class Serve:
    """Let a generation serve; no record while the one that serves has come further in the log.

    One that has come further than the log itself does not count: it followed another log, before a backup was restored.
    """

    generation: int
    head: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (served:Served {name: 'graph'})
MATCH (old:Generation {number: served.generation})
MATCH (new:Generation {number: $generation})
WHERE new.is_whole AND new.begun = new.settled AND (new.position >= old.position OR old.position > $head)
SET served.generation = $generation
RETURN new.number AS generation"""


@dataclass(frozen=True, slots=True)
class Retire:
    """See to it that nothing is written to a generation any more; no record for the one that serves."""

    generation: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (served:Served {name: 'graph'}) WHERE served.generation <> $generation
MATCH (g:Generation {number: $generation})
SET g.position = -1, g.begun = -1, g.settled = -1, g.is_whole = false
RETURN g.number AS generation"""


@dataclass(frozen=True, slots=True)
class SweepCis:
    """Delete some configuration items of a generation; no record when none is left."""

    generation: int
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:CI) WHERE n.generation = $generation AND n.id IS NOT NULL
WITH n LIMIT $most
WITH collect(n) AS some WHERE size(some) > 0
FOREACH (n IN some | DETACH DELETE n)
RETURN size(some) AS deleted"""


@dataclass(frozen=True, slots=True)
class SweepGroups:
    """Delete some redundancy groups of a generation; no record when none is left."""

    generation: int
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:RedundancyGroup) WHERE n.generation = $generation AND n.id IS NOT NULL
WITH n LIMIT $most
WITH collect(n) AS some WHERE size(some) > 0
FOREACH (n IN some | DETACH DELETE n)
RETURN size(some) AS deleted"""


@dataclass(frozen=True, slots=True)
class SweepIncidents:
    """Delete some incidents of a generation; no record when none is left."""

    generation: int
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Incident) WHERE n.generation = $generation AND n.id IS NOT NULL
WITH n LIMIT $most
WITH collect(n) AS some WHERE size(some) > 0
FOREACH (n IN some | DETACH DELETE n)
RETURN size(some) AS deleted"""


@dataclass(frozen=True, slots=True)
class SweepProblems:
    """Delete some problems of a generation; no record when none is left."""

    generation: int
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Problem) WHERE n.generation = $generation AND n.id IS NOT NULL
WITH n LIMIT $most
WITH collect(n) AS some WHERE size(some) > 0
FOREACH (n IN some | DETACH DELETE n)
RETURN size(some) AS deleted"""


@dataclass(frozen=True, slots=True)
class SweepChanges:
    """Delete some changes of a generation; no record when none is left."""

    generation: int
    most: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (n:Change) WHERE n.generation = $generation AND n.id IS NOT NULL
WITH n LIMIT $most
WITH collect(n) AS some WHERE size(some) > 0
FOREACH (n IN some | DETACH DELETE n)
RETURN size(some) AS deleted"""


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete the last trace of a generation."""

    generation: int

    cypher: ClassVar[str] = """CYPHER 5
MATCH (g:Generation {number: $generation})
DELETE g"""


SWEEPS = (SweepCis, SweepGroups, SweepIncidents, SweepProblems, SweepChanges)
