"""What can be asked of a noun, as data: its columns, filters, orders, and how it hangs on other nouns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlalchemy as sa

Column: TypeAlias = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Link:
    """How rows of a noun hang on a parent: `parent` holds the parent's id.

    It is a column of the noun's own table, or of a table between whose column `child` names the row of the noun.
    `conditions` say which links count, e.g. those that have not ended.
    """

    parent: Column
    child: Column | None = None
    conditions: tuple[sa.ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows that stand beside those of a noun, at most one each, where there is one."""

    table: sa.FromClause
    on: sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun as reads see it.

    `columns`, `filters` and `orders` are by the name the question uses; a filter over a link asks which rows hang on
    certain parents. Only what an index serves is a filter or an order. `joined` adds the columns of a table that has
    the same id, `beside` those of a row that need not be there. Rows without a value in a column of `known` are none of
    the noun's.
    """

    name: str
    table: sa.Table
    columns: Mapping[str, Column]
    filters: Mapping[str, Column | Link] = field(default_factory=dict)
    orders: Mapping[str, Column] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    joined: sa.Table | None = None
    beside: Beside | None = None
    known: tuple[Column, ...] = ()

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Which rows of the table are rows of the noun."""
        return [column.is_not(None) for column in self.known]

    def may_lack(self, column: Column) -> bool:
        """Whether rows of the noun may have no value in the column."""
        return bool(getattr(column, "nullable", True)) and not any(column is known for known in self.known)

    @property
    def source(self) -> sa.FromClause:
        """What rows are read from: what is counted, with what may stand beside each."""
        return self.counted if self.beside is None else self.counted.outerjoin(self.beside.table, self.beside.on)

    @property
    def counted(self) -> sa.FromClause:
        """The table, joined with the one that has the same id."""
        if self.joined is None:
            return self.table
        return self.table.join(self.joined, self.joined.c.id == self.table.c.id)

    @property
    def id(self) -> Column:
        """The key column."""
        return self.columns["id"]


def noun(
    table: sa.Table,
    *,
    name: str | None = None,
    filters: Iterable[str] = (),
    orders: Iterable[str] = (),
    links: Mapping[str, Link] | None = None,
    linked_filters: Mapping[str, Link] | None = None,
    joined: sa.Table | None = None,
    known: tuple[Column, ...] = (),
) -> Noun:
    """Return the noun of a table: every column under its own name, what is unique as a filter, the rest as named."""
    columns: dict[str, Column] = {} if joined is None else {column.name: column for column in joined.c}
    columns |= {column.name: column for column in table.c}
    unique = [name for name in ("id", "number", "external_id", "name") if _is_unique(columns.get(name))]
    return Noun(
        name=name or table.name,
        table=table,
        columns=columns,
        filters={**{field: columns[field] for field in (*unique, *filters)}, **(linked_filters or {})},
        orders={field: columns[field] for field in orders},
        links=links or {},
        joined=joined,
        known=known,
    )


def _is_unique(column: Any) -> bool:
    return column is not None and bool(column.primary_key or column.unique)
