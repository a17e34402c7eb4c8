"""Tables of what the engines found: footprints, conflicts, risk assessments, and the queue of what to look at again."""

import sqlalchemy as sa

from domain.store.tables.log import BIGINT
from domain.store.tables.metadata import metadata
from domain.store.types import ID_LENGTH, UtcDateTime, identifier, order_indexes, reference, refers_to, version

footprint = sa.Table(
    "footprint",
    metadata,
    sa.Column("change_id", sa.String(ID_LENGTH), refers_to("change.id"), primary_key=True),
    sa.Column("start", UtcDateTime),
    sa.Column("end", UtcDateTime),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("turn", BIGINT, nullable=False, server_default="0"),
    sa.Index("ix_footprint_window", "start", "end"),
)

footprint_ci = sa.Table(
    "footprint_ci",
    metadata,
    sa.Column("change_id", sa.String(ID_LENGTH), refers_to("change.id"), primary_key=True),
    sa.Column("ci_id", sa.String(ID_LENGTH), refers_to("ci.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("q", sa.Float, nullable=False),
    sa.Column("is_down", sa.Boolean, nullable=False),
    sa.Column("witness", sa.JSON, nullable=False),
)

footprint_group = sa.Table(
    "footprint_group",
    metadata,
    sa.Column("change_id", sa.String(ID_LENGTH), refers_to("change.id"), primary_key=True),
    sa.Column("group_id", sa.String(ID_LENGTH + len("cluster:")), primary_key=True, index=True),
)

conflict = sa.Table(
    "conflict",
    metadata,
    identifier(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("code", sa.String(30), nullable=False, index=True),
    sa.Column("kind", sa.String(20)),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("start", UtcDateTime),
    sa.Column("end", UtcDateTime),
    sa.Column("subject", sa.Text),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("cis", sa.JSON, nullable=False),
    sa.Column("ci_count", sa.Integer, nullable=False),
    sa.Column("rule_version", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("accepted_fingerprint", sa.String(64)),
    sa.Column("accepted_by", sa.Text),
    sa.Column("accepted_reason", sa.Text),
    sa.Column("position", BIGINT, nullable=False),
    version(),
    sa.Index("ix_conflict_status_weight_id", "status", "weight", "id"),
    sa.Index("ix_conflict_weight_id", "weight", "id"),
)

conflict_change = sa.Table(
    "conflict_change",
    metadata,
    sa.Column("conflict_id", sa.String(ID_LENGTH), refers_to("conflict.id"), primary_key=True),
    sa.Column("change_id", sa.String(ID_LENGTH), refers_to("change.id"), primary_key=True, index=True),
)

conflict_finding = sa.Table(
    "conflict_finding",
    metadata,
    identifier(),
    sa.Column("instant", UtcDateTime, nullable=False, index=True),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("code", sa.String(30), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("change_ids", sa.JSON, nullable=False),
    sa.Column("record", sa.String(64), nullable=False, index=True),
)

risk_assessment = sa.Table(
    "risk_assessment",
    metadata,
    identifier(),
    reference("change_id", "change.id"),
    sa.Column("as_of", UtcDateTime, nullable=False, index=True),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("params_version", sa.Text, nullable=False),
    sa.Column("input_hash", sa.String(64), nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("likelihood", sa.Float),
    sa.Column("impact", sa.Float),
    sa.Column("level", sa.String(12), nullable=False),
    sa.Column("probability", sa.Float),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Index("ix_risk_assessment_current", "change_id", "is_current"),
    sa.Index("ix_risk_assessment_score", "is_current", "score", "change_id"),
    *order_indexes("risk_assessment", "score"),
)

recheck = sa.Table(
    "recheck",
    metadata,
    sa.Column("change_id", sa.String(ID_LENGTH), refers_to("change.id"), primary_key=True),
    sa.Column("needs_footprint", sa.Boolean, nullable=False),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("token", BIGINT, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("due_at", UtcDateTime, nullable=False, index=True),
    sa.Column("claimed_until", UtcDateTime),
)
