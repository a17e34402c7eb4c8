"""Answers in parts (`@defer`): the same as at once, with the same rights, limits and statements, in two drafts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.schema import build_schema
from api.settings import ApiSettings
from domain.kernel.actor import Role
from domain.people.rules import token_hash
from tests.api.desk import somebody
from tests.api.live.place import SECONDS, connected, open_place
from tests.api.parts import NEWER, OLDER, asked, deferring, errors_of, hold, joined, parts_of
from tests.api.server import Server, open_server
from tests.api.test_query_counts import counted
from tests.builders import a_person, a_service_account, an_incident, saved

DRAFTS = [OLDER, NEWER, "application/json, multipart/mixed"]
SLOW = "{ incidents { nodes { number ... @defer { reporter { name } } } } }"
DOCUMENTS = {
    "relations of a list": """{ incidents { nodes { number ... @defer(label: "people") {
        reporter { name email } team { name } state } } } }""",
    "a part within a part": """{ incidents { nodes { number ... @defer { configurationItems { nodes { name
        ... @defer { owner { name ... @defer { incidents: roles } } } } } } } } }""",
    "root fields": "{ viewer { name } ... @defer { people { totalCount nodes { name } } teams { nodes { name } } } }",
    "a field that is also wanted at once": """{ incidents { nodes { reporter { id } ... @defer {
        reporter { name } title } } } }""",
    "a fragment spread on two levels": """{ incidents { nodes {
        ...Who @defer reporter { ...Of } team { ...Of @defer } } } }
        fragment Who on Incident { number reporter { ...Of email } } fragment Of on Node { id }""",
    "edges": """{ incidents { edges { cursor ... @defer { node { number reporter { name } } } }
        ... @defer { totalCount } } }""",
    "an engine": "{ changes { nodes { number ... @defer { risk { level } conflicts { nodes { message } } } } } }",
    "nodes of two types": """{ people { nodes { id } } ... @defer { viewer { roles } } changes { nodes { ... @defer {
        targets { nodes { step configurationItem { name ... @defer { owner { name } } } } } } } } }""",
}

AT_ONCE = {
    "deferred if it is not so": "{ viewer { name ... @defer(if: false) { roles } } }",
    "spread at once as well": """{ incidents { nodes { ...Who @defer ...Who } } }
        fragment Who on Incident { number reporter { name } }""",
}
"""Documents with the directive in which nothing comes later."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with deferring(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("accept", DRAFTS)
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_the_parts_together_are_the_answer_at_once(server: Server, name: str, accept: str) -> None:
    whole = (await asked(server, DOCUMENTS[name], "application/json")).json()
    assert "errors" not in whole
    response = await asked(server, DOCUMENTS[name], accept)
    draft = accept if accept in (OLDER, NEWER) else OLDER
    assert response.headers["content-type"] == draft.replace("mixed;", 'mixed;boundary="graphql";')
    parts = parts_of(response.text)
    assert len(parts) > 1
    assert ("pending" in parts[0]) is (draft == NEWER)
    assert parts[0]["extensions"]["cost"]["requested"] == whole["extensions"]["cost"]["requested"]
    assert joined(parts) == whole["data"]


@pytest.mark.parametrize("name", AT_ONCE)
async def test_where_nothing_comes_later_the_answer_is_whole(server: Server, name: str) -> None:
    whole = (await asked(server, AT_ONCE[name], "application/json")).json()
    response = await asked(server, AT_ONCE[name], f"{NEWER}, application/json")
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["data"] == whole["data"]


@pytest.mark.parametrize("name", ["relations of a list", "a part within a part", "an engine", "nodes of two types"])
async def test_parts_take_as_many_statements_as_the_answer_at_once(server: Server, name: str) -> None:
    taken = []
    for accept in ("application/json", NEWER):
        with counted(server.runtime.database) as statements:
            await asked(server, DOCUMENTS[name], accept)
        taken.append(sorted(text for text in statements if text.lstrip().startswith(("SELECT", "WITH"))))
    assert taken[0] == taken[1]


async def test_what_comes_later_is_fetched_later(server: Server) -> None:
    reads = Watched()
    server.app.state.backend = reads.before(server.app.state.backend)
    context = server.app.state.backend.operation(somebody(Role.ADMINISTRATOR), "request-1", takes_parts=True)
    delivery = await build_schema(defers=True).deliver(SLOW, context_value=context)
    await delivery.first()
    assert reads.nouns == ["incident"]
    assert len([part async for part in delivery.rest()]) > 0
    assert reads.nouns == ["incident", "person"]
    await delivery.close()


@pytest.mark.parametrize("accept", [OLDER, NEWER])
async def test_rights_are_the_same_in_parts(server: Server, accept: str) -> None:
    account = a_service_account(
        id="ben", token_hash=token_hash("ben"), role=Role.REQUESTER, actor_person_id="p1", name="ben"
    )
    await saved(server.runtime.ports.work, account)
    text = """{ incidents { nodes { number ... @defer { reporter { name } configurationItems { nodes { name
        owner { name } } } } } } ... @defer { cabMeetings { nodes { number } } people { nodes { name } } } }"""
    whole = (await asked(server, text, "application/json", Authorization="Bearer ben")).json()
    parts = parts_of((await asked(server, text, accept, Authorization="Bearer ben")).text)
    assert len(whole["data"]["incidents"]["nodes"]) == 1
    assert whole["data"]["cabMeetings"] is None
    assert joined(parts) == whole["data"]


async def test_a_deferred_fragment_costs_one_more_and_what_it_holds_counts(server: Server) -> None:
    plain = "{ incidents(first: 10) { nodes { number reporter { name } } } }"
    later = "{ incidents(first: 10) { nodes { number ... @defer { reporter { name } } } } }"
    costs = [(await server.ask(text)).json()["extensions"]["cost"]["requested"] for text in (plain, later)]
    assert costs[1] == costs[0] + 10


async def test_a_bomb_of_deferred_lists_is_refused_whole_with_its_cost(server: Server) -> None:
    inner = "number"
    for _ in range(3):
        inner = f"... @defer {{ configurationItems {{ nodes {{ incidents {{ nodes {{ {inner} }} }} }} }} }}"
    response = await asked(server, f"{{ incidents {{ nodes {{ {inner} }} }} }}", f"{NEWER}, application/json")
    assert response.headers["content-type"].startswith("application/json")
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("LIMIT_EXCEEDED", "cost")


class Watched:
    """Reads that tell what is read of them, and can be made to fail or to wait at one noun."""

    def __init__(self, fails_at: str = "", waits_at: str = "") -> None:
        self.nouns: list[str] = []
        self.was_cancelled = asyncio.Event()
        self._fails_at, self._waits_at = fails_at, waits_at

    def before(self, backend: Any) -> Any:
        """Return a backend whose reads pass here."""
        open_reads = backend.open_reads

        @asynccontextmanager
        async def watched(actor: Any) -> AsyncIterator[Any]:
            async with open_reads(actor) as reads:
                yield _Passing(self, reads)

        return replace(backend, open_reads=watched)

    async def passes(self, noun: str) -> None:
        """Note what is read; fail or wait where that was asked for."""
        self.nouns.append(noun)
        if noun == self._fails_at:
            raise RuntimeError("the secret cause")
        if noun == self._waits_at:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.was_cancelled.set()
                raise


class _Passing:
    def __init__(self, watched: Watched, reads: Any) -> None:
        self._watched, self._reads = watched, reads

    def __getattr__(self, name: str) -> Callable[..., Any]:
        asked_for = getattr(self._reads, name)

        async def passing(noun: str, *rest: Any, **named: Any) -> Any:
            await self._watched.passes(noun)
            return await asked_for(noun, *rest, **named)

        return passing


@pytest.mark.parametrize("accept", [OLDER, NEWER])
async def test_a_fault_in_a_part_is_masked_and_leaves_the_rest(server: Server, accept: str) -> None:
    reads = Watched(fails_at="person")
    server.app.state.backend = reads.before(server.app.state.backend)
    response = await asked(server, SLOW, accept, **{"X-Request-Id": "asked-1"})
    parts = parts_of(response.text)
    assert len(parts[0]["data"]["incidents"]["nodes"]) == 4
    assert "errors" not in parts[0]
    errors = errors_of(parts)
    assert len(errors) == 4
    assert {error["extensions"]["code"] for error in errors} == {"INTERNAL"}
    assert {error["extensions"]["requestId"] for error in errors} == {"asked-1"}
    assert "secret" not in response.text
    assert reads.nouns.count("person") == 1, "what failed for one parent failed for all"


@pytest.mark.parametrize("accept", [OLDER, NEWER])
async def test_a_refusal_in_a_part_carries_its_code(server: Server, accept: str) -> None:
    text = "{ viewer { name } ... @defer { people(first: 101) { nodes { name } } } }"
    [error] = errors_of(parts_of((await asked(server, text, accept)).text))
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["issues"] == [{"path": ["first"], "message": "must lie between 0 and 100"}]


@pytest.mark.parametrize("accept", [OLDER, NEWER])
async def test_what_takes_too_long_is_broken_off_and_said_of_every_open_part(tmp_path: Path, accept: str) -> None:
    async with open_server(tmp_path, ApiSettings(defer=True, request_seconds=0.5)) as server:
        await hold(server, 2)
        reads = Watched(waits_at="person")
        server.app.state.backend = reads.before(server.app.state.backend)
        parts = parts_of((await asked(server, SLOW, accept)).text)
        assert len(parts[0]["data"]["incidents"]["nodes"]) == 2
        errors = errors_of(parts)
        assert [error["extensions"]["code"] for error in errors] == ["TIMEOUT", "TIMEOUT"]
        assert all(error["extensions"]["requestId"] for error in errors)
        assert reads.was_cancelled.is_set()
        assert await metric(server, 'outcome="refused"')


async def metric(server: Server, label: str) -> bool:
    return label in (await server.client.get("/metrics")).text


async def test_a_client_that_goes_away_ends_the_work(tmp_path: Path) -> None:
    async with open_place(tmp_path, ApiSettings(defer=True)) as place:
        await place.holds(a_person(id="p0"), an_incident(reporter_id="p0"))
        await place.account("root", Role.ADMINISTRATOR)
        reads = Watched(waits_at="person")
        place.app.state.backend = reads.before(place.app.state.backend)
        headers = {"Accept": NEWER, "Authorization": "Bearer root"}
        async with (
            httpx.AsyncClient() as client,
            client.stream("POST", place.http, json={"query": SLOW}, headers=headers) as response,
        ):
            first = await anext(response.aiter_text())
            assert '"hasNext":true' in first
        async with asyncio.timeout(SECONDS):
            await reads.was_cancelled.wait()
            while place.runtime.database.reader.pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_without_the_setting_the_directive_is_unknown(tmp_path: Path) -> None:
    async with open_server(tmp_path) as server:
        response = await asked(server, SLOW, f"{NEWER}, application/graphql-response+json")
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert (error["message"], error["extensions"]["code"]) == (
            "Unknown directive '@defer'.",
            "GRAPHQL_VALIDATION_FAILED",
        )
        assert "@defer" not in (await server.client.get("/schema.graphql")).text
        assert (await asked(server, "{ viewer { name } }", NEWER)).status_code == 406


async def test_with_the_setting_the_schema_tells_of_it(server: Server) -> None:
    text = (await server.client.get("/schema.graphql")).text
    assert "directive @defer(" in text
    assert "@stream" not in text


async def test_who_takes_parts_alone_gets_what_defers_nothing_in_one(server: Server) -> None:
    response = await asked(server, "{ viewer { name } }", NEWER)
    assert response.headers["content-type"].startswith("multipart/mixed")
    assert '{"data":{"viewer":{"name":"test"}}' in response.text
    assert response.text.endswith("--graphql--\r\n")
    follow = await asked(server, "subscription { ticketEvents { cursor } }", NEWER)
    assert (follow.status_code, follow.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_draft_that_is_not_known_is_not_acceptable(server: Server) -> None:
    response = await asked(server, SLOW, "multipart/mixed;deferSpec=20991231")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("accept", [OLDER, NEWER])
async def test_an_act_is_done_once_and_told_in_parts(server: Server, accept: str) -> None:
    text = """mutation { problemRaise(input: { title: "Batch ends late" }) { ... on ProblemRaiseSuccess { problem {
        title ... @defer { viewerCan incidents { totalCount } } } } ... on UserError { code } } }"""
    parts = parts_of((await asked(server, text, accept)).text)
    assert joined(parts)["problemRaise"]["problem"]["incidents"] == {"totalCount": 0}
    found = (await server.ask("{ problems { totalCount } }")).json()
    assert found["data"]["problems"]["totalCount"] == 1


async def test_queries_over_get_come_in_parts_and_acts_do_not(server: Server) -> None:
    query = {"query": SLOW}
    parts = parts_of((await server.client.get("/graphql", params=query, headers={"Accept": NEWER})).text)
    assert len(joined(parts)["incidents"]["nodes"]) == 4
    act = {"query": 'mutation { problemRaise(input: { title: "x" }) { ... @defer { __typename } } }'}
    refused = await server.client.get("/graphql", params=act, headers={"Accept": NEWER})
    assert refused.status_code == 405


async def test_over_a_socket_and_as_events_the_answer_comes_whole(tmp_path: Path) -> None:
    async with open_place(tmp_path, ApiSettings(defer=True)) as place:
        await place.account("root", Role.ADMINISTRATOR)
        text = "{ viewer { name ... @defer { roles } } }"
        async with connected(place, "root") as socket:
            await socket.send(id="1", type="subscribe", payload={"query": text})
            answer = await socket.receive()
            assert answer["payload"]["data"] == {"viewer": {"name": "root", "roles": ["ADMINISTRATOR"]}}
        headers = {"Accept": "text/event-stream", "Authorization": "Bearer root"}
        async with httpx.AsyncClient() as client:
            told = (await client.post(place.http, json={"query": text}, headers=headers)).text
        assert '"roles":["ADMINISTRATOR"]' in told
