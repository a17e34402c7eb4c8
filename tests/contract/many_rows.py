"""Fills every table of a PostgreSQL record with rows by the server alone: a million tickets in seconds.

A value is computed from the number of its row. Columns with few values have one that is rare, the first: what is asked
for it must not read the rest.
"""

from typing import Any

import asyncpg
import sqlalchemy as sa

from domain.store.tables import metadata
from domain.store.types import UtcDateTime

TICKETS = {"incident": 700_000, "change": 200_000, "problem": 100_000}
ROWS = TICKETS | {"incident_ci": 100_000, "change_target": 100_000, "outbox": 100_000, "ci": 50_000, "relation": 50_000}
FEWEST = 3_000
RARE = 997
"""One row in so many has the rare value, or a value at all where most have none."""
_INDEXES = """
SELECT relname, pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_class.oid)
"""
_RULES = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = to_regclass(quote_ident($1))"
BEGINNING = "2020-01-01T00:00:00Z"


def rows_of(table: sa.Table) -> int:
    return ROWS.get(table.name, FEWEST)


def rare(column: sa.Column[Any]) -> str:
    """Return SQL for the value of a column in the row RARE, with which few others share it."""
    return value(column, str(RARE))


def value(column: sa.Column[Any], row: str) -> str:  # noqa: PLR0911 - one kind of column a line
    """Return SQL for the value of a column in a row, given SQL for its number."""
    kind = column.type
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return value(target, f"(({row})::bigint * 7919 % {rows_of(target.table)} + 1)")
    if isinstance(kind, UtcDateTime):
        return f"('{BEGINNING}'::timestamptz + ({row}) * interval '3 minutes')"
    if isinstance(kind, sa.Date):
        return f"('2020-01-01'::date + (({row}) % 3000)::int)"
    if isinstance(kind, sa.Enum):
        return _mostly_others(row, [f"'{text}'" for text in kind.enums])
    if isinstance(kind, sa.Boolean):
        return _mostly_others(row, ["true", "false"])
    if isinstance(kind, sa.LargeBinary):
        return f"convert_to('{column.name[:6]}' || ({row}), 'UTF8')"
    if isinstance(kind, sa.JSON) or isinstance(getattr(kind, "impl", None), sa.JSON):
        return "'[]'::json"
    if isinstance(kind, sa.BigInteger) or column.name in {"id", "position"}:
        return row if not isinstance(kind, sa.String) else f"('{column.table.name[:12]}' || ({row}))"
    if isinstance(kind, sa.Integer):
        return _mostly_others(row, ["1", "2", "3", "4"])
    if isinstance(kind, sa.Float):
        return f"(({row}) % 1000 / 1000.0)"
    if column.name in {"status", "code", "kind", "level", "subject_kind", "subject_type"}:
        return _mostly_others(row, ["'RARE'", "'OPEN'", "'ACCEPTED'", "'RESOLVED'"])
    return f"left('{column.name[:6]}' || ({row}), {getattr(kind, 'length', None) or 99})"


def _mostly_others(row: str, values: list[str]) -> str:
    others = values[1:] or values
    cases = " ".join(f"WHEN {place} THEN {text}" for place, text in enumerate(others))
    among_others = f"CASE ({row})::bigint % {len(others)} {cases} END"
    return f"CASE WHEN ({row})::bigint % {RARE} = 0 THEN {values[0]} ELSE {among_others} END"


async def fill(url: str) -> None:
    """Fill every table, without the checks and references that cost time, and gather statistics."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")
        indexes = await connection.fetch(_INDEXES)
        for name, _ in indexes:
            await connection.execute(f'DROP INDEX "{name}"')
        for table in metadata.sorted_tables:
            for (rule,) in await connection.fetch(_RULES, table.name):
                await connection.execute(f'ALTER TABLE "{table.name}" DROP CONSTRAINT "{rule}"')
            names = ", ".join(f'"{column.name}"' for column in table.c)
            values = ", ".join(_filled(column) for column in table.c)
            rows = f"SELECT {values} FROM generate_series(1, {rows_of(table)}) AS n"
            await connection.execute(f'INSERT INTO "{table.name}" ({names}) {rows} ON CONFLICT DO NOTHING')
        for _, definition in indexes:  # made at once, which is much faster than row by row
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE")


def _filled(column: sa.Column[Any]) -> str:
    is_unset = column.nullable and not column.unique and not column.primary_key
    filled = value(column, "n")
    return f"CASE WHEN n % 3 = 1 AND n % {RARE} <> 0 THEN NULL ELSE {filled} END" if is_unset else filled
