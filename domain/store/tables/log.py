"""Tables of the spine: the outbox that is the event log, consumer offsets, dead letters, timers, policies, imports."""

import sqlalchemy as sa

from domain.store.tables.metadata import metadata
from domain.store.types import ID_LENGTH, UtcDateTime, identifier, version

BIGINT = sa.BigInteger().with_variant(sa.Integer, "sqlite")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", BIGINT, primary_key=True, autoincrement=True),
    sa.Column("position", BIGINT, unique=True),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("subject_type", sa.String(40), nullable=False),
    sa.Column("subject_id", sa.String(ID_LENGTH), nullable=False),
    sa.Column("subject_version", sa.Integer, nullable=False),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Index("ix_outbox_subject", "subject_type", "subject_id", "id"),
    sa.Index("ix_outbox_kind", "kind", "id"),
    sa.Index(
        "ix_outbox_unnumbered",
        "id",
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    ),
    sqlite_autoincrement=True,
)

consumer_offset = sa.Table(
    "consumer_offset",
    metadata,
    sa.Column("consumer", sa.String(40), primary_key=True),
    sa.Column("position", BIGINT, nullable=False),
)

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    identifier(),
    sa.Column("consumer", sa.String(40), nullable=False),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("subject_type", sa.String(40), nullable=False),
    sa.Column("subject_id", sa.String(ID_LENGTH), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("failed_at", UtcDateTime, nullable=False),
    sa.Column("retry_at", UtcDateTime),
    sa.UniqueConstraint("consumer", "subject_type", "subject_id", "position"),
    sa.Index("ix_dead_letter_retry", "consumer", "retry_at"),
)

timer = sa.Table(
    "timer",
    metadata,
    identifier(),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject_id", sa.String(ID_LENGTH), nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("fired_at", UtcDateTime),
    sa.UniqueConstraint("kind", "subject_id", "due_at"),
    sa.Index("ix_timer_due", "fired_at", "due_at"),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("actor_id", sa.Text, primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("answer_id", sa.String(ID_LENGTH)),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Index("ix_idempotency_key_age", "actor_id", "recorded_at"),
)

counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", BIGINT, nullable=False),
)

record_key = sa.Table(
    "record_key",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
)

policy = sa.Table(
    "policy",
    metadata,
    identifier(),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    version(),
    sa.UniqueConstraint("name", "number"),
)

import_progress = sa.Table(
    "import_progress",
    metadata,
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("drafts_done", BIGINT, nullable=False),
    sa.Column("created", BIGINT, nullable=False),
    sa.Column("updated", BIGINT, nullable=False),
    sa.Column("unchanged", BIGINT, nullable=False),
    sa.Column("rejected", BIGINT, nullable=False),
    sa.Column("reject_bytes", BIGINT, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
