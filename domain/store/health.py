"""What readiness is judged by."""

import sqlalchemy as sa

from domain.store.engine import Database
from domain.store.tables.log import outbox

COUNTED = 100_000


async def unnumbered_events(database: Database) -> int:
    """Return how many committed events wait for their place in the log, counted to `COUNTED`."""
    waiting = sa.select(outbox.c.id).where(outbox.c.position.is_(None)).limit(COUNTED).subquery()
    async with database.reader.connect() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0
