"""Text is ordered by its bytes and compared as it is, whatever the server's language: pages are the same everywhere."""

from typing import Any

import pytest
import sqlalchemy as sa

from domain.kernel.actor import SYSTEM
from domain.kernel.page import Listing, Ordering
from domain.kernel.time import FixedClock
from domain.people.model import Person
from domain.store.engine import Database
from domain.store.reads.query import reads
from domain.store.tables import metadata

NAMES = ["", " a", "-b", "A", "Z", "_", "a", "a b", "a-b", "ab", "z", "Ä", "ä", "Å", "é", "ß", "ﬀ", "中", "😀"]


@pytest.mark.parametrize("is_descending", [False, True])
async def test_pages_follow_the_bytes_of_names(
    database: Database, work: Any, clock: FixedClock, is_descending: bool
) -> None:
    async with work(SYSTEM) as act:
        for place, name in enumerate(NAMES):
            someone = Person(id=f"p{place}", external_id=None, name=name)
            act.add(someone)
            act.record("person.added", someone)
        await act.commit()
    found: list[str] = []
    listing = Listing(first=3, order=(Ordering("name", is_descending=is_descending),))
    async with reads(database, clock)(SYSTEM) as asked:
        while True:
            page = await asked.page("person", ["name"], listing)
            found += [row["name"] for row in page.rows]
            if not page.has_next:
                break
            listing = Listing(first=3, order=listing.order, after=page.cursor(len(page.rows) - 1))
    assert found == sorted(NAMES, key=str.encode, reverse=is_descending)


async def test_every_text_column_is_ordered_by_bytes(database: Database) -> None:
    if database.reader.dialect.name != "postgresql":
        return
    async with database.reader.connect() as connection:
        inspected = await connection.run_sync(
            lambda lent: {
                (table, column["name"]): column["type"].collation
                for table in sa.inspect(lent).get_table_names()
                for column in sa.inspect(lent).get_columns(table)
                if isinstance(column["type"], sa.String)
            }
        )
    texts = {(c.table.name, c.name) for t in metadata.sorted_tables for c in t.c if isinstance(c.type, sa.String)}
    assert texts <= inspected.keys()
    assert set(inspected.values()) == {"C"}
