"""Tables of incidents and problems."""

import sqlalchemy as sa

from domain.incident.model import ChangeLinkType, IncidentState
from domain.problem.model import ProblemState
from domain.store.tables.metadata import metadata
from domain.store.types import UtcDateTime, enum_text, identifier, reference, version

incident = sa.Table(
    "incident",
    metadata,
    identifier(),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("state", enum_text(IncidentState), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False, index=True),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("resolved_at", UtcDateTime),
    reference("reporter_id", "person.id", nullable=True),
    reference("assignee_id", "person.id", nullable=True),
    reference("team_id", "team.id", nullable=True),
    sa.Column("solution", sa.Text),
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    version(),
    sa.CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
    sa.Index("ix_incident_state_priority_id", "state", "priority", "id"),
    sa.Index("ix_incident_priority_id", "priority", "id"),
)

incident_ci = sa.Table(
    "incident_ci",
    metadata,
    identifier(),
    reference("incident_id", "incident.id"),
    reference("ci_id", "ci.id"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

incident_change_link = sa.Table(
    "incident_change_link",
    metadata,
    identifier(),
    reference("incident_id", "incident.id"),
    reference("change_id", "change.id"),
    sa.Column("type", enum_text(ChangeLinkType), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("recorded_by", sa.Text),
    sa.Column("ended_at", UtcDateTime),
)

problem = sa.Table(
    "problem",
    metadata,
    identifier(),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("state", enum_text(ProblemState), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False, index=True),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("workaround", sa.Text),
    sa.Column("root_cause", sa.Text),
    reference("assignee_id", "person.id", nullable=True),
    reference("team_id", "team.id", nullable=True),
    version(),
    sa.CheckConstraint("priority BETWEEN 1 AND 4", name="priority"),
    sa.Index("ix_problem_state_priority_id", "state", "priority", "id"),
    sa.Index("ix_problem_priority_id", "priority", "id"),
)

problem_ci = sa.Table(
    "problem_ci",
    metadata,
    identifier(),
    reference("problem_id", "problem.id"),
    reference("ci_id", "ci.id"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

problem_incident = sa.Table(
    "problem_incident",
    metadata,
    identifier(),
    reference("problem_id", "problem.id"),
    reference("incident_id", "incident.id"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
