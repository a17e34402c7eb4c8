"""Incidents: the record and its links (R005, R071, R072). The full process is a later issue."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class IncidentState(StrEnum):
    """The states of REQUIREMENTS, shipped defaults."""

    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    ACCEPTED = "ACCEPTED"
    PENDING = "PENDING"
    RESOLVED = "RESOLVED"
    PENDING_REVIEW = "PENDING_REVIEW"
    ARCHIVED = "ARCHIVED"
    CANCELLED = "CANCELLED"


OPEN_STATES = frozenset({IncidentState.NEW, IncidentState.ASSIGNED, IncidentState.ACCEPTED, IncidentState.PENDING})


class ChangeLinkType(StrEnum):
    """What an incident has to do with a change: distinct, never blurred into one (ENGINES 1.3, label).

    UNRELATED is a verdict too: the change did not cause it, however near it lies.
    """

    CAUSED_BY = "CAUSED_BY"
    FIXED_BY = "FIXED_BY"
    RELATED = "RELATED"
    UNRELATED = "UNRELATED"


@dataclass(eq=False, kw_only=True)
class Incident:
    """An interruption or degradation of a service, or its imminent cause. `priority` is 1 (very high) to 4 (R084)."""

    id: str
    number: str
    external_id: str | None
    title: str
    description: str = ""
    state: IncidentState = IncidentState.NEW
    priority: int = 3
    opened_at: datetime
    recorded_at: datetime
    resolved_at: datetime | None = None
    reporter_id: str | None = None
    assignee_id: str | None = None
    team_id: str | None = None
    solution: str | None = None
    is_restricted: bool = False
    cis: list["IncidentCi"] = field(default_factory=list)
    change_links: list["IncidentChangeLink"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class IncidentCi:
    """A configuration item an incident is on; known since `recorded_at`, ended rather than removed."""

    id: str
    incident_id: str
    ci_id: str
    recorded_at: datetime
    ended_at: datetime | None = None


@dataclass(eq=False, kw_only=True)
class IncidentChangeLink:
    """A stated relation of an incident to a change, with who said so and when."""

    id: str
    incident_id: str
    change_id: str
    type: ChangeLinkType
    recorded_at: datetime
    recorded_by: str | None = None
    ended_at: datetime | None = None
