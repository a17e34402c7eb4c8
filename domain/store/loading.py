"""Loading records with their children: shared by the unit of work and by snapshots."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from domain.store.mapping import AGGREGATE_OF

Record = TypeVar("Record")

IDS_PER_STATEMENT = 500
NO_TEXT = "\x00"


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield the distinct ids in ascending order, as many at a time as one statement takes.

    What no text can hold is no id and left out: PostgreSQL refuses to be asked for it.
    """
    ordered = sorted(found for found in set(ids) if NO_TEXT not in found)
    for start in range(0, len(ordered), IDS_PER_STATEMENT):
        yield ordered[start : start + IDS_PER_STATEMENT]


def select_records(noun: type[Record], values: dict[str, Any]) -> sa.Select[Record]:
    """Return the statement for records whose columns equal the values.

    A list means any of them; a dict belongs to a list of children, one of which has the columns it says.
    """
    aggregate = AGGREGATE_OF[noun]
    statement = sa.select(noun).options(
        *(selectinload(getattr(noun, children.attribute)) for children in aggregate.children)
    )
    for column, value in values.items():
        if isinstance(value, dict):
            statement = statement.where(getattr(noun, column).any(**value))
            continue
        compared = aggregate.table.c[column]
        statement = statement.where(compared.in_(value) if isinstance(value, list) else compared == value)
    return statement


async def load_records(session: AsyncSession, noun: type[Record], values: dict[str, Any]) -> list[Record]:
    """Return the records by id, in as many statements as a long list of ids needs."""
    long = next((name for name, value in values.items() if isinstance(value, list)), None)
    if long is None:
        return list(await session.scalars(select_records(noun, values).order_by(AGGREGATE_OF[noun].table.c.id)))
    found: list[Record] = []
    for chunk in chunks(values[long]):
        found += await session.scalars(select_records(noun, {**values, long: chunk}))
    return sorted(found, key=lambda record: str(getattr(record, "id")))  # noqa: B009 - every record has an id
