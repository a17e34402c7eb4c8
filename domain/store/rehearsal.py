"""A rehearsal: units of work that see what the others wrote, and none of it stays."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from domain.kernel.actor import Actor
from domain.kernel.ids import Ids
from domain.kernel.time import Clock
from domain.store.engine import Database
from domain.store.unit_of_work import SqlUnitOfWork


@asynccontextmanager
async def rehearsal(
    database: Database, clock: Clock, ids: Ids
) -> AsyncIterator[Callable[[Actor], AbstractAsyncContextManager[SqlUnitOfWork]]]:
    """Yield the factory of units of work inside one transaction, which is undone at the end.

    On SQLite other writers wait for as long as the rehearsal lasts.
    """
    async with database.writer.connect() as connection:
        everything = await connection.begin()

        @asynccontextmanager
        async def open_work(actor: Actor) -> AsyncIterator[SqlUnitOfWork]:
            async with AsyncSession(
                connection, expire_on_commit=False, autoflush=False, join_transaction_mode="create_savepoint"
            ) as session:
                yield SqlUnitOfWork(session, actor, clock.now(), ids)

        try:
            yield open_work
        finally:
            await everything.rollback()
