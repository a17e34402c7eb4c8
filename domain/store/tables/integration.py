"""Tables of webhooks and calendar feeds."""

import sqlalchemy as sa

from domain.integration.model import CalendarKind, DeliveryState, EndpointState
from domain.store.tables.log import BIGINT
from domain.store.tables.metadata import metadata
from domain.store.types import UtcDateTime, enum_text, identifier, reference, version

webhook_endpoint = sa.Table(
    "webhook_endpoint",
    metadata,
    identifier(),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("state", enum_text(EndpointState), nullable=False),
    sa.Column("disabled_reason", sa.Text),
    sa.Column("follows", sa.JSON, nullable=False),
    sa.Column("secret_number", sa.Integer, nullable=False),
    sa.Column("previous_secret_until", UtcDateTime),
    sa.Column("replay", sa.JSON(none_as_null=True)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    version(),
)

webhook_delivery = sa.Table(
    "webhook_delivery",
    metadata,
    identifier(),
    reference("endpoint_id", "webhook_endpoint.id"),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(70), nullable=False),
    sa.Column("state", enum_text(DeliveryState), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("first_tried_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.UniqueConstraint("endpoint_id", "position"),
    sa.Index("ix_webhook_delivery_due", "state", "due_at"),
    sa.Index("ix_webhook_delivery_order", "endpoint_id", "subject", "position"),
)

webhook_attempt = sa.Table(
    "webhook_attempt",
    metadata,
    identifier(),
    reference("delivery_id", "webhook_delivery.id"),
    sa.Column("tried_at", UtcDateTime, nullable=False),
    sa.Column("is_taken", sa.Boolean, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("excerpt", sa.Text, nullable=False),
)

calendar_feed = sa.Table(
    "calendar_feed",
    metadata,
    identifier(),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("kind", enum_text(CalendarKind), nullable=False),
    sa.Column("account_id", sa.Text, nullable=False, index=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    reference("series_id", "cab_series.id", nullable=True),
    reference("team_id", "team.id", nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    version(),
)
