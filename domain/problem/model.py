"""Problems and known errors: the record and its links (R204). The full process is a later issue."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ProblemState(StrEnum):
    """Identify, record, analyse, solve, close (R204); a known error has a diagnosed cause."""

    NEW = "NEW"
    ANALYSIS = "ANALYSIS"
    KNOWN_ERROR = "KNOWN_ERROR"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


OPEN_STATES = frozenset({ProblemState.NEW, ProblemState.ANALYSIS, ProblemState.KNOWN_ERROR})


@dataclass(eq=False, kw_only=True)
class Problem:
    """The unknown cause of incidents. A known error with a `workaround` weighs half (ENGINES F5)."""

    id: str
    number: str
    external_id: str | None
    title: str
    description: str = ""
    state: ProblemState = ProblemState.NEW
    priority: int = 3
    opened_at: datetime
    recorded_at: datetime
    resolved_at: datetime | None = None
    workaround: str | None = None
    root_cause: str | None = None
    assignee_id: str | None = None
    team_id: str | None = None
    cis: list["ProblemCi"] = field(default_factory=list)
    incidents: list["ProblemIncident"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class ProblemCi:
    """A configuration item a problem is on; known since `recorded_at`, ended rather than removed."""

    id: str
    problem_id: str
    ci_id: str
    recorded_at: datetime
    ended_at: datetime | None = None


@dataclass(eq=False, kw_only=True)
class ProblemIncident:
    """An incident attributed to a problem."""

    id: str
    problem_id: str
    incident_id: str
    recorded_at: datetime
    ended_at: datetime | None = None
