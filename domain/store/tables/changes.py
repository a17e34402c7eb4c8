"""Tables of changes, their parts, models and windows."""

import sqlalchemy as sa

from domain.change.model import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    DecisionKind,
    EvidenceKind,
    RollbackState,
    TaskAction,
    TechnicalRiskKind,
    TestState,
)
from domain.change.windows import ScopeKind, WindowKind
from domain.store.tables.metadata import metadata
from domain.store.types import UtcDateTime, enum_text, identifier, order_indexes, reference, version

change = sa.Table(
    "change",
    metadata,
    identifier(),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("expected_effect", sa.Text),
    sa.Column("type", enum_text(ChangeType), nullable=False),
    sa.Column("model", sa.Text, index=True),
    sa.Column("state", enum_text(ChangeState), nullable=False),
    sa.Column("held_state", enum_text(ChangeState)),
    reference("requester_id", "person.id", nullable=True),
    reference("team_id", "team.id", nullable=True),
    reference("service_id", "business_service.id", nullable=True),
    sa.Column("planned_start", UtcDateTime),
    sa.Column("planned_end", UtcDateTime, index=True),
    sa.Column("downtime_start", UtcDateTime),
    sa.Column("downtime_end", UtcDateTime),
    sa.Column("actual_start", UtcDateTime),
    sa.Column("actual_end", UtcDateTime),
    sa.Column("prep_minutes", sa.Integer),
    sa.Column("rollback_minutes", sa.Integer),
    sa.Column("bake_minutes", sa.Integer),
    sa.Column("is_irreversible", sa.Boolean, nullable=False),
    sa.Column("test_state", enum_text(TestState), nullable=False),
    sa.Column("rollback_state", enum_text(RollbackState), nullable=False),
    sa.Column("rollback_plan", sa.Text),
    sa.Column("bundle", sa.Text, index=True),
    sa.Column("is_excluded", sa.Boolean, nullable=False),
    sa.Column("needs_security_review", sa.Boolean, nullable=False),
    reference("authorised_by_id", "person.id", nullable=True),
    sa.Column("outcome", enum_text(ChangeOutcome)),
    sa.Column("has_service_effect", sa.Boolean),
    sa.Column("review", sa.Text),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("assessed_at", UtcDateTime),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    version(),
    sa.CheckConstraint("planned_start < planned_end", name="planned_window"),
    sa.CheckConstraint("downtime_start < downtime_end", name="downtime_window"),
    sa.CheckConstraint("prep_minutes >= 0 AND rollback_minutes >= 0 AND bake_minutes >= 0", name="minutes"),
    sa.Index("ix_change_state_planned_start_id", "state", "planned_start", "id"),
    *order_indexes("change", "planned_start"),
)

change_target = sa.Table(
    "change_target",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    reference("ci_id", "ci.id"),
    sa.Column("step", sa.Integer, nullable=False),
    sa.UniqueConstraint("change_id", "ci_id", "step"),
)

change_task = sa.Table(
    "change_task",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("action", enum_text(TaskAction), nullable=False),
    sa.Column("is_exclusive", sa.Boolean, nullable=False),
    reference("ci_id", "ci.id", nullable=True),
    reference("implementer_id", "person.id", nullable=True),
    sa.Column("start", UtcDateTime),
    sa.Column("end", UtcDateTime),
    sa.CheckConstraint('"start" < "end"', name="window"),
)

change_predecessor = sa.Table(
    "change_predecessor",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    reference("predecessor_id", "change.id"),
    sa.Column("is_back_to_back", sa.Boolean, nullable=False),
    sa.CheckConstraint("change_id <> predecessor_id", name="not_self"),
)

change_evidence = sa.Table(
    "change_evidence",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    sa.Column("kind", enum_text(EvidenceKind), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("environment", sa.Text),
    reference("author_id", "person.id", nullable=True),
    sa.Column("measured_minutes", sa.Integer),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

technical_risk = sa.Table(
    "technical_risk",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    sa.Column("kind", enum_text(TechnicalRiskKind), nullable=False),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    reference("assessor_id", "person.id", nullable=True),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

change_decision = sa.Table(
    "change_decision",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    sa.Column("kind", enum_text(DecisionKind), nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("note", sa.Text),
    reference("meeting_id", "cab_meeting.id", nullable=True),
)

change_model = sa.Table(
    "change_model",
    metadata,
    identifier(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("type", enum_text(ChangeType), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("usual_minutes", sa.Integer),
    sa.Column("is_pre_approved", sa.Boolean, nullable=False),
    sa.Column("approved_tiers", sa.JSON, nullable=False),
    version(),
)

change_window = sa.Table(
    "change_window",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", enum_text(WindowKind), nullable=False, index=True),
    sa.Column("scope_kind", enum_text(ScopeKind), nullable=False),
    sa.Column("scope_id", sa.Text, index=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("local_start", sa.String(5), nullable=False),
    sa.Column("local_end", sa.String(5), nullable=False),
    sa.Column("weekdays", sa.JSON, nullable=False),
    sa.Column("rrule", sa.Text),
    sa.Column("dates", sa.JSON, nullable=False),
    sa.Column("effective_from", sa.Date),
    sa.Column("effective_until", sa.Date),
    sa.Column("exceptions", sa.JSON, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_to", UtcDateTime),
    version(),
    sa.Index("ix_change_window_scope", "scope_kind", "scope_id"),
)

window_exemption = sa.Table(
    "window_exemption",
    metadata,
    identifier(),
    reference("window_id", "change_window.id"),
    reference("change_id", "change.id"),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)
