"""The record's one key: made by whoever opens the record first, the same for every process since."""

import secrets

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from domain.kernel.keys import KEY_BYTES, RecordKey
from domain.store.engine import Database
from domain.store.tables.log import record_key

_NAME = "record"


async def key_of(database: Database) -> RecordKey:
    """Return the key of the record."""
    known = await _known(database)
    if known is None:
        try:
            async with database.writer.begin() as connection:
                await connection.execute(sa.insert(record_key).values(name=_NAME, key=secrets.token_bytes(KEY_BYTES)))
        except IntegrityError:
            pass  # another process made it in this very moment
        known = await _known(database)
    return RecordKey(known or b"")


async def _known(database: Database) -> bytes | None:
    async with database.reader.connect() as connection:
        return await connection.scalar(sa.select(record_key.c.key).where(record_key.c.name == _NAME))
