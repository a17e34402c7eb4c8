"""A verb over a list: every item is an act of its own, and the list asked for again with a key is finished, not redone.

That one item is done, refused and permitted as the verb alone is held by the tests of every mutation.
"""

import asyncio
from typing import Any

import pytest

from api.ids import encode_id as gid
from domain.store.unit_of_work import SqlUnitOfWork
from tests.api.mutations.cases import Case, Given, nobody, seen
from tests.api.mutations.configuration_cases import ci
from tests.api.mutations.office import BULK, MUTATIONS, Office, document
from tests.api.mutations.test_every_mutation import CASES

IN_BULK = [case for case in CASES if case.mutation.endswith(BULK)]


def named(*names: str) -> list[Given]:
    """Return items that create configuration items."""
    return [{"name": name, "className": "server"} for name in names]


async def kinds(office: Office) -> list[str]:
    return [event.kind for event in await office.world.events()]


def ids(outcome: dict[str, Any]) -> list[Any]:
    """Return the ids of the configuration items that were made."""
    return [result["configurationItem"]["id"] for result in outcome["results"]]


def test_there_is_a_verb_over_a_list_only_where_there_is_the_verb() -> None:
    assert IN_BULK
    assert {case.mutation.removesuffix(BULK) for case in IN_BULK} <= MUTATIONS.keys()
    assert {case.mutation for case in IN_BULK} == {name for name in MUTATIONS if name.endswith(BULK)}


async def test_each_item_gets_its_own_result_in_the_order_asked(office: Office) -> None:
    items = [
        seen("Incident", "incident", expectedVersion=7, solution="restarted"),
        {**seen("Incident", "incident", solution="restarted"), "incidentId": nobody("Incident")},
        seen("Incident", "incident", solution=" "),
        {**seen("Incident", "incident", solution="restarted"), "incidentId": "nonsense"},
        seen("Incident", "incident", solution="restarted"),
        seen("Incident", "incident", solution="restarted again"),
    ]
    outcome = await office.do_all("incidentResolveBulk", items)
    assert [result["__typename"] for result in outcome["results"]] == [
        "StaleVersionError",
        "NotFoundError",
        "InvalidInputError",
        "InvalidInputError",
        "IncidentResolveSuccess",
        "StaleVersionError",
    ]
    assert [result.get("path") for result in outcome["results"][1:4]] == [["incidentId"], ["solution"], ["incidentId"]]
    assert await kinds(office) == ["incident.resolved"]


async def test_a_list_is_of_one_to_a_hundred(office: Office) -> None:
    before = await office.world.everything()
    for items in ([], named("a") * 101):
        outcome = await office.do_all("ciCreateBulk", items)
        assert (outcome["__typename"], outcome["path"]) == ("InvalidInputError", ["items"])
    assert await office.world.everything() == before
    assert len(set(ids(await office.do_all("ciCreateBulk", named(*map(str, range(100))))))) == 100


async def test_a_fault_of_ours_is_told_at_its_item_and_the_others_are_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = SqlUnitOfWork.record

    def failing(work: SqlUnitOfWork, kind: str, subject: Any, note: str | None = None) -> None:
        if getattr(subject, "name", None) == "b":
            raise ZeroDivisionError
        record(work, kind, subject, note)

    monkeypatch.setattr(SqlUnitOfWork, "record", failing)
    answer = await office.ask(document("ciCreateBulk"), input={"items": named("a", "b", "c")})
    results = [item["result"] for item in answer["data"]["ciCreateBulk"]["results"]]
    assert [result and result["__typename"] for result in results] == ["CiCreateSuccess", None, "CiCreateSuccess"]
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["ciCreateBulk", "results", 1, "result"], "INTERNAL")
    assert await kinds(office) == ["ci.created"] * 2


@pytest.mark.parametrize("case", IN_BULK, ids=lambda case: case.mutation)
async def test_asked_twice_with_a_key_every_item_is_done_once(office: Office, case: Case) -> None:
    first = await office.do_all(case.mutation, [case.right or {}], idempotencyKey="key-1")
    (record,) = (value for value in first["results"][0].values() if isinstance(value, dict))
    events = len(await office.world.events())
    assert await office.do_all(case.mutation, [case.right or {}], idempotencyKey="key-1") == first
    assert (len(await office.world.events()), record["version"] >= 1) == (events, True)


async def test_a_list_broken_off_half_way_is_finished_when_it_is_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, committed, is_stuck = SqlUnitOfWork.commit, 0, asyncio.Event()

    async def sticking(work: SqlUnitOfWork) -> int:
        nonlocal committed
        if committed == 3:
            is_stuck.set()
            await asyncio.Event().wait()
        committed += 1
        return await commit(work)

    items = named("a", "b", "c", "d")
    monkeypatch.setattr(SqlUnitOfWork, "commit", sticking)
    asking = asyncio.create_task(office.do_all("ciCreateBulk", items, idempotencyKey="key-1"))
    await is_stuck.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    monkeypatch.undo()
    assert await kinds(office) == ["ci.created"] * 2
    done = [event.subject_id for event in await office.world.events()]
    finished = await office.do_all("ciCreateBulk", items, idempotencyKey="key-1")
    assert ids(finished)[:2] == [gid("ConfigurationItem", record_id) for record_id in done]
    assert await kinds(office) == ["ci.created"] * 4
    assert await office.do_all("ciCreateBulk", items, idempotencyKey="key-1") == finished
    assert await kinds(office) == ["ci.created"] * 4


async def test_what_was_refused_is_tried_again_and_what_was_done_is_not(office: Office) -> None:
    items = [*named("a"), {"name": "b", "className": "printer"}]
    first = await office.do_all("ciCreateBulk", items, idempotencyKey="key-1")
    assert [result["__typename"] for result in first["results"]] == ["CiCreateSuccess", "InvalidInputError"]
    assert await office.do_all("ciCreateBulk", items, idempotencyKey="key-1") == first
    await office.do("ciClassDefine", {"name": "printer"})
    again = await office.do_all("ciCreateBulk", items, idempotencyKey="key-1")
    assert again["results"][0] == first["results"][0]
    assert again["results"][1]["__typename"] == "CiCreateSuccess"


async def test_another_list_under_the_key_is_a_conflict_and_does_nothing(office: Office) -> None:
    await office.do_all("ciCreateBulk", named("a"), idempotencyKey="key-1")
    before = await office.world.everything()
    for items in (named("b"), named("a", "b")):
        outcome = await office.do_all("ciCreateBulk", items, idempotencyKey="key-1")
        assert (outcome["__typename"], outcome["path"]) == ("IdempotencyConflictError", ["idempotencyKey"])
    alone = await office.do("ciCreate", {**named("a")[0], "idempotencyKey": "key-1"})
    assert alone["__typename"] == "IdempotencyConflictError"
    assert await office.world.everything() == before


async def test_items_may_bring_keys_of_their_own(office: Office) -> None:
    alone = await office.do("ciCreate", {**named("a")[0], "idempotencyKey": "mine"})
    items = [{**item, "idempotencyKey": key} for item, key in zip(named("a", "b"), ("mine", "mine"), strict=True)]
    outcome = await office.do_all("ciCreateBulk", items, idempotencyKey="key-1")
    assert outcome["results"][0] == alone
    assert outcome["results"][1]["__typename"] == "IdempotencyConflictError"


@pytest.mark.parametrize("is_written_out", [False, True])
async def test_a_list_costs_what_its_items_cost_alone(office: Office, *, is_written_out: bool) -> None:
    async def cost(number: int) -> int:
        text, variables = document("ciRetireBulk"), {"input": {"items": [seen_item] * number}}
        if is_written_out:
            item = f'{{ configurationItemId: "{ci("web")}", expectedVersion: 9 }}'
            text = text.replace("($input: CiRetireBulkInput!)", "")
            text = text.replace("(input: $input)", f"(input: {{ items: [{' '.join([item] * number)}] }})")
            variables = {}
        answer = await office.ask(text, **variables)
        assert "errors" not in answer
        return int(answer["extensions"]["cost"]["requested"])

    seen_item = seen("ConfigurationItem", "web", expectedVersion=9)
    alone = await office.ask(document("ciRetire"), input=seen_item)
    assert await cost(20) - await cost(10) == 10 * (await cost(2) - await cost(1))
    assert await cost(2) - await cost(1) >= alone["extensions"]["cost"]["requested"]
