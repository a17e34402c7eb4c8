"""Tables of people, teams, calendars and service accounts."""

import sqlalchemy as sa

from domain.kernel.actor import Permission, Role
from domain.store.tables.metadata import metadata
from domain.store.types import (
    ID_LENGTH,
    EnumList,
    UtcDateTime,
    enum_text,
    identifier,
    reference,
    refers_to,
    version,
)

calendar = sa.Table(
    "calendar",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("weekly", sa.JSON, nullable=False),
    sa.Column("holidays", sa.JSON, nullable=False),
    sa.Column("is_organisation_default", sa.Boolean, nullable=False),
    version(),
)

person = sa.Table(
    "person",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("email", sa.Text),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("site", sa.Text),
    reference("calendar_id", "calendar.id", nullable=True),
    sa.Column("capacity", sa.Integer, nullable=False),
    reference("delegate_id", "person.id", nullable=True),
    sa.Column("is_vip", sa.Boolean, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("roles", EnumList(Role), nullable=False),
    version(),
    sa.Column("subject", sa.Text),
    sa.Column("organisation", sa.Text, index=True),
    sa.CheckConstraint("capacity >= 1", name="capacity"),
    sa.Index("ix_person_subject", "subject", unique=True),
)

leave = sa.Table(
    "leave",
    metadata,
    identifier(),
    reference("person_id", "person.id"),
    sa.Column("start", UtcDateTime, nullable=False),
    sa.Column("end", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint('"start" < "end"', name="window"),
)

team = sa.Table(
    "team",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("expertise", sa.Text),
    reference("lead_id", "person.id", nullable=True),
    reference("calendar_id", "calendar.id", nullable=True),
    sa.Column("site", sa.Text),
    version(),
)

team_member = sa.Table(
    "team_member",
    metadata,
    identifier(),
    reference("team_id", "team.id"),
    reference("person_id", "person.id"),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_to", UtcDateTime),
)

capacity_limit = sa.Table(
    "capacity_limit",
    metadata,
    identifier(),
    sa.Column("subject_kind", sa.String(20), nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False, index=True),
    sa.Column("concurrent_changes", sa.Integer, nullable=False),
    version(),
    sa.UniqueConstraint("subject_kind", "subject_id"),
    sa.CheckConstraint("concurrent_changes >= 1", name="concurrent_changes"),
)

service_account = sa.Table(
    "service_account",
    metadata,
    identifier(),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("role", enum_text(Role), nullable=False),
    reference("actor_person_id", "person.id", nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    version(),
    sa.Column("scope", EnumList(Permission), nullable=False, server_default="[]"),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("previous_token_hash", sa.String(64)),
    sa.Column("previous_valid_until", UtcDateTime),
    sa.Index("ix_service_account_previous_token_hash", "previous_token_hash", unique=True),
)

account_use = sa.Table(
    "account_use",
    metadata,
    sa.Column("account_id", sa.String(ID_LENGTH), refers_to("service_account.id"), primary_key=True),
    sa.Column("used_at", UtcDateTime, nullable=False),
)
