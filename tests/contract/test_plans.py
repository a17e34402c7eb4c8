"""Whatever can be asked of a noun is found by an index: every declared filter, order and link, on a million tickets.

On PostgreSQL the plans of the real statements over real numbers of rows show it; on SQLite, which keeps no statistics,
those over empty tables. A new filter or order without an index fails here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.actor import Actor, Role
from domain.kernel.page import Listing, Ordering, encode_cursor
from domain.kernel.time import SystemClock
from domain.store.engine import open_database
from domain.store.reads.noun import Link, Noun
from domain.store.reads.query import NOUNS, SqlReads
from domain.store.scope import Scope, visible
from tests.contract.many_rows import FEWEST, RARE, fill, rare, rows_of
from tests.records import SERVER, record_at

LARGE = {noun.table.name for noun in NOUNS.values() if SERVER is None or rows_of(noun.table) > FEWEST}
TOGETHER = {("event", "subject_id"): "subject_type", ("audit_entry", "subject_id"): "subject_type"}
"""A filter that is served beside another: ids are unique within their type only."""
ONLY_BELOW = {noun.name for noun in NOUNS.values() if noun.links and not set(noun.filters) - {"id", "external_id"}}
"""Nouns that are listed under a parent alone, in whose few rows an order needs no index."""
ADMINISTRATOR = Actor("account-1", "Somebody", frozenset({Role.ADMINISTRATOR}), None)
REQUESTER = Actor("account-2", "Somebody else", frozenset({Role.REQUESTER}), f"person{RARE}")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = record_at(tmp_path_factory.mktemp("filled") / "record.db")
    if SERVER is not None:
        asyncio.run(fill(url))
    return url


class Asked:
    """The reads of one actor; `scans` gathers the statements that went through a large table row by row."""

    def __init__(self, connection: AsyncConnection, actor: Actor) -> None:
        self.connection = connection
        self.scope = Scope(actor, SystemClock().now())
        self.reads = SqlReads(connection, self.scope)
        self.scans: dict[str, str] = {}

    @property
    def nouns(self) -> list[Noun]:
        """The nouns of which the actor may see any."""
        return [noun for name, noun in NOUNS.items() if str(visible(name, self.scope.sight)) != "false"]

    async def __call__(self, name: str, question: Callable[[SqlReads], Any]) -> None:
        with _noted(self.connection) as statements:
            await question(self.reads)
        for statement, parameters in statements:
            for table in await self._scanned(statement, parameters):
                self.scans[f"{name}: {table}"] = statement

    async def example(self, column: sa.Column[Any]) -> Any:
        """Return a value that few rows have."""
        if SERVER is None:
            if isinstance(column.type, sa.Enum):
                return next(iter(column.type.enum_class))
            return {str: "x", int: 1, float: 0.5, bool: True}.get(column.type.python_type) or SystemClock().now()
        return await self.connection.scalar(sa.select(sa.literal_column(rare(column), column.type)))

    async def _scanned(self, statement: str, parameters: Any) -> Iterator[str]:
        if SERVER is None:
            found = await self.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail.split() for row in found]
            return (step[1] for step in steps if step[0] == "SCAN" and step[1] in LARGE and "USING" not in step)
        found = await self.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan = found.scalar_one()
        return (table for table in _read_whole(plan if isinstance(plan, list) else json.loads(plan)) if table in LARGE)


def _read_whole(plan: Any) -> Iterator[str]:
    """Yield the tables that any part of a plan reads row by row."""
    if isinstance(plan, list):
        for part in plan:
            yield from _read_whole(part)
    if isinstance(plan, Mapping):
        if plan.get("Node Type") == "Seq Scan":
            yield str(plan["Relation Name"])
        for part in plan.values():
            yield from _read_whole(part)


@contextmanager
def _noted(connection: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    sa.event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield statements
    sa.event.remove(connection.sync_connection, "before_cursor_execute", note)


@pytest.fixture(params=[ADMINISTRATOR, REQUESTER], ids=["administrator", "requester"])
async def asked(filled: str, request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    database = open_database(filled)
    async with database.reader.connect() as connection:
        yield Asked(connection, request.param)
    await database.dispose()


async def questions_of_filters(asked: Asked, noun: Noun) -> dict[str, dict[str, Any]]:
    """Return a selective question for every filter, and for ranges one more."""
    found: dict[str, dict[str, Any]] = {}
    for field, target in noun.filters.items():
        column: Any = target.parent if isinstance(target, Link) else target
        beside = TOGETHER.get((noun.name, field))
        where = {} if beside is None else {beside: {"eq": await asked.example(noun.columns[beside])}}
        found[field] = where | {field: {"eq": await asked.example(column)}}
        if column.type.python_type not in (str, bool) and not isinstance(column.type, sa.Enum):
            found[f"{field} up to"] = {field: {"lt": await asked.example(column)}}
    return found


async def test_every_filter_is_served_by_an_index(asked: Asked) -> None:
    for noun in asked.nouns:
        for name, where in (await questions_of_filters(asked, noun)).items():
            await asked(f"{noun.name} counted by {name}", lambda reads, n=noun, w=where: reads.count(n.name, w))
            for order in [(Ordering(field),) for field in noun.orders] or [()]:
                listing = Listing(where=where, order=order)
                about = f"{noun.name} with {name} in order {listing.order_name}"
                await asked(about, lambda reads, n=noun, listed=listing: reads.page(n.name, ["id"], listed))
    assert asked.scans == {}


@pytest.mark.parametrize("is_descending", [False, True], ids=["ascending", "descending"])
async def test_every_order_is_served_by_an_index(asked: Asked, is_descending: bool) -> None:
    for noun in asked.nouns:
        if noun.table.name not in LARGE or noun.name in ONLY_BELOW:
            continue
        for fields in [(field,) for field in noun.orders] or [()]:
            order = tuple(Ordering(field, is_descending) for field in fields)
            key = [await asked.example(noun.orders[field]) for field in fields] + [await asked.example(noun.id)]
            name = Listing(order=order).order_name
            for after in (None, encode_cursor(name, key)):
                listing = Listing(order=order, after=after)
                about = f"{noun.name} in order {name} after {after}"
                await asked(about, lambda reads, n=noun, listed=listing: reads.page(n.name, ["id"], listed))
    assert asked.scans == {}


async def test_every_link_and_key_is_served_by_an_index(asked: Asked) -> None:
    for noun in asked.nouns:
        for link, hanging in noun.links.items():
            those = noun.name, link, [await asked.example(hanging.parent)]
            await asked(f"{noun.name} by {link}", lambda reads, those=those: reads.children(*those, ["id"], Listing()))
            await asked(f"{noun.name} counted by {link}", lambda reads, those=those: reads.count_children(*those, {}))
        for key in ("id", "number", "external_id"):
            if key in noun.filters:
                that = noun.name, ["id"], [await asked.example(noun.columns[key])], key
                await asked(f"{noun.name} by {key}", lambda reads, that=that: reads.by_ids(*that))
    assert asked.scans == {}
