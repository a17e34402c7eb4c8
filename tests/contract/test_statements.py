"""One statement with many ids in and many rows out, and how answers come back: the same on every store."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.kernel.time import to_seconds
from domain.store.engine import Database
from domain.store.json_rows import any_of, epoch_seconds, rows_as_json
from domain.store.prompt_sqlite import ROWS_AT_ONCE
from domain.store.tables.tickets import incident
from domain.store.types import UtcDateTime

MANY = 2 * ROWS_AT_ONCE + 1
INSTANTS = [
    datetime(2026, 11, 23, 8, 0, 0, 999_999, tzinfo=UTC),
    datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
]

numbered = sa.Table(
    "numbered", sa.MetaData(), sa.Column("id", sa.String(26), primary_key=True), sa.Column("at", UtcDateTime)
)


@pytest.fixture
async def filled(database: Database):
    """A table of a few thousand rows that is gone afterwards."""
    rows = [{"id": f"row-{place:05}", "at": INSTANTS[place % 3] + timedelta(days=place)} for place in range(MANY)]
    async with database.writer.begin() as connection:
        await connection.run_sync(numbered.create)
        written = await connection.execute(sa.insert(numbered), rows)
        assert written.rowcount in (MANY, -1)
    yield database
    async with database.writer.begin() as connection:
        await connection.run_sync(numbered.drop)


def ids(places: Iterable[int]) -> list[str]:
    return [f"row-{place:05}" for place in places]


async def test_rows_come_back_as_they_are_stored(filled: Database) -> None:
    asked = ids(range(0, MANY, 2))
    every = sa.select(rows_as_json(numbered.c.id, epoch_seconds(numbered.c.at)))
    async with filled.reader.connect() as connection:
        found = await connection.scalar(every.where(numbered.c.id.in_(any_of([*asked, *asked, "nobody"]))))
        stored = (await connection.execute(sa.select(numbered).where(numbered.c.id.in_(asked)))).all()
    assert found is not None
    assert sorted(map(tuple, found)) == sorted((row.id, to_seconds(row.at)) for row in stored)
    assert len(found) == len(asked)


async def test_nothing_is_any_of_no_ids(filled: Database) -> None:
    none = sa.select(rows_as_json(numbered.c.id)).where(numbered.c.id.in_(any_of([])))
    async with filled.reader.connect() as connection:
        assert await connection.scalar(none) == []


@pytest.mark.parametrize("number", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, MANY])
async def test_an_answer_of_any_length_is_whole_fetched_or_streamed(filled: Database, number: int) -> None:
    asked = sa.select(numbered.c.id).order_by(numbered.c.id).limit(number)
    async with filled.reader.connect() as connection:
        assert list(await connection.scalars(asked)) == ids(range(number))
        streamed = await connection.stream(asked)
        parts = [part async for part in streamed.partitions(700)]
        assert [row.id for part in parts for row in part] == ids(range(number))


async def test_an_answer_left_half_read_holds_up_no_one(filled: Database) -> None:
    async with filled.reader.connect() as connection:
        streamed = await connection.stream(sa.select(numbered.c.id).order_by(numbered.c.id))
        assert (await streamed.fetchmany(2))[1].id == "row-00001"
        await streamed.close()
    async with filled.writer.begin() as connection:
        deleted = await connection.execute(sa.delete(numbered).where(numbered.c.id.in_(any_of(ids(range(10))))))
        assert deleted.rowcount == 10
        returned = sa.update(numbered).where(numbered.c.id.in_(ids([10, 11]))).values(at=None).returning(numbered.c.id)
        assert sorted(await connection.scalars(returned)) == ids([10, 11])


async def test_a_refused_statement_is_told_as_such(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.writer.begin() as connection:
            await connection.execute(sa.insert(incident).values(id="one"))
    async with database.writer.begin() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(incident)) == 0
