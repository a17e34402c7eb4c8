"""The visibility rules compiled to SQL: a condition that stands in the statement of every read (ADR 0009)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from domain.kernel.actor import Actor, Permission
from domain.kernel.visibility import (
    VISIBILITY,
    AllOf,
    AnyOf,
    Differs,
    Holds,
    ImageShows,
    IsAccount,
    IsOfOrganisation,
    IsSelf,
    IsTeammate,
    Lacks,
    Rule,
    Says,
    SeesAnyLinked,
    SeesOther,
)
from domain.store.tables import log, metadata
from domain.store.tables.people import person, team_member
from domain.store.types import UtcDateTime

Condition: TypeAlias = sa.ColumnElement[bool]


VIEWER_ACCOUNT = sa.bindparam("viewer_account", type_=sa.String)
VIEWER_PERSON = sa.bindparam("viewer_person", type_=sa.String)
VIEWER_ORGANISATION = sa.bindparam("viewer_organisation", type_=sa.String)
VIEWED_AT = sa.bindparam("viewed_at", type_=UtcDateTime)
"""What a condition compares with, instead of values: so a statement is built once for all who have the same sight."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of an actor decides which conditions there are; who they are and when are parameters of the statement."""

    permissions: frozenset[Permission]
    has_person: bool
    has_organisation: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and when."""

    actor: Actor
    now: datetime

    @property
    def sight(self) -> Sight:
        """What the rules are compiled for."""
        actor = self.actor
        return Sight(actor.permissions, actor.person_id is not None, actor.organisation is not None)

    @property
    def parameters(self) -> dict[str, Any]:
        """What every statement with a condition of `visible` is executed with."""
        return {
            VIEWER_ACCOUNT.key: self.actor.id,
            VIEWER_PERSON.key: self.actor.person_id,
            VIEWER_ORGANISATION.key: self.actor.organisation,
            VIEWED_AT.key: self.now,
        }


def table_of(noun: str) -> sa.Table:
    """Return the table that holds a noun: the one of its name; the log is the outbox."""
    return log.outbox if noun in ("event", "audit_entry") else metadata.tables[noun]


def visible(noun: str, sight: Sight) -> Condition:
    """Return the condition under which rows of the noun's table may be seen; it needs the parameters of a `Scope`."""
    return _compiled(VISIBILITY[noun], table_of(noun), sight)


@dataclass(frozen=True, slots=True)
class _Image:
    """A record of the table as a JSON column shows it: looked at like the table itself."""

    table: sa.Table
    column: sa.ColumnElement[Any]

    @property
    def c(self) -> "_Image":
        """The fields of the image, by the table's names."""
        return self

    def __getitem__(self, name: str) -> sa.ColumnElement[Any]:
        value: Any = self.column[name]
        is_truth = isinstance(self.table.c[name].type, sa.Boolean)
        field: sa.ColumnElement[Any] = value.as_boolean() if is_truth else value.as_string()
        return field


def _compiled(rule: Rule, table: sa.Table | _Image, sight: Sight) -> Condition:  # noqa: C901, PLR0911, PLR0912 - a case a kind
    match rule:
        case Holds(permission):
            return _constant(permission in sight.permissions)
        case IsSelf(field):
            return _is_person(table.c[field], sight)
        case IsOfOrganisation(field):
            return _is_compatriot(table.c[field], sight)
        case IsAccount(field):
            return table.c[field] == VIEWER_ACCOUNT
        case IsTeammate(field):
            return table.c[field].in_(_teams()) if sight.has_person else sa.false()
        case Says(field, value):
            return table.c[field] == value
        case Lacks(field):
            return table.c[field].is_(None)
        case Differs(field, value):
            return table.c[field] != value
        case SeesOther(noun, field):
            return _among_visible(noun, table.c[field], sight)
        case ImageShows(noun, field):
            return _compiled(VISIBILITY[noun], _Image(table_of(noun), table.c[field]), sight)
        case SeesAnyLinked(link, key):
            links = table_of(link)
            return table.c["id"].in_(sa.select(links.c[key]).where(visible(link, sight)))
        case AnyOf(rules):
            return _any([_compiled(part, table, sight) for part in rules])
        case AllOf(rules):
            return _all([_compiled(part, table, sight) for part in rules])


def _constant(holds: bool) -> Condition:
    return sa.true() if holds else sa.false()


def _any(conditions: Sequence[Condition]) -> Condition:
    if any(isinstance(condition, sa.True_) for condition in conditions):
        return sa.true()
    open_ = [condition for condition in conditions if not isinstance(condition, sa.False_)]
    return sa.or_(*open_) if open_ else sa.false()


def _all(conditions: Sequence[Condition]) -> Condition:
    if any(isinstance(condition, sa.False_) for condition in conditions):
        return sa.false()
    open_ = [condition for condition in conditions if not isinstance(condition, sa.True_)]
    return sa.and_(*open_) if open_ else sa.true()


def _is_person(column: sa.ColumnElement[Any], sight: Sight) -> Condition:
    return column == VIEWER_PERSON if sight.has_person else sa.false()


def _is_compatriot(column: sa.ColumnElement[Any], sight: Sight) -> Condition:
    if not sight.has_organisation:
        return sa.false()
    if column is person.c.id:
        return person.c.organisation == VIEWER_ORGANISATION
    return column.in_(sa.select(person.c.id).where(person.c.organisation == VIEWER_ORGANISATION))


def _among_visible(noun: str, reference: sa.ColumnElement[Any], sight: Sight) -> Condition:
    condition = visible(noun, sight)
    if isinstance(condition, sa.True_ | sa.False_):
        return condition
    return reference.in_(sa.select(table_of(noun).c.id).where(condition))


def _teams() -> sa.Select[Any]:
    return sa.select(team_member.c.team_id).where(
        team_member.c.person_id == VIEWER_PERSON,
        team_member.c.valid_from <= VIEWED_AT,
        sa.or_(team_member.c.valid_to.is_(None), team_member.c.valid_to > VIEWED_AT),
    )
