"""Many ids in and many rows out of one statement, as one JSON text each: the same on SQLite and on PostgreSQL.

A parameter per id and a fetch per row cost more than what is asked, and hold up everybody else in the process.
"""

from collections.abc import Collection
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _JsonValues(FunctionElement[str]):
    """The texts of a JSON list, as rows."""

    name = "json_values"
    inherit_cache = True


class _JsonRows(FunctionElement[list[list[Any]]]):
    """The rows of a statement as one JSON list of lists."""

    name = "json_rows"
    type = sa.JSON()
    inherit_cache = True


class _EpochSeconds(FunctionElement[int]):
    """An instant as whole seconds since 1970, rounded down: `domain.kernel.time.to_seconds`."""

    name = "epoch_seconds"
    type = sa.BigInteger()
    inherit_cache = True


def any_of(ids: Collection[str]) -> sa.Select[tuple[str]]:
    """Return what a column is compared with by `in_` to be any of the ids, however many they are."""
    return any_in(sa.bindparam(None, ids_as_json(ids), type_=sa.Text, unique=True))


def any_in(parameter: sa.BindParameter[str]) -> sa.Select[tuple[str]]:
    """Return the same for ids that are given when the statement is executed: as `ids_as_json` writes them."""
    values = _JsonValues(parameter).table_valued("value")
    return sa.select(values.c.value)


def ids_as_json(ids: Collection[str]) -> str:
    """Return the ids as the text that stands for them in a statement."""
    return orjson.dumps(sorted(set(ids))).decode()


def rows_as_json(*columns: sa.ColumnElement[Any]) -> sa.ColumnElement[list[list[Any]]]:
    """Return one column that holds these columns of every row, in no order."""
    return _JsonRows(*columns)


def epoch_seconds(instant: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Return an instant as the engines count it."""
    return _EpochSeconds(instant)


@compiles(_JsonValues, "sqlite")
def _(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonValues, "postgresql")
def _(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS json))"


@compiles(_JsonRows, "sqlite")
def _(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(_JsonRows, "postgresql")
def _(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    rows = f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))"
    return f"COALESCE({rows}, CAST('[]' AS json))"


@compiles(_EpochSeconds, "sqlite")
def _(element: _EpochSeconds, compiler: SQLCompiler, **options: Any) -> str:
    # The stored text is cut after the second: rounded to milliseconds, as SQLite does, .9999 would be the next one.
    return f"CAST(strftime('%s', substr({compiler.process(element.clauses, **options)}, 1, 19)) AS INTEGER)"


@compiles(_EpochSeconds, "postgresql")
def _(element: _EpochSeconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)})) AS bigint)"
