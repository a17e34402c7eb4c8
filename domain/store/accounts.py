"""Service accounts by the hash of their token."""

from collections.abc import Collection

import sqlalchemy as sa

from domain.kernel.actor import Actor
from domain.store.engine import Database
from domain.store.tables.people import service_account


class SqlAccounts:
    """Finds who a token stands for; read with every request, so that a removed token is refused at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def actor_of(self, token_hash: str) -> Actor | None:
        """Return the actor of the account whose token has this SHA-256, None when there is none."""
        account = service_account.c
        found = sa.select(account.id, account.name, account.role, account.actor_person_id)
        async with self._database.reader.connect() as connection:
            row = (await connection.execute(found.where(account.token_hash == token_hash))).one_or_none()
        return None if row is None else Actor(row.id, row.name, frozenset({row.role}), row.actor_person_id)

    async def actors(self, account_ids: Collection[str]) -> dict[str, Actor]:
        """Return the actors of accounts by id; one that is gone is left out."""
        account = service_account.c
        wanted = sa.select(account.id, account.name, account.role, account.actor_person_id)
        async with self._database.reader.connect() as connection:
            rows = (await connection.execute(wanted.where(account.id.in_(sorted(account_ids))))).all()
        return {row.id: Actor(row.id, row.name, frozenset({row.role}), row.actor_person_id) for row in rows}
