"""The present image of every record, as its last event tells it, read from the tables a page at a time."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.image import as_json
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.mapping import AGGREGATES, Aggregate

_BY_NAME = {aggregate.table.name: aggregate for aggregate in AGGREGATES}

Image = dict[str, Any]


class SqlImages:
    """Images of records by the type under which the log knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, subject_type: str, after: str, limit: int) -> list[Image]:
        """Return the images of the next records by id after an id, at most `limit`."""
        aggregate = _BY_NAME[subject_type]
        ids = aggregate.table.c.id
        wanted = sa.select(aggregate.table).where(ids > after).order_by(ids).limit(limit)
        async with self._database.reader.connect() as connection:
            roots = (await connection.execute(wanted)).mappings().all()
            return await _with_children(connection, aggregate, roots)

    async def of(self, subject_type: str, record_ids: Collection[str]) -> list[Image]:
        """Return the images of these records by id, as far as they are there."""
        aggregate = _BY_NAME[subject_type]
        found: list[Image] = []
        async with self._database.reader.connect() as connection:
            for some in chunks(record_ids):
                wanted = sa.select(aggregate.table).where(aggregate.table.c.id.in_(some)).order_by(aggregate.table.c.id)
                roots = (await connection.execute(wanted)).mappings().all()
                found += await _with_children(connection, aggregate, roots)
        return found

    async def count(self, subject_type: str) -> int:
        """Return how many records there are."""
        async with self._database.reader.connect() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(_BY_NAME[subject_type].table)) or 0


async def _with_children(
    connection: AsyncConnection, aggregate: Aggregate, roots: Sequence[sa.RowMapping]
) -> list[Image]:
    images = [{str(name): as_json(value) for name, value in root.items()} for root in roots]
    for children in aggregate.children:
        by_root: dict[str, list[Image]] = {image["id"]: [] for image in images}
        key = children.table.c[children.key]
        # By bounds, not by a list of ids: a page is a run of neighbours, and a long list costs more than it saves.
        wanted = sa.select(children.table).where(key.between(min(by_root, default=""), max(by_root, default="")))
        for row in (await connection.execute(wanted.order_by(children.table.c.id))).mappings():
            if row[children.key] in by_root:
                by_root[row[children.key]].append({str(name): as_json(value) for name, value in row.items()})
        for image in images:
            image[children.attribute] = by_root[image["id"]]
    return images
