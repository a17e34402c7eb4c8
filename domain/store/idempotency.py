"""Keys of creates, claimed in the transaction of the act: the act and its key are there together or not at all."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.kernel.errors import IdempotencyConflict
from domain.store.tables.log import idempotency_key

KEPT = timedelta(hours=24)
"""How long a key is remembered."""


async def claim(session: AsyncSession, actor_id: str, key: str, fingerprint: str, now: datetime) -> str | None:
    """Return what an earlier act with the key made, or None with the key now this act's.

    The unique key makes a concurrent asking wait for the transaction that came first.
    """
    kept = idempotency_key.c
    connection = await session.connection()
    await connection.execute(
        sa.delete(idempotency_key).where(kept.actor_id == actor_id, kept.recorded_at <= now - KEPT)
    )
    values = {"actor_id": actor_id, "key": key, "fingerprint": fingerprint, "recorded_at": now}
    try:
        async with connection.begin_nested():
            await connection.execute(sa.insert(idempotency_key).values(values))
    except IntegrityError:
        earlier = sa.select(kept.fingerprint, kept.answer_id).where(kept.actor_id == actor_id, kept.key == key)
        found = (await connection.execute(earlier)).one()
        if found.fingerprint != fingerprint:
            raise IdempotencyConflict(key) from None
        answer_id: str | None = found.answer_id
        return answer_id
    return None


async def keep_answer(session: AsyncSession, actor_id: str, key: str, answer_id: str | None) -> None:
    """Remember what the act with the key made."""
    kept = idempotency_key.c
    answered = sa.update(idempotency_key).where(kept.actor_id == actor_id, kept.key == key)
    await session.execute(answered.values(answer_id=answer_id))
