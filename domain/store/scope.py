"""The visibility rules compiled to SQL: a condition that stands in the statement of every read (ADR 0009)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from domain.kernel.actor import Actor
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

Condition: TypeAlias = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and when: what every rule is compiled for."""

    actor: Actor
    now: datetime


def table_of(noun: str) -> sa.Table:
    """Return the table that holds a noun: the one of its name; the log is the outbox."""
    return log.outbox if noun in ("event", "audit_entry") else metadata.tables[noun]


def visible(noun: str, scope: Scope) -> Condition:
    """Return the condition under which rows of the noun's table may be seen by whoever asks."""
    return _compiled(VISIBILITY[noun], table_of(noun), scope)


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


def _compiled(rule: Rule, table: sa.Table | _Image, scope: Scope) -> Condition:  # noqa: C901, PLR0911, PLR0912 - a case a kind
    match rule:
        case Holds(permission):
            return _constant(scope.actor.may(permission))
        case IsSelf(field):
            return _is_person(table.c[field], scope)
        case IsOfOrganisation(field):
            return _is_compatriot(table.c[field], scope)
        case IsAccount(field):
            return table.c[field] == scope.actor.id
        case IsTeammate(field):
            return table.c[field].in_(_teams(scope))
        case Says(field, value):
            return table.c[field] == value
        case Lacks(field):
            return table.c[field].is_(None)
        case Differs(field, value):
            return table.c[field] != value
        case SeesOther(noun, field):
            return _among_visible(noun, table.c[field], scope)
        case ImageShows(noun, field):
            return _compiled(VISIBILITY[noun], _Image(table_of(noun), table.c[field]), scope)
        case SeesAnyLinked(link, key):
            links = table_of(link)
            return table.c["id"].in_(sa.select(links.c[key]).where(visible(link, scope)))
        case AnyOf(rules):
            return _any([_compiled(part, table, scope) for part in rules])
        case AllOf(rules):
            return _all([_compiled(part, table, scope) for part in rules])


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


def _is_person(column: sa.ColumnElement[Any], scope: Scope) -> Condition:
    return sa.false() if scope.actor.person_id is None else column == scope.actor.person_id


def _is_compatriot(column: sa.ColumnElement[Any], scope: Scope) -> Condition:
    if scope.actor.organisation is None:
        return sa.false()
    if column is person.c.id:
        return person.c.organisation == scope.actor.organisation
    return column.in_(sa.select(person.c.id).where(person.c.organisation == scope.actor.organisation))


def _among_visible(noun: str, reference: sa.ColumnElement[Any], scope: Scope) -> Condition:
    condition = visible(noun, scope)
    if isinstance(condition, sa.True_ | sa.False_):
        return condition
    return reference.in_(sa.select(table_of(noun).c.id).where(condition))


def _teams(scope: Scope) -> sa.Select[Any]:
    return sa.select(team_member.c.team_id).where(
        team_member.c.person_id == scope.actor.person_id,
        team_member.c.valid_from <= scope.now,
        sa.or_(team_member.c.valid_to.is_(None), team_member.c.valid_to > scope.now),
    )
