"""Statements of reads are built once for all who have the same sight, and hold nobody's values."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.actor import Actor, Role
from domain.kernel.time import SystemClock
from domain.store.engine import open_database
from domain.store.reads import statements
from domain.store.reads.statements import NOUNS, Question
from domain.store.scope import Scope
from tests.records import record_at

REQUESTERS = [
    Actor(f"account-{number}", "Somebody", frozenset({Role.REQUESTER}), f"person-{number}", f"org-{number}")
    for number in (1, 2)
]
DESK = Actor("account-3", "Somebody", frozenset({Role.SERVICE_DESK}), "person-3")


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    database = open_database(record_at(tmp_path / "record.db"))
    async with database.reader.connect() as opened:
        yield opened
    await database.dispose()


def built(noun: str, actor: Actor) -> sa.Select[tuple[int]]:
    """Return the statement that counts what the actor sees of a noun."""
    return statements.count(Question(noun, Scope(actor, SystemClock().now()).sight))


@pytest.mark.parametrize("noun", NOUNS)
def test_who_asks_is_no_part_of_a_statement(noun: str) -> None:
    one, other = (built(noun, actor) for actor in REQUESTERS)
    assert one is other
    values = set(one.compile().params.values())
    assert values.isdisjoint(
        {value for actor in REQUESTERS for value in (actor.id, actor.person_id, actor.organisation)}
    )


def test_another_sight_has_another_statement() -> None:
    assert built("incident", DESK) is not built("incident", REQUESTERS[0])


async def test_a_statement_without_a_viewer_fails(connection: AsyncConnection) -> None:
    with pytest.raises(StatementError, match="viewer_person"):
        await connection.execute(built("incident", REQUESTERS[0]))
