"""On what terms operations are taken: budgets, persisted documents, a schema that is not told, logins for builders."""

import gzip
import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.app import create_app
from api.budget import MOST_ACTORS, MemoryBudget, SharedBudget
from api.development import check_may_run
from api.documents import MOST_REMEMBERED, Documents
from api.settings import ApiSettings
from domain.kernel.errors import InvalidInput
from domain.kernel.time import FixedClock
from domain.people.model import Team
from tests.api.server import open_server
from tests.builders import MONDAY, a_person, saved

ME = "{ viewer { name } }"


def code(response: httpx.Response) -> Any:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_a_budget_is_told_spent_and_refused_with_the_time_to_come_back(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(cost_per_minute=7)) as server:
        first = await server.ask(ME)
        assert first.json()["extensions"]["cost"]["budget"]["remaining"] == 4
        await server.ask(ME)
        third = await server.ask(ME)
        assert (third.status_code, code(third), "data" in third.json()) == (429, "RATE_LIMITED", False)
        assert 1 <= int(third.headers["retry-after"]) <= 60
        assert third.json()["errors"][0]["extensions"]["retryAfter"] == int(third.headers["retry-after"])


async def test_a_mutation_beyond_the_budget_is_not_done(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(cost_per_minute=2)) as server:
        text = 'mutation { teamCreate(input: { name: "Net" }) { __typename ... on TeamCreateSuccess { team { id } } } }'
        assert (await server.ask(text)).status_code == 429
        async with server.runtime.ports.snapshot() as snapshot:
            assert await snapshot.find_all(Team) == []


async def test_each_actor_has_a_budget_of_their_own_that_is_whole_again_a_minute_later() -> None:
    clock = FixedClock(MONDAY)
    budget = MemoryBudget(10, clock)
    assert (await budget.charge("a", 8)).remaining == 2  # type: ignore[union-attr]
    assert (await budget.charge("b", 8)).remaining == 2  # type: ignore[union-attr]
    charged = await budget.charge("a", 8)
    assert charged is not None
    assert charged.is_exhausted
    clock.advance(timedelta(seconds=charged.seconds_to_reset))
    assert (await budget.charge("a", 8)).remaining == 2  # type: ignore[union-attr]


async def test_the_count_of_actors_is_bounded() -> None:
    budget = MemoryBudget(10, FixedClock(MONDAY))
    for number in range(MOST_ACTORS + 50):
        await budget.charge(f"actor-{number}", 1)
    assert len(budget._spent) == MOST_ACTORS


async def test_processes_count_together() -> None:
    class Sums:
        """Sums of one Redis server, as two processes reach it."""

        def __init__(self) -> None:
            self.sums: dict[str, int] = {}

        async def add(self, key: str, amount: int, seconds: int) -> int:
            assert seconds >= 60
            self.sums[key] = self.sums.get(key, 0) + amount
            return self.sums[key]

    sums, clock = Sums(), FixedClock(MONDAY)
    one, two = SharedBudget(10, clock, sums), SharedBudget(10, clock, sums)
    assert (await one.charge("a", 6)).remaining == 4  # type: ignore[union-attr]
    assert (await two.charge("a", 6)).is_exhausted  # type: ignore[union-attr]


async def test_processes_that_cannot_count_together_count_each_for_itself() -> None:
    class Lost:
        async def add(self, _key: str, _amount: int, _seconds: int) -> int | None:
            return None

    clock = FixedClock(MONDAY)
    one, two = SharedBudget(10, clock, Lost()), SharedBudget(10, clock, Lost())
    assert (await one.charge("a", 6)).remaining == 4  # type: ignore[union-attr]
    assert (await two.charge("a", 6)).remaining == 4  # type: ignore[union-attr]
    assert (await one.charge("a", 6)).is_exhausted  # type: ignore[union-attr]


async def test_a_text_is_sent_once_and_then_named_by_its_hash(tmp_path: Path) -> None:
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(ME.encode()).hexdigest()}}
    async with open_server(tmp_path) as server:
        unknown = await server.client.post("/graphql", json={"extensions": persisted})
        assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        assert (await server.ask(ME, extensions=persisted)).json()["data"] == {"viewer": {"name": "test"}}
        known = await server.client.get("/graphql", params={"extensions": json.dumps(persisted)})
        assert known.json()["data"] == {"viewer": {"name": "test"}}
        wrong = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        assert code(await server.ask(ME, extensions=wrong)) == "BAD_REQUEST"


def test_what_is_remembered_is_bounded_in_number_and_length() -> None:
    documents = Documents()
    for number in range(MOST_REMEMBERED + 10):
        text = f"{{ a{number}: viewer {{ name }} }}"
        assert documents.remember(sha256(text.encode()).hexdigest(), text)
    assert documents.by_hash(sha256(b"{ a0: viewer { name } }").hexdigest()) is None
    long = "{ " + "name " * 10_000 + "}"
    assert documents.remember(sha256(long.encode()).hexdigest(), long)
    assert documents.by_hash(sha256(long.encode()).hexdigest()) is None


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"me": ME}))
    return file


async def test_a_document_of_the_list_goes_by_its_id_with_a_tag(tmp_path: Path, listed: Path) -> None:
    async with open_server(tmp_path, ApiSettings(documents=listed, cost_per_minute=0)) as server:
        first = await server.client.get("/graphql", params={"documentId": "me"})
        assert first.json()["data"] == {"viewer": {"name": "test"}}
        assert first.headers["cache-control"] == "private, no-cache"
        again = await server.client.get(
            "/graphql", params={"documentId": "me"}, headers={"If-None-Match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        nothing = await server.client.post("/graphql", json={"documentId": "you"})
        assert (nothing.status_code, code(nothing)) == (404, "DOCUMENT_NOT_FOUND")
        assert "etag" not in (await server.client.get("/graphql", params={"query": ME})).headers


async def test_where_only_the_list_is_executed_nothing_else_is(tmp_path: Path, listed: Path) -> None:
    async with open_server(tmp_path, ApiSettings(documents=listed, only_documents=True)) as server:
        assert (await server.client.post("/graphql", json={"documentId": "me"})).status_code == 200
        assert (await server.ask(ME)).status_code == 200
        other = await server.ask("{ people { totalCount } }")
        assert (other.status_code, code(other)) == (403, "DOCUMENT_NOT_LISTED")


@pytest.mark.parametrize("content", ["[]", '{"a": 1}', "{", None])
def test_a_list_that_is_none_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "documents.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InvalidInput, match="HEADWATER_DOCUMENTS"):
        Documents.of_file(file, is_closed=False)


async def test_a_schema_that_is_not_told_is_not_suggested_either(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(introspection=False, ide=False)) as server:
        asked = await server.ask(get_introspection_query())
        assert code(asked) == "GRAPHQL_VALIDATION_FAILED"
        wrong = (await server.ask("{ viewr { nam } peopel { totalCount } }")).text
        assert "Cannot query field" in wrong
        assert "Did you mean" not in wrong
        assert (await server.ask("{ __typename viewer { __typename name } }")).status_code == 200
        assert (await server.client.get("/")).status_code == 404


def test_what_is_open_on_a_workbench_is_shut_where_a_redis_server_is_named() -> None:
    bench, production = ApiSettings(redis_url=None), ApiSettings(redis_url="redis://somewhere")
    assert (bench.may_introspect, bench.has_ide) == (True, True)
    assert (production.may_introspect, production.has_ide) == (False, False)
    assert ApiSettings(redis_url="redis://somewhere", introspection=True).may_introspect


async def test_several_operations_in_one_body_are_refused(tmp_path: Path) -> None:
    async with open_server(tmp_path) as server:
        batch = await server.client.post("/graphql", json=[{"query": ME}, {"query": ME}])
        assert (batch.status_code, code(batch)) == (400, "BATCHING_NOT_SUPPORTED")


async def test_pages_of_other_origins_are_let_in_by_name_alone(tmp_path: Path) -> None:
    asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    (tmp_path / "shut").mkdir()
    async with open_server(tmp_path / "shut") as server:
        response = await server.client.options("/graphql", headers=asked)
        assert "access-control-allow-origin" not in response.headers
    (tmp_path / "open").mkdir()
    async with open_server(tmp_path / "open", ApiSettings(cors_origins=["https://desk.example"])) as server:
        response = await server.client.options("/graphql", headers=asked)
        assert response.headers["access-control-allow-origin"] == "https://desk.example"
        stranger = await server.client.options("/graphql", headers={**asked, "Origin": "https://else.example"})
        assert "access-control-allow-origin" not in stranger.headers
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_of_another_page_can_send_is_not_read(tmp_path: Path, content_type: str) -> None:
    async with open_server(tmp_path) as server:
        body = json.dumps({"query": ME}).encode()
        response = await server.client.post("/graphql", content=body, headers={"Content-Type": content_type})
        assert response.status_code == 415
        cookie = await server.client.post(
            "/graphql", json={"query": ME}, headers={"Authorization": "", "Cookie": "token=hw_test"}
        )
        assert cookie.status_code == 401


async def test_long_answers_are_compressed(tmp_path: Path) -> None:
    async with open_server(tmp_path) as server:
        request = server.client.build_request("POST", "/graphql", json={"query": get_introspection_query()})
        response = await server.client.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert response.headers["content-encoding"] == "gzip"
        assert "data" in json.loads(gzip.decompress(raw))


async def test_a_builder_logs_in_as_anybody_on_this_machine(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(development_login=True)) as server:
        await saved(server.runtime.ports.work, a_person(id="ada", external_id="p-1"))
        transport = httpx.ASGITransport(server.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as local:
            given = {"person": "p-1", "role": "CHANGE_MANAGER"}
            token = (await local.post("/development/login", json=given)).json()["token"]
            headers = {"Authorization": f"Bearer {token}"}
            text = "{ viewer { roles person { name } } }"
            me = (await local.post("/graphql", json={"query": text}, headers=headers)).json()["data"]["viewer"]
            assert (me["roles"], me["person"]) == (["CHANGE_MANAGER"], {"name": "Ada Lind"})
            for wrong in ({"role": "KING"}, {"person": "nobody"}, []):
                assert (await local.post("/development/login", json=wrong)).status_code == 400


@pytest.mark.parametrize(
    ("client", "base"),
    [("192.0.2.7", "http://127.0.0.1"), ("127.0.0.1", "http://192.0.2.1"), ("127.0.0.1", "http://rebound.example")],
)
async def test_from_elsewhere_nobody_logs_in_without_a_password(tmp_path: Path, client: str, base: str) -> None:
    async with open_server(tmp_path, ApiSettings(development_login=True)) as server:
        transport = httpx.ASGITransport(server.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url=base) as remote:
            response = await remote.post("/development/login", json={"role": "ADMINISTRATOR"})
            assert (response.status_code, code(response)) == (403, "FORBIDDEN")


async def test_without_the_setting_there_is_no_such_login(tmp_path: Path) -> None:
    async with open_server(tmp_path) as server:
        assert (await server.client.post("/development/login", json={})).status_code == 404


def test_the_login_of_builders_refuses_to_run_where_others_reach_it() -> None:
    check_may_run(is_embedded=True, host="127.0.0.1")
    check_may_run(is_embedded=True, host="::1")
    for is_embedded, host in ((True, "0.0.0.0"), (True, "desk.example"), (False, "127.0.0.1")):
        with pytest.raises(InvalidInput, match="HEADWATER_DEVELOPMENT_LOGIN"):
            check_may_run(is_embedded=is_embedded, host=host)
    with pytest.raises(InvalidInput, match="HEADWATER_DEVELOPMENT_LOGIN"):
        create_app(settings=ApiSettings(development_login=True, redis_url="redis://somewhere"))
