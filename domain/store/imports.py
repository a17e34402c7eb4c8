"""How far imports have come, written in the transaction of each of their chunks."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ports import ImportProgress
from domain.store.tables.log import import_progress


class SqlImportJournal:
    """The port `ImportJournal` over the session of a unit of work."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session, self._now = session, now

    async def progress(self, source: str) -> ImportProgress | None:
        """Return how far the import of this source had come when it was broken off; None when it was not."""
        kept = sa.select(import_progress).where(import_progress.c.source == source)
        row = (await self._session.execute(kept)).mappings().one_or_none()
        if row is None:
            return None
        return ImportProgress(**{name: row[name] for name in ImportProgress.__dataclass_fields__})

    async def keep(self, source: str, progress: ImportProgress) -> None:
        """Note how far the import of this source has come."""
        values = asdict(progress) | {"updated_at": self._now}
        noted = sa.update(import_progress).where(import_progress.c.source == source).values(values)
        known = await self._session.scalar(noted.returning(import_progress.c.source))
        if known is None:
            await self._session.execute(sa.insert(import_progress).values(source=source, **values))

    async def forget(self, source: str) -> None:
        """Forget a source whose import has come to its end."""
        await self._session.execute(sa.delete(import_progress).where(import_progress.c.source == source))
