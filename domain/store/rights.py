"""With whose eyes a webhook or a calendar is read: accounts as they may see now."""

from collections.abc import Collection, Mapping
from typing import Any

from domain.kernel.audience import Viewer
from domain.kernel.time import Clock
from domain.store.accounts import SqlAccounts
from domain.store.engine import Database
from domain.store.following import SqlFollowing


class SqlRights:
    """Accounts with their teams, and what decides about the subjects of events."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._accounts, self._following, self._clock = SqlAccounts(database, clock), SqlFollowing(database), clock

    async def viewers(self, account_ids: Collection[str]) -> Mapping[str, Viewer]:
        """Return the accounts as they may see now; one that is gone is left out."""
        actors = await self._accounts.actors(account_ids)
        people = {actor.person_id for actor in actors.values() if actor.person_id is not None}
        teams = await self._following.teams_of(people, self._clock.now()) if people else {}
        return {key: Viewer(actor, teams.get(actor.person_id or "", frozenset())) for key, actor in actors.items()}

    async def present(self, noun: str, ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return of each record what decides who sees it, as it is now."""
        return await self._following.present(noun, ids)
