"""What a look at the whole record shows: how far its followers have come, and what in it is broken or thin."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.change.model import ChangeState
from domain.ci.model import CiStatus, MinUpKind
from domain.store import tables as t
from domain.store.engine import Database

STALE = timedelta(days=365)
FINISHED = (ChangeState.REVIEW, ChangeState.CLOSED, ChangeState.CANCELLED)

_ci, _relation, _service = t.configuration.ci, t.configuration.relation, t.configuration.business_service
_group, _member = t.configuration.redundancy_group, t.configuration.redundancy_member
_protected, _class = t.configuration.redundancy_protected, t.configuration.ci_class
_change, _target, _window = t.changes.change, t.changes.change_target, t.changes.change_window
_outbox, _recheck = t.log.outbox, t.assessments.recheck


@dataclass(frozen=True, slots=True)
class Examination:
    """Counts of one state of the record. `offsets` say how far each consumer of the log has come."""

    schema: str | None
    head: int
    unnumbered: int
    offsets: dict[str, int]
    rechecks_waiting: int
    rechecks_failing: int
    dead_letters: int
    timers_overdue: int
    imports_broken_off: int
    short_groups: int
    empty_groups: int
    expired_windows: int
    unmapped_cis: int
    services: int
    services_without_calendar: int
    stale_relations: int
    changes_without_targets: int


async def examine(database: Database, now: datetime) -> Examination:
    """Return what the record shows now."""
    async with database.reader.connect() as connection:
        members = _members_of_groups(now)
        return Examination(
            schema=await connection.scalar(sa.text("SELECT version_num FROM alembic_version")),
            head=await connection.scalar(sa.select(sa.func.max(_outbox.c.position))) or 0,
            unnumbered=await _count(connection, _outbox, _outbox.c.position.is_(None)),
            offsets=await _offsets(connection),
            rechecks_waiting=await _count(connection, _recheck, _recheck.c.attempts == 0),
            rechecks_failing=await _count(connection, _recheck, _recheck.c.attempts > 0),
            dead_letters=await _count(connection, t.log.dead_letter, t.log.dead_letter.c.retry_at.is_(None)),
            timers_overdue=await _count(
                connection, t.log.timer, t.log.timer.c.fired_at.is_(None), t.log.timer.c.due_at <= now
            ),
            imports_broken_off=await _count(connection, t.log.import_progress),
            short_groups=await _count(
                connection,
                _group,
                _group.c.min_up_kind == MinUpKind.COUNT,
                _group.c.min_up > members,
                members > 0,
            ),
            empty_groups=await _count(connection, _group, members == 0),
            expired_windows=await _count(
                connection, _window, _window.c.valid_to.is_(None), _window.c.effective_until < now.date()
            ),
            unmapped_cis=await _count(connection, *_unmapped(now)),
            services=await _count(connection, _service),
            services_without_calendar=await _count(connection, _service, _service.c.calendar_id.is_(None)),
            stale_relations=await _count(
                connection, _relation, _holds(_relation, now), _relation.c.confirmed_at < now - STALE
            ),
            changes_without_targets=await _count(
                connection,
                _change,
                _change.c.state.not_in(FINISHED),
                ~sa.exists().where(_target.c.change_id == _change.c.id),
            ),
        )


async def _count(connection: AsyncConnection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return await connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


async def _offsets(connection: AsyncConnection) -> dict[str, int]:
    offset = t.log.consumer_offset
    return {row.consumer: row.position for row in await connection.execute(sa.select(offset))}


def _holds(table: sa.Table, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.valid_from <= now, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > now))


def _members_of_groups(now: datetime) -> sa.ScalarSelect[Any]:
    held = sa.select(sa.func.count()).where(_member.c.group_id == _group.c.id, _holds(_member, now))
    return held.correlate(_group).scalar_subquery()


def _unmapped(now: datetime) -> tuple[Any, ...]:
    """Return the items in service that nothing says anything about: no relation, no group, and a class that should."""
    related = sa.or_(_relation.c.source_id == _ci.c.id, _relation.c.target_id == _ci.c.id)
    unexpected = sa.select(_class.c.name).where(_class.c.is_no_service_expected)
    return (
        _ci,
        _ci.c.status == CiStatus.IN_SERVICE,
        _ci.c.class_name.not_in(unexpected),
        ~sa.exists().where(related, _holds(_relation, now)),
        ~sa.exists().where(_member.c.ci_id == _ci.c.id, _holds(_member, now)),
        ~sa.exists().where(_protected.c.ci_id == _ci.c.id, _holds(_protected, now)),
    )
