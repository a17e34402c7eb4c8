"""The representative query in strawberry's own way: SQLAlchemy's ORM, a DataLoader per relation, a session per load."""

import base64
import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import strawberry
import uvicorn
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from domain.incident.model import ChangeLinkType, IncidentState
from domain.store.settings import async_url

Instant = sa.DateTime(timezone=True)


strawberry.enum(IncidentState)
strawberry.enum(ChangeLinkType)


class Base(DeclarativeBase):
    """The tables, as the ORM maps them."""


class IncidentRow(Base):
    __tablename__ = "incident"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    state: Mapped[str]
    priority: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    solution: Mapped[str | None]
    is_restricted: Mapped[bool]
    version: Mapped[int]
    assignee_id: Mapped[str | None]
    reporter_id: Mapped[str | None]


class PersonRow(Base):
    __tablename__ = "person"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class ItemRow(Base):
    __tablename__ = "ci"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class IncidentItemRow(Base):
    __tablename__ = "incident_ci"
    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str]
    ci_id: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LinkRow(Base):
    __tablename__ = "incident_change_link"
    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str]
    change_id: Mapped[str]
    type: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ChangeRow(Base):
    __tablename__ = "change"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]


engine = create_async_engine(async_url(os.environ["DATABASE_URL"]), pool_size=20)
session = async_sessionmaker(engine, expire_on_commit=False)


def by_id(row_type: Any) -> DataLoader[str, Any]:
    """Return the loader of rows by their id."""

    async def load(ids: list[str]) -> list[Any]:
        async with session() as opened:
            found = {row.id: row for row in await opened.scalars(sa.select(row_type).where(row_type.id.in_(ids)))}
        return [found.get(key) for key in ids]

    return DataLoader(load_fn=load)


def by_incident(ranked: Callable[[list[str]], sa.Select[Any]], row_type: Any, first: int) -> DataLoader[str, list[Any]]:
    """Return the loader of the first rows of every incident."""

    async def load(ids: list[str]) -> list[list[Any]]:
        places = ranked(ids).subquery()
        statement = (
            sa.select(row_type, places.c.incident_id)
            .join(places, places.c.id == row_type.id)
            .where(places.c.place <= first)
            .order_by(places.c.incident_id, places.c.place)
        )
        groups: dict[str, list[Any]] = {key: [] for key in ids}
        async with session() as opened:
            for row, incident_id in await opened.execute(statement):
                groups[incident_id].append(row)
        return [groups[key] for key in ids]

    return DataLoader(load_fn=load)


def ranked_items(ids: list[str]) -> sa.Select[Any]:
    """Return the items of the incidents with their places."""
    link = IncidentItemRow
    place = sa.func.row_number().over(partition_by=link.incident_id, order_by=link.ci_id).label("place")
    return sa.select(link.incident_id, link.ci_id.label("id"), place).where(
        link.incident_id.in_(ids), link.ended_at.is_(None)
    )


def ranked_links(ids: list[str]) -> sa.Select[Any]:
    """Return the links of the incidents with their places."""
    place = sa.func.row_number().over(partition_by=LinkRow.incident_id, order_by=LinkRow.id).label("place")
    return sa.select(LinkRow.incident_id, LinkRow.id, place).where(
        LinkRow.incident_id.in_(ids), LinkRow.ended_at.is_(None)
    )


class Loaders:
    """The loaders of one request."""

    def __init__(self) -> None:
        self.people, self.changes = by_id(PersonRow), by_id(ChangeRow)
        self._lists: dict[tuple[str, int], DataLoader[str, list[Any]]] = {}

    def items(self, first: int) -> DataLoader[str, list[Any]]:
        """Return the loader of the first items."""
        return self._lists.setdefault(("items", first), by_incident(ranked_items, ItemRow, first))

    def links(self, first: int) -> DataLoader[str, list[Any]]:
        """Return the loader of the first links."""
        return self._lists.setdefault(("links", first), by_incident(ranked_links, LinkRow, first))


def global_id(type_name: str, row_id: str) -> strawberry.ID:
    """Return an opaque id."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{type_name}:{row_id}".encode()).decode().rstrip("="))


@strawberry.type
class Person:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: PersonRow | None) -> "Person | None":
        """Return the person of a row."""
        return None if row is None else cls(id=global_id("Person", row.id), name=row.name)


@strawberry.type
class ConfigurationItem:
    id: strawberry.ID
    name: str


@strawberry.type
class Change:
    id: strawberry.ID
    number: str


@strawberry.type
class IncidentChangeLink:
    type: ChangeLinkType
    recorded_at: datetime
    change_id: strawberry.Private[str]

    @strawberry.field
    async def change(self, info: Info) -> Change | None:
        row = await info.context["loaders"].changes.load(self.change_id)
        return None if row is None else Change(id=global_id("Change", row.id), number=row.number)


@strawberry.type
class ConfigurationItemConnection:
    nodes: list[ConfigurationItem]


@strawberry.type
class IncidentChangeLinkConnection:
    nodes: list[IncidentChangeLink]


@strawberry.type
class Incident:
    id: strawberry.ID
    number: str
    title: str
    description: str
    state: IncidentState
    priority: int
    opened_at: datetime
    recorded_at: datetime
    resolved_at: datetime | None
    solution: str | None
    is_restricted: bool
    version: int
    row: strawberry.Private[IncidentRow]

    @strawberry.field
    async def assignee(self, info: Info) -> Person | None:
        key = self.row.assignee_id
        return None if key is None else Person.of(await info.context["loaders"].people.load(key))

    @strawberry.field
    async def reporter(self, info: Info) -> Person | None:
        key = self.row.reporter_id
        return None if key is None else Person.of(await info.context["loaders"].people.load(key))

    @strawberry.field
    async def configuration_items(self, info: Info, first: int = 25) -> ConfigurationItemConnection:
        rows = await info.context["loaders"].items(first).load(self.row.id)
        nodes = [ConfigurationItem(id=global_id("ConfigurationItem", row.id), name=row.name) for row in rows]
        return ConfigurationItemConnection(nodes=nodes)

    @strawberry.field
    async def change_links(self, info: Info, first: int = 25) -> IncidentChangeLinkConnection:
        rows = await info.context["loaders"].links(first).load(self.row.id)
        nodes = [
            IncidentChangeLink(type=ChangeLinkType(row.type), recorded_at=row.recorded_at, change_id=row.change_id)
            for row in rows
        ]
        return IncidentChangeLinkConnection(nodes=nodes)


@strawberry.type
class IncidentConnection:
    nodes: list[Incident]


_SCALARS = [
    "number",
    "title",
    "description",
    "priority",
    "opened_at",
    "recorded_at",
    "resolved_at",
    "solution",
    "is_restricted",
    "version",
]


@strawberry.type
class Query:
    @strawberry.field
    async def incidents(self, state: IncidentState, first: int = 25) -> IncidentConnection:
        statement = (
            sa.select(IncidentRow)
            .where(IncidentRow.state == state.value)
            .order_by(IncidentRow.priority, IncidentRow.id)
            .limit(first)
        )
        async with session() as opened:
            rows = (await opened.scalars(statement)).all()
        nodes = [
            Incident(
                id=global_id("Incident", row.id),
                state=IncidentState(row.state),
                row=row,
                **{name: getattr(row, name) for name in _SCALARS},
            )
            for row in rows
        ]
        return IncidentConnection(nodes=nodes)


class View(GraphQL[Any, Any]):
    """The view with the loaders of the request in its context."""

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002 - what the view is asked with
        return {"loaders": Loaders()}


def main() -> None:
    schema = strawberry.Schema(Query)
    app = Starlette(routes=[Route("/graphql", View(schema), methods=["POST"])])
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")


if __name__ == "__main__":
    main()
