"""The statements of reads, each built once: by what is asked and what the rights look at, never by who and which.

Building a statement costs more than executing it. So values are parameters: a statement without one of them fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from domain.kernel.page import Ordering, Where
from domain.store.json_rows import any_in
from domain.store.loading import NO_TEXT
from domain.store.reads import boards, changes, configuration, findings, integration, people, tickets
from domain.store.reads.keyset import Keyset
from domain.store.reads.noun import Column, Link, Noun
from domain.store.scope import Sight, visible

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for group in (people, configuration, tickets, changes, boards, findings, integration)
    for noun in group.NOUNS
}
KEPT = 2_000
"""Statements of one kind that are kept; what clients ask is bounded by their documents."""

PARENT, PLACE = "_parent", "_place"
IDS, LIMIT = sa.bindparam("ids", type_=sa.Text), sa.bindparam("limit", type_=sa.Integer)
_NEVER = "never"
_COMPARE: Mapping[str, Callable[[Column, sa.BindParameter[Any]], sa.ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    _NEVER: lambda _column, _value: sa.false(),
}

Filters = tuple[tuple[str, str], ...]
"""Fields with their comparators; what they are compared with is in the parameters."""


@dataclass(frozen=True, slots=True)
class Question:
    """What decides how a statement reads. `lacks` says which values of the cursor are none; None without a cursor."""

    noun: str
    sight: Sight
    columns: frozenset[str] = frozenset()
    filters: Filters = ()
    order: tuple[Ordering, ...] = ()
    lacks: tuple[bool, ...] | None = None


def filters_of(where: Where) -> tuple[Filters, dict[str, Any]]:
    """Return the filters with their parameters.

    What no text can hold equals nothing, and PostgreSQL refuses to be asked for it.
    """
    filters: list[tuple[str, str]] = []
    parameters: dict[str, Any] = {}
    for field, comparators in where.items():
        for name, given in comparators.items():
            value = [one for one in given if not _is_no_text(one)] if name == "in" else given
            if _is_no_text(value):
                filters.append((field, _NEVER))
            else:
                filters.append((field, name))
                parameters[_parameter(field, name)] = value
    return tuple(filters), parameters


def _is_no_text(value: Any) -> bool:
    return isinstance(value, str) and NO_TEXT in value


def _parameter(field: str, comparator: str) -> str:
    return f"where_{field}_{comparator}"


@lru_cache(KEPT)
def by_key(question: Question, key: str) -> sa.Select[Any]:
    """Return the statement of the rows whose `key` is among `ids`."""
    asked = NOUNS[question.noun]
    return (
        sa.select(*_labelled(asked, question.columns | {key}))
        .select_from(asked.source)
        .where(visible(asked.name, question.sight), *asked.conditions, asked.columns[key].in_(any_in(IDS)))
    )


@lru_cache(KEPT)
def page(question: Question) -> sa.Select[Any]:
    """Return the statement of the first `limit` rows."""
    asked, keyset = NOUNS[question.noun], Keyset.of(NOUNS[question.noun], question.order)
    return (
        sa.select(*_labelled(asked, question.columns), *keyset.columns)
        .select_from(asked.source)
        .where(visible(asked.name, question.sight), *_conditions(asked, question))
        .order_by(*keyset.order)
        .limit(LIMIT)
    )


@lru_cache(KEPT)
def children(question: Question, link: str) -> sa.Select[Any]:
    """Return the statement of the first `limit` rows of each of the parents `ids`."""
    asked, keyset = NOUNS[question.noun], Keyset.of(NOUNS[question.noun], question.order)
    hanging = asked.links[link]
    place = sa.func.row_number().over(partition_by=hanging.parent, order_by=keyset.order).label(PLACE)
    ranked = (
        sa.select(*_labelled(asked, question.columns), *keyset.columns, hanging.parent.label(PARENT), place)
        .select_from(_through(asked, hanging))
        .where(
            visible(asked.name, question.sight),
            hanging.parent.in_(any_in(IDS)),
            *hanging.conditions,
            *_conditions(asked, question),
        )
        .subquery()
    )
    return sa.select(ranked).where(ranked.c[PLACE] <= LIMIT).order_by(ranked.c[PARENT], ranked.c[PLACE])


@lru_cache(KEPT)
def count(question: Question) -> sa.Select[Any]:
    """Return the statement of how many rows there are."""
    asked = NOUNS[question.noun]
    return (
        sa.select(sa.func.count())
        .select_from(asked.counted)
        .where(visible(asked.name, question.sight), *_conditions(asked, question))
    )


@lru_cache(KEPT)
def count_children(question: Question, link: str) -> sa.Select[Any, int]:
    """Return the statement of how many rows each of the parents `ids` has."""
    asked, hanging = NOUNS[question.noun], NOUNS[question.noun].links[link]
    return (
        sa.select(hanging.parent, sa.func.count())
        .select_from(_through(asked, hanging))
        .where(
            visible(asked.name, question.sight),
            hanging.parent.in_(any_in(IDS)),
            *hanging.conditions,
            *_conditions(asked, question),
        )
        .group_by(hanging.parent)
    )


def _labelled(asked: Noun, columns: frozenset[str]) -> list[sa.Label[Any]]:
    return [asked.columns[name].label(name) for name in sorted(columns)]


def _through(asked: Noun, link: Link) -> sa.FromClause:
    """Return the noun's rows, joined with the table that links them to the parent where one lies between."""
    if link.child is None:
        return asked.source
    return asked.source.join(link.child.table, link.child == asked.id)


def _conditions(asked: Noun, question: Question) -> list[sa.ColumnElement[bool]]:
    """Return which rows are the noun's, what the filters leave, and what lies behind the cursor."""
    after = [] if question.lacks is None else [Keyset.of(asked, question.order).following(question.lacks)]
    return [*asked.conditions, *(_condition(asked, question.sight, *one) for one in question.filters), *after]


def _condition(asked: Noun, sight: Sight, field: str, comparator: str) -> sa.ColumnElement[bool]:
    """Return the condition of a filter; one over a link asks which rows hang on certain parents."""
    target = asked.filters[field]
    if not isinstance(target, Link):
        return _compared(target, field, comparator)
    hanging = sa.select(asked.id if target.child is None else target.child).where(
        _compared(target.parent, field, comparator), *target.conditions
    )
    return sa.and_(asked.id.in_(hanging), visible(asked.name, sight))


def _compared(column: Column, field: str, comparator: str) -> sa.ColumnElement[bool]:
    if comparator == "in":
        return column.in_(sa.bindparam(_parameter(field, comparator), type_=column.type, expanding=True))
    return _COMPARE[comparator](column, sa.bindparam(_parameter(field, comparator), type_=column.type))
