"""Who asks: service accounts by the hash of their token, people by what the identity provider calls them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.kernel.actor import Actor, Identity, Role
from domain.kernel.time import Clock
from domain.store.engine import Database
from domain.store.tables.people import account_use, person, service_account

USE_KEPT = timedelta(hours=1)
"""How coarsely the last use of a token is kept."""


class SqlAccounts:
    """Finds who a token stands for; read with every request, so that a revoked token is refused at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._used: dict[str, datetime] = {}

    async def identity_of(self, token_hash: str) -> Identity | None:
        """Return whom the token with this SHA-256 stands for.

        None when there is none, it has expired or was revoked, or the person it acts for has left.
        """
        account, now = service_account.c, self._clock.now()
        found = (
            sa.select(service_account, person.c.organisation, person.c.is_active, account_use.c.used_at)
            .join_from(service_account, person, person.c.id == account.actor_person_id, isouter=True)
            .join(account_use, account_use.c.account_id == account.id, isouter=True)
            .where(
                sa.or_(account.token_hash == token_hash, account.previous_token_hash == token_hash),
                account.revoked_at.is_(None),
            )
        )
        async with self._database.reader.connect() as connection:
            row = (await connection.execute(found)).one_or_none()
        if row is None or row.is_active is False:
            return None
        expires_at = row.expires_at if row.token_hash == token_hash else row.previous_valid_until
        if expires_at is not None and expires_at <= now:
            return None
        if row.used_at is None or now - row.used_at >= USE_KEPT:
            self._used[row.id] = now
        return Identity(_actor(row), expires_at)

    async def actors(self, account_ids: Collection[str]) -> dict[str, Actor]:
        """Return the actors of accounts by id; one that is gone, revoked or of somebody who has left is left out."""
        account = service_account.c
        wanted = (
            sa.select(service_account, person.c.organisation, person.c.is_active)
            .join_from(service_account, person, person.c.id == account.actor_person_id, isouter=True)
            .where(account.id.in_(sorted(account_ids)), account.revoked_at.is_(None))
        )
        async with self._database.reader.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row.id: _actor(row) for row in rows if row.is_active is not False}

    async def person_of(self, subject: str, roles: frozenset[Role]) -> Actor | None:
        """Return the actor of the person whom the identity provider calls by this name, in these roles and their own.

        None when nobody is called so, or the person has left.
        """
        named = sa.select(person.c.id, person.c.name, person.c.roles, person.c.organisation, person.c.is_active)
        async with self._database.reader.connect() as connection:
            row = (await connection.execute(named.where(person.c.subject == subject))).one_or_none()
        if row is None or not row.is_active:
            return None
        return Actor(row.id, row.name, roles | frozenset(row.roles), row.id, row.organisation)

    async def keep_uses(self) -> None:
        """Write down which accounts were used since this was last done: no request waits for that."""
        used, self._used = self._used, {}
        if not used:
            return
        kept = account_use.c
        async with self._database.writer.begin() as connection:
            for account_id, at in used.items():
                noted = sa.update(account_use).where(kept.account_id == account_id).values(used_at=at)
                if (await connection.execute(noted)).rowcount == 0:
                    await connection.execute(sa.insert(account_use).values(account_id=account_id, used_at=at))


def _actor(row: Any) -> Actor:
    scope = frozenset(row.scope) or None
    return Actor(row.id, row.name, frozenset({row.role}), row.actor_person_id, row.organisation, scope)
