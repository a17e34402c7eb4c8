"""A create with a key is done once: asked again it answers with the same record, whatever happened in between."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.kernel.errors import InvalidInput
from domain.kernel.time import FixedClock
from domain.store.tables import metadata
from domain.store.unit_of_work import SqlUnitOfWork
from tests.api.mutations.cases import Case
from tests.api.mutations.office import MUTATIONS, Office
from tests.api.mutations.test_every_mutation import CASES, input_type

REPEATING_ADDS_NOTHING = {"cabAgendaPlan", "cabSeriesSchedule"}
"""Acts that come to the same when they are repeated, by what they are."""
SHOWS_ONCE = {"serviceAccountCreate"}
"""Acts whose answer must not be given twice: what the token opens is more than the record, and it is kept nowhere."""
CREATES = [
    case
    for case in CASES
    if case.right and "idempotencyKey" in input_type(case.mutation).fields and case.mutation not in SHOWS_ONCE
]


def record_of(outcome: dict[str, Any]) -> Any:
    """Return the id of the record in a success."""
    assert outcome["__typename"].endswith("Success"), outcome
    (record,) = (value for value in outcome.values() if isinstance(value, dict))
    return record["id"]


def test_whatever_is_changed_takes_a_version_and_whatever_is_created_takes_a_key() -> None:
    for mutation in MUTATIONS.keys() - REPEATING_ADDS_NOTHING:
        given = input_type(mutation).fields
        assert ("expectedVersion" in given) != ("idempotencyKey" in given), mutation


def test_every_create_takes_a_key() -> None:
    creates = [name for name in MUTATIONS if name.endswith("Create")]
    assert len(creates) > 5
    assert [name for name in creates if "idempotencyKey" not in input_type(name).fields] == []


@pytest.mark.parametrize("case", CREATES, ids=lambda case: case.mutation)
async def test_asked_twice_with_a_key_it_is_done_once(office: Office, case: Case) -> None:
    given = {**(case.right or {}), "idempotencyKey": "key-1"}
    first = await office.do(case.mutation, given)
    events = len(await office.world.events())
    assert record_of(first)
    assert await office.do(case.mutation, given) == first
    assert len(await office.world.events()) == events


async def test_a_repetition_shows_the_secret_that_a_webhook_signs_with_now(office: Office) -> None:
    given = {"name": "Chat", "url": "https://chat.example.org/in", "follows": [{"tickets": {}}]}
    first = await office.do("webhookCreate", {**given, "idempotencyKey": "key-1"})
    rotated = await office.do("webhookSecretRotate", {"webhookId": record_of(first), "expectedVersion": 1})
    again = await office.do("webhookCreate", {**given, "idempotencyKey": "key-1"})
    assert (again["secret"], again["webhook"]["version"]) == (rotated["secret"], 2)
    assert again["secret"] != first["secret"]


@pytest.mark.parametrize("person", ["cyd", "ada"])
async def test_a_repetition_shows_a_secret_to_nobody_else(office: Office, person: str) -> None:
    given = {"name": "Mine", "kind": "CHANGES", "idempotencyKey": "key-1"}
    first = await office.do("calendarFeedCreate", given)
    theirs = await office.do("calendarFeedCreate", given, person=person)
    assert theirs.get("address") != first["address"]


async def test_no_secret_is_in_the_record(office: Office) -> None:
    hook = {"name": "Chat", "url": "https://chat.example.org/in", "follows": [{"tickets": {}}], "idempotencyKey": "1"}
    secret = (await office.do("webhookCreate", hook))["secret"]
    feed = await office.do("calendarFeedCreate", {"name": "Mine", "kind": "CHANGES", "idempotencyKey": "2"})
    token = feed["address"].removeprefix("/calendars/").removesuffix(".ics")
    everything = str(await office.world.everything())
    assert (secret in everything, token in everything, "Chat" in everything) == (False, False, True)


async def test_a_token_is_not_shown_again(office: Office) -> None:
    given = {"name": "monitoring", "role": "AUDITOR", "idempotencyKey": "key-1"}
    first = await office.do("serviceAccountCreate", given)
    events = len(await office.world.events())
    again = await office.do("serviceAccountCreate", given)
    assert (again["__typename"], first["token"] in again["message"]) == ("IdempotencyConflictError", False)
    assert len(await office.world.events()) == events


async def test_another_input_under_the_key_is_a_conflict_and_does_nothing(office: Office) -> None:
    await office.do("teamCreate", {"name": "Network", "idempotencyKey": "key-1"})
    before = await office.world.everything()
    for mutation, given in (("teamCreate", {"name": "Storage"}), ("calendarCreate", {"name": "Night"})):
        outcome = await office.do(mutation, {**given, "idempotencyKey": "key-1"})
        assert (outcome["__typename"], outcome["path"]) == ("IdempotencyConflictError", ["idempotencyKey"])
    assert await office.world.everything() == before


async def test_keys_are_each_askers_own(office: Office) -> None:
    given = {"title": "Patch", "idempotencyKey": "key-1"}
    mine = await office.do("changeCreate", given)
    theirs = await office.do("changeCreate", given, person="ada")
    assert record_of(mine) != record_of(theirs)


async def test_a_refused_act_leaves_its_key_free(office: Office) -> None:
    refused = await office.do("teamCreate", {"name": "", "idempotencyKey": "key-1"})
    assert refused["__typename"] == "InvalidInputError"
    record_of(await office.do("teamCreate", {"name": "Network", "idempotencyKey": "key-1"}))


async def test_asked_at_the_same_time_it_is_done_once(office: Office) -> None:
    given = {"name": "Network", "idempotencyKey": "key-1"}
    outcomes = await asyncio.gather(*(office.do("teamCreate", given) for _ in range(8)))
    assert len({record_of(outcome) for outcome in outcomes}) == 1
    assert [event.kind for event in await office.world.events()] == ["team.created"]


@pytest.mark.parametrize("is_refused", [False, True])
async def test_asked_of_two_servers_at_once_it_is_done_once(
    office: Office, second_office: Office, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    """The second asks while the first is about to commit: it waits, and gets that answer, or does it itself."""
    commit, is_about_to, may = SqlUnitOfWork.commit, asyncio.Event(), asyncio.Event()

    async def waiting(work: SqlUnitOfWork) -> int:
        if not is_about_to.is_set():
            is_about_to.set()
            await may.wait()
            if is_refused:
                raise InvalidInput.at("name", "is not wanted")
        return await commit(work)

    monkeypatch.setattr(SqlUnitOfWork, "commit", waiting)
    given = {"name": "Network", "idempotencyKey": "key-1"}
    first = asyncio.create_task(office.do("teamCreate", given))
    await is_about_to.wait()
    others = [asyncio.create_task(server.do("teamCreate", given)) for server in (second_office, second_office, office)]
    await asyncio.sleep(0.2)
    assert not any(other.done() for other in others)
    may.set()
    outcomes = await asyncio.gather(first, *others)
    assert outcomes[0]["__typename"] == ("InvalidInputError" if is_refused else "TeamCreateSuccess")
    done = outcomes[1:] if is_refused else outcomes
    assert len({record_of(outcome) for outcome in done}) == 1
    assert [event.kind for event in await office.world.events()] == ["team.created"]


async def test_a_list_asked_of_two_servers_at_once_is_done_once(office: Office, second_office: Office) -> None:
    items = [{"name": name, "className": "server"} for name in "abcdefgh"]
    servers = (office, second_office, second_office)
    outcomes = await asyncio.gather(*(server.do_all("ciCreateBulk", items, idempotencyKey="1") for server in servers))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len({record_of(result) for result in outcomes[0]["results"]}) == len(items)
    assert [event.kind for event in await office.world.events()] == ["ci.created"] * len(items)


async def test_a_key_is_forgotten_after_a_day(office: Office) -> None:
    given = {"title": "Patch", "idempotencyKey": "key-1"}
    clock = office.runtime.ports.clock
    assert isinstance(clock, FixedClock)
    first = record_of(await office.do("changeCreate", given))
    clock.advance(timedelta(hours=23, minutes=59))
    assert record_of(await office.do("changeCreate", given)) == first
    clock.advance(timedelta(minutes=1))
    assert record_of(await office.do("changeCreate", given)) != first
    async with office.runtime.database.reader.connect() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(metadata.tables["idempotency_key"])) == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_that_is_none_is_named(office: Office, key: str) -> None:
    outcome = await office.do("teamCreate", {"name": "Network", "idempotencyKey": key})
    assert (outcome["__typename"], outcome["issues"][0]["path"]) == ("InvalidInputError", ["idempotencyKey"])


async def test_who_may_no_longer_do_it_gets_no_answer_by_its_key(office: Office) -> None:
    given = {"name": "Network", "idempotencyKey": "key-1"}
    await office.do("teamCreate", given)
    outcome = await office.do("teamCreate", given, person="cyd")
    assert outcome["__typename"] == "ForbiddenError"
