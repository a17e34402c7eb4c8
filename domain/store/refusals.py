"""What a broken constraint means to the person who acted: which field, which value.

Databases tell this apart only in their messages, and SQLite does not even name a missing reference. So a message is
read for one thing, the constraint; who broke it is then looked up among the after-images of the act. By then the act
is rolled back, and the answers come from the record as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.kernel.errors import Duplicate, InvalidInput, Issue, Refusal, StaleVersion
from domain.store.loading import chunks
from domain.store.mapping import AGGREGATES, Aggregate, Children
from domain.store.tables import metadata
from domain.store.types import UtcDateTime

_NAMED = re.compile(r'(?:constraint "|CHECK constraint failed: )(\w+)')
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_COLLISIONS = {"40001", "40P01", "55P03"}
_AGGREGATE_OF_TABLE = {aggregate.table.name: aggregate for aggregate in AGGREGATES}
_CONSTRAINTS = {
    str(constraint.name): constraint for table in metadata.sorted_tables for constraint in table.constraints
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the act as its after-image shows it: a root, or a child at `attribute` of one."""

    aggregate: Aggregate
    children: Children | None
    values: dict[str, Any]

    @property
    def table(self) -> sa.Table:
        return self.aggregate.table if self.children is None else self.children.table

    def path(self, column: str) -> str:
        """Return the column as a field of the schema, e.g. `targets.ciId`."""
        return _path(self.children, column)


def is_collision(failed: DBAPIError) -> bool:
    """Whether PostgreSQL gave up this transaction for another: a deadlock, a lock not had in time."""
    return getattr(failed.orig, "sqlstate", None) in _COLLISIONS


async def refusal_of(broken: IntegrityError, events: Sequence[dict[str, Any]], session: AsyncSession) -> Exception:
    """Return the refusal a broken constraint stands for; what no person can have caused is returned as it is."""
    message = str(broken.orig)
    rows = list(_rows(events))
    constraint = _constraint(message)
    if isinstance(constraint, sa.CheckConstraint):
        return _out_of_range(constraint)
    if isinstance(constraint, sa.UniqueConstraint):
        taken = await _taken(constraint, rows, session)
        return taken or broken
    if "foreign key" in message.lower():
        missing = [issue async for issue in _missing(rows, session)]
        return InvalidInput(missing) if missing else broken
    return broken


async def stale(events: Sequence[dict[str, Any]], session: AsyncSession) -> StaleVersion:
    """Return the refusal of an act on a record that somebody else changed between its reading and its writing."""
    first_versions: dict[tuple[str, str], int] = {}
    for event in events:
        key = event["subject_type"], event["subject_id"]
        first_versions.setdefault(key, event["subject_version"] - 1)
    for (subject_type, subject_id), expected in first_versions.items():
        aggregate = _AGGREGATE_OF_TABLE.get(subject_type)
        if aggregate is None or expected == 0:
            continue
        table = aggregate.table
        current = await session.scalar(sa.select(table.c.version).where(table.c.id == subject_id))
        if current != expected:
            return StaleVersion(aggregate.noun, expected, current or 0)
    return StaleVersion("record", 0, 0)


def _rows(events: Iterable[dict[str, Any]]) -> Iterator[_Row]:
    for event in events:
        aggregate = _AGGREGATE_OF_TABLE.get(event["subject_type"])
        if aggregate is None:
            continue
        yield _Row(aggregate, None, event["body"])
        for children in aggregate.children:
            for values in event["body"][children.attribute]:
                yield _Row(aggregate, children, values)


def _constraint(message: str) -> sa.Constraint | None:
    """Return the constraint that the message names, or on SQLite the unique one over the columns it names."""
    named = _NAMED.search(message)
    if named is not None:
        return _CONSTRAINTS.get(named.group(1))
    unique = _SQLITE_UNIQUE.search(message)
    if unique is None:
        return None
    qualified = [column.strip().split(".") for column in unique.group(1).split(",")]
    table, columns = qualified[0][0], {column for _, column in qualified}
    candidates = (found for found in metadata.tables[table].constraints if isinstance(found, sa.UniqueConstraint))
    return next((found for found in candidates if set(found.columns.keys()) == columns), None)


async def _taken(constraint: sa.UniqueConstraint, rows: Sequence[_Row], session: AsyncSession) -> Refusal | None:
    columns = list(constraint.columns)
    seen: dict[tuple[Any, ...], str] = {}
    for row in rows:
        if row.table is not constraint.table:
            continue
        values = tuple(row.values[column.name] for column in columns)
        if None in values:
            continue
        same = [column == _bound(column, value) for column, value in zip(columns, values, strict=True)]
        others = sa.select(row.table.c.id).where(*same, row.table.c.id != row.values["id"])
        if seen.setdefault(values, row.values["id"]) != row.values["id"] or await session.scalar(others) is not None:
            told = _telling(row, columns)
            return Duplicate(row.aggregate.noun, row.path(told.name), str(row.values[told.name]))
    return None


def _telling(row: _Row, columns: Sequence[sa.Column[Any]]) -> sa.Column[Any]:
    """Return the column people know the duplicate by: a child's first beside its root, a root's last."""
    if row.children is None:
        return columns[-1]
    return next(column for column in columns if column.name != row.children.key)


async def _missing(rows: Sequence[_Row], session: AsyncSession) -> Any:
    """Yield one issue per reference of the act to something that is neither in the record nor in the act."""
    references: dict[tuple[str, sa.Column[Any]], set[str]] = {}
    in_act: dict[sa.Column[Any], set[str]] = {}
    for row in rows:
        in_act.setdefault(row.table.c.id, set()).add(row.values["id"])
        for column in row.table.columns:
            value = row.values.get(column.name)
            if column.foreign_keys and value is not None:
                target = next(iter(column.foreign_keys)).column
                references.setdefault((row.path(column.name), target), set()).add(value)
    for (path, target), values in references.items():
        known: set[str] = set(in_act.get(target, ()))
        for chunk in chunks(values - known):
            known.update(await session.scalars(sa.select(target).where(target.in_(chunk))))
        noun = _AGGREGATE_OF_TABLE[target.table.name].noun
        for value in sorted(values - known):
            yield Issue(path, f"no {noun} {value}")


def _out_of_range(constraint: sa.CheckConstraint) -> InvalidInput:
    table = constraint.table.name
    rule = str(constraint.name).removeprefix(f"ck_{table}_")
    owner = next((child for aggregate in AGGREGATES for child in aggregate.children if child.table.name == table), None)
    if rule.endswith("window"):
        return InvalidInput.at(_path(owner, rule.removesuffix("window") + "end"), "must be after the start")
    return InvalidInput.at(_path(owner, rule), f"breaks the rule {constraint.sqltext}")


def _path(children: Children | None, column: str) -> str:
    head, *tail = column.split("_")
    field = head + "".join(word.capitalize() for word in tail)
    return field if children is None else f"{children.attribute}.{field}"


def _bound(column: sa.Column[Any], value: Any) -> Any:
    """Return a value of an after-image as its column takes it."""
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    return value
