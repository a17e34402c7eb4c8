"""Tables of the change advisory board."""

import sqlalchemy as sa

from domain.cab.model import MeetingState, MemberRole
from domain.store.tables.metadata import metadata
from domain.store.types import UtcDateTime, enum_text, identifier, reference, version

cab_series = sa.Table(
    "cab_series",
    metadata,
    identifier(),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("rrule", sa.Text, nullable=False),
    sa.Column("local_start", sa.String(5), nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("opening_minutes", sa.Integer, nullable=False),
    sa.Column("lead_business_days", sa.Integer, nullable=False),
    sa.Column("quorum", sa.Integer, nullable=False),
    sa.Column("is_electronic", sa.Boolean, nullable=False),
    reference("calendar_id", "calendar.id", nullable=True),
    version(),
    sa.CheckConstraint("minutes > opening_minutes AND opening_minutes >= 0", name="minutes"),
    sa.CheckConstraint("quorum >= 1", name="quorum"),
)

cab_member = sa.Table(
    "cab_member",
    metadata,
    identifier(),
    reference("series_id", "cab_series.id"),
    reference("person_id", "person.id"),
    sa.Column("role", enum_text(MemberRole), nullable=False),
    sa.UniqueConstraint("series_id", "person_id"),
)

cab_meeting = sa.Table(
    "cab_meeting",
    metadata,
    identifier(),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    reference("series_id", "cab_series.id"),
    sa.Column("start", UtcDateTime, nullable=False, index=True),
    sa.Column("end", UtcDateTime, nullable=False),
    sa.Column("cut_off_at", UtcDateTime, nullable=False),
    sa.Column("state", enum_text(MeetingState), nullable=False),
    sa.Column("notes", sa.Text),
    version(),
    sa.UniqueConstraint("series_id", "start"),
    sa.CheckConstraint('"start" < "end"', name="window"),
)

cab_absence = sa.Table(
    "cab_absence",
    metadata,
    identifier(),
    reference("meeting_id", "cab_meeting.id"),
    reference("person_id", "person.id"),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

agenda_item = sa.Table(
    "agenda_item",
    metadata,
    identifier(),
    reference("meeting_id", "cab_meeting.id"),
    reference("change_id", "change.id"),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attendee_ids", sa.JSON, nullable=False),
    sa.Column("is_pinned", sa.Boolean, nullable=False),
    sa.Column("is_published", sa.Boolean, nullable=False),
    sa.UniqueConstraint("meeting_id", "change_id"),
)
