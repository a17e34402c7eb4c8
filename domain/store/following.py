"""What followers of the log need beside it: whom its subjects concern now and who is in which team."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from domain.kernel.audience import audience_fields
from domain.kernel.events import Event
from domain.store.engine import Database
from domain.store.loading import chunks
from domain.store.log import SqlEventLog
from domain.store.scope import table_of
from domain.store.tables.log import outbox
from domain.store.tables.people import person, team_member
from domain.store.types import UtcDateTime


class SqlFollowing:
    """The port of the live feed over the record, read without a scope: rights are asked per event."""

    def __init__(self, database: Database) -> None:
        self._database, self._log = database, SqlEventLog(database)

    async def span(self) -> tuple[int, int]:
        """Return the first and the last position that the log holds, 0 and 0 for an empty one."""
        ends = sa.select(sa.func.min(outbox.c.position), sa.func.max(outbox.c.position))
        async with self._database.reader.connect() as connection:
            first, last = (await connection.execute(ends)).one()
        return first or 0, last or 0

    async def read_after(self, position: int, limit: int) -> list[Event]:
        """Return the next events after a position, in order."""
        return await self._log.read_after(position, limit)

    async def present(self, noun: str, ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return of each record what decides who sees it, as it is now: one statement for some hundred records."""
        table = table_of(noun)
        columns = [table.c[name] for name in sorted(audience_fields(noun))]
        found: dict[str, Mapping[str, Any]] = {}
        async with self._database.reader.connect() as connection:
            for some in chunks(ids):
                rows = await connection.execute(sa.select(table.c.id, *columns).where(table.c.id.in_(some)))
                found |= {row["id"]: dict(row) for row in rows.mappings()}
        return found

    async def teams_of(self, person_ids: Collection[str], now: datetime) -> Mapping[str, frozenset[str]]:
        """Return the teams of which each person is a member at an instant."""
        member = team_member.c
        found: dict[str, set[str]] = {}
        async with self._database.reader.connect() as connection:
            for some in chunks(person_ids):
                rows = await connection.execute(
                    sa.select(member.person_id, member.team_id).where(
                        member.person_id.in_(some),
                        member.valid_from <= now,
                        sa.or_(member.valid_to.is_(None), member.valid_to > now),
                    )
                )
                for person_id, team_id in rows:
                    found.setdefault(person_id, set()).add(team_id)
        return {person_id: frozenset(found.get(person_id, ())) for person_id in person_ids}

    async def organisations_of(self, person_ids: Collection[str]) -> Mapping[str, str]:
        """Return the customer organisation of each person who has one."""
        found: dict[str, str] = {}
        async with self._database.reader.connect() as connection:
            for some in chunks(person_ids):
                of_some = sa.select(person.c.id, person.c.organisation).where(person.c.id.in_(some))
                rows = await connection.execute(of_some.where(person.c.organisation.is_not(None)))
                found |= {row.id: row.organisation for row in rows}
        return found

    def row(self, noun: str, image: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the row that an after-image shows, with values as a read gives them; its children are left out."""
        columns = table_of(noun).c
        return {column.name: _value(column, image[column.name]) for column in columns if column.name in image}


def _value(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind: Any = column.type
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return value
