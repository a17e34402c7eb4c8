"""Tables of configuration items, relations, redundancy groups and business services."""

import sqlalchemy as sa

from domain.ci.model import CiStatus, MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.store.tables.metadata import metadata
from domain.store.types import (
    ID_LENGTH,
    UtcDateTime,
    enum_text,
    identifier,
    order_indexes,
    reference,
    refers_to,
    version,
)

ci_class = sa.Table(
    "ci_class",
    metadata,
    identifier(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("restore_minutes", sa.Integer),
    sa.Column("is_no_service_expected", sa.Boolean, nullable=False),
    reference("expert_team_id", "team.id", nullable=True),
    version(),
)

ci = sa.Table(
    "ci",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("class_name", sa.Text, refers_to("ci_class.name"), nullable=False, index=True),
    sa.Column("status", enum_text(CiStatus), nullable=False),
    sa.Column("tier", sa.Integer),
    sa.Column("site", sa.Text, index=True),
    reference("owner_id", "person.id", nullable=True),
    reference("owner_team_id", "team.id", nullable=True),
    sa.Column("attributes", sa.JSON, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("confirmed_at", UtcDateTime),
    version(),
    sa.CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
    *order_indexes("ci", "tier"),
)

stakeholder = sa.Table(
    "stakeholder",
    metadata,
    identifier(),
    reference("ci_id", "ci.id"),
    reference("person_id", "person.id"),
    sa.Column("interest", sa.Text, nullable=False),
)

business_service = sa.Table(
    "business_service",
    metadata,
    sa.Column("id", sa.String(ID_LENGTH), refers_to("ci.id"), primary_key=True),
    sa.Column("tier", sa.Integer, nullable=False),
    reference("calendar_id", "calendar.id", nullable=True),
    sa.Column("site", sa.Text),
    sa.Column("availability_percent", sa.Float),
    sa.Column("downtime_left_minutes", sa.Float),
    sa.Column("peak_days", sa.JSON, nullable=False),
    sa.Column("vip_person_ids", sa.JSON, nullable=False),
    version(),
    sa.CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
    sa.Index("ix_business_service_tier_id", "tier", "id"),
)

relation = sa.Table(
    "relation",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    reference("source_id", "ci.id"),
    reference("target_id", "ci.id"),
    sa.Column("type", enum_text(RelationType), nullable=False),
    sa.Column("alpha", sa.Float),
    sa.Column("provider_side", enum_text(ProviderSide)),
    sa.Column("source", sa.Text),
    sa.Column("stated_confidence", sa.Float),
    sa.Column("confirmed_at", UtcDateTime),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_to", UtcDateTime),
    version(),
    sa.CheckConstraint("source_id <> target_id", name="not_self"),
    sa.CheckConstraint("alpha BETWEEN 0 AND 1", name="alpha"),
    sa.CheckConstraint("stated_confidence BETWEEN 0 AND 1", name="confidence"),
)

redundancy_group = sa.Table(
    "redundancy_group",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("min_up_kind", enum_text(MinUpKind), nullable=False),
    sa.Column("min_up", sa.Integer, nullable=False),
    sa.Column("alpha", sa.Float, nullable=False),
    sa.Column("is_assumed", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("confirmed_at", UtcDateTime),
    version(),
    sa.CheckConstraint("alpha BETWEEN 0 AND 1", name="alpha"),
    sa.CheckConstraint("min_up >= 1 AND (min_up_kind = 'COUNT' OR min_up <= 100)", name="min_up"),
)


def _membership(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        identifier(),
        reference("group_id", "redundancy_group.id"),
        reference("ci_id", "ci.id"),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime),
    )


redundancy_member = _membership("redundancy_member")
redundancy_protected = _membership("redundancy_protected")
