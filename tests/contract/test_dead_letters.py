"""Dead letters over every store: put aside with the offset, tried again in the order of their subject, decided on."""

from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.actor import SYSTEM
from domain.kernel.errors import NotFound
from domain.kernel.time import FixedClock
from domain.people.model import Person
from domain.store.dead_letters import SqlDeadLetters
from domain.store.engine import Database
from domain.store.log import SqlEventLog


@pytest.fixture
def letters(database: Database) -> SqlDeadLetters:
    return SqlDeadLetters(database)


@pytest.fixture
async def events(database: Database, work: Any) -> list[Any]:
    """Ada added, Bob added, Ada renamed: positions 1 to 3."""
    async with work(SYSTEM) as act:
        ada, bob = (Person(id=name, external_id=None, name=name) for name in ("ada", "bob"))
        for person in (ada, bob):
            act.add(person)
            act.record("person.added", person)
        await act.commit()
    async with work(SYSTEM) as act:
        ada = await act.get(Person, "ada")
        ada.name = "Ada"
        act.record("person.renamed", ada)
        await act.commit()
    log = SqlEventLog(database)
    await log.number()
    return await log.read_after(0)


async def put(database: Database, letters: SqlDeadLetters, clock: FixedClock, *events: Any, **how: Any) -> None:
    options = {"error": "broken", "now": clock.now(), "retry_at": clock.now()} | how
    async with database.writer.begin() as connection:
        await letters.put("mail", events, **options)(connection)


async def parked(letters: SqlDeadLetters) -> list[str]:
    return [letter.consumer for letter in await letters.all() if letter.retry_at is None]


def positions(found: list[Any]) -> list[int]:
    return [letter.position for letter in found]


async def test_later_events_of_a_subject_wait_behind_its_earliest_letter(
    database: Database, letters: SqlDeadLetters, events: list[Any], clock: FixedClock
) -> None:
    assert await letters.held("mail") == set()
    await put(database, letters, clock, events[0])
    await put(database, letters, clock, events[2], events[1], error=None)
    assert await letters.held("mail") == {("person", "ada"), ("person", "bob")}
    assert await letters.held("another") == set()
    assert positions(await letters.due("mail", clock.now(), 10)) == [1, 2]
    (first, _) = await letters.due("mail", clock.now(), 10)
    assert (first.attempts, first.error, first.kind) == (1, "broken", "person.added")
    assert await letters.deliver(first, None)
    assert positions(await letters.due("mail", clock.now(), 10)) == [2, 3]


async def test_a_letter_is_delivered_once_and_with_its_effect(
    database: Database, letters: SqlDeadLetters, events: list[Any], clock: FixedClock
) -> None:
    await put(database, letters, clock, events[0])
    (letter,) = await letters.due("mail", clock.now(), 10)

    async def fail(_connection: Any) -> None:
        raise RuntimeError("the effect failed")

    with pytest.raises(RuntimeError, match="the effect failed"):
        await letters.deliver(letter, fail)
    assert await letters.all() == [letter]
    assert await letters.deliver(letter, None)
    assert not await letters.deliver(letter, fail)


async def test_a_letter_that_fails_waits_is_parked_and_is_tried_again_when_told(
    database: Database, letters: SqlDeadLetters, events: list[Any], clock: FixedClock
) -> None:
    await put(database, letters, clock, events[0])
    (letter,) = await letters.due("mail", clock.now(), 10)
    later = clock.now() + timedelta(minutes=1)
    await letters.fail(letter, "x" * 9_999, clock.now(), later)
    await letters.fail(letter, "of one that saw it before", clock.now(), None)
    assert await letters.due("mail", clock.now(), 10) == []
    assert (await letters.next_due("mail"), await parked(letters)) == (later, [])
    (letter,) = await letters.due("mail", later, 10)
    assert (letter.attempts, len(letter.error or "")) == (2, 2_000)
    await letters.fail(letter, "for good", later, None)
    assert (await letters.due("mail", later, 10), await parked(letters)) == ([], ["mail"])
    await letters.retry([letter], clock.now())
    assert [one.attempts for one in await letters.due("mail", clock.now(), 10)] == [0]


async def test_letters_are_found_by_id_and_discarded(
    database: Database, letters: SqlDeadLetters, events: list[Any], clock: FixedClock
) -> None:
    await put(database, letters, clock, *events)
    everything = await letters.all()
    assert positions(everything) == [1, 2, 3]
    assert await letters.get(everything[1].id) == everything[1]
    await letters.discard(everything[:2])
    assert await letters.all("mail") == everything[2:]
    assert await letters.all("another") == []
    with pytest.raises(NotFound):
        await letters.get(everything[0].id)
