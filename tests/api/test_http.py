"""GraphQL over HTTP as any client meets it: media types, status codes, malformed requests, tokens, operators' pages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from api.app import GRAPHIQL
from api.schema import printed_schema
from api.settings import ApiSettings
from tests.api.server import TOKEN, Server, open_server

GRAPHQL = "application/graphql-response+json"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with open_server(tmp_path) as opened:
        yield opened


async def test_an_operation_is_answered_as_json_with_its_cost(server: Server) -> None:
    response = await server.ask("{ viewer { name roles } }")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "data": {"viewer": {"name": "test", "roles": ["ADMINISTRATOR"]}},
        "extensions": {
            "cost": {
                "requested": 4,
                "maximum": 50_000,
                "budget": {"maximum": 2_000_000, "remaining": 1_999_996, "secondsToReset": ANY},
            }
        },
    }


async def test_variables_and_operation_names_are_heeded(server: Server) -> None:
    text = "query A { viewer { name } } query B($id: ID!) { node(id: $id) { id } }"
    first = await server.ask(text, operationName="A")
    assert first.json()["data"] == {"viewer": {"name": "test"}}
    second = await server.ask(text, operationName="B", variables={"id": "UGVyc29uOng"})
    assert second.json()["data"] == {"node": None}


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'"x"',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"query": "{ viewer { name } }", "variables": {"x": ' + b"1" * 5_000 + b"}}",
        b"",
        b"{}",
        b'{"query": 7}',
        b'{"query": " "}',
        b'{"query": "{ viewer { name } }", "variables": []}',
        b'{"query": "{ viewer { name } }", "variables": "{}"}',
        b'{"query": "{ viewer { name } }", "operationName": 7}',
        b'{"query": "{ viewer { name } }", "extensions": 7}',
        b'{"query": "{ viewer { name } }", "operationName": "Nobody"}',
        b'{"query": "query A { viewer { name } } query B { viewer { name } }"}',
    ],
)
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_a_malformed_body_is_a_bad_request_in_json(server: Server, body: bytes, accept: str) -> None:
    response = await server.client.post(
        "/graphql", content=body, headers={"Content-Type": "application/json", "Accept": accept}
    )
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in response.json()


@pytest.mark.parametrize("nested", ["{" * 2_000, "{ a" * 1_000, "{ viewer(x: " + "[" * 2_000])
async def test_a_document_nested_without_end_is_refused(server: Server, nested: str) -> None:
    response = await server.ask(nested)
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("depth", [100, 1_000, 1_020, 3_000])
@pytest.mark.parametrize("kind", ["[ID!]!", "IncidentWhere"])
async def test_deep_json_is_refused_by_name(server: Server, depth: int, kind: str) -> None:
    field = "nodes(ids: $x) { id }" if kind == "[ID!]!" else "incidents(where: $x) { nodes { id } }"
    deep = "[" * depth + "]" * depth if kind == "[ID!]!" else '{"not":' * depth + "{}" + "}" * depth
    body = f'{{"query": "query ($x: {kind}) {{ {field} }}", "variables": {{"x": {deep}}}}}'
    response = await server.client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert "data" not in response.json()
    assert {error["extensions"]["code"] for error in response.json()["errors"]} <= {
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_REQUEST",
    }


@pytest.mark.parametrize("depth", [50, 400, 1_400])
async def test_deep_literals_are_refused_by_name(server: Server, depth: int) -> None:
    response = await server.ask("{ nodes(ids: " + "[" * depth + "]" * depth + ") { id } }")
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"]["code"] in {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{ viewer {", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { people(first: $n) { nodes { id } } }", {"n": "many"}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_request_error_has_the_status_of_its_media_type_and_no_data(
    server: Server, document: str, variables: dict[str, str], code: str
) -> None:
    for accept, status in (("application/json", 200), (GRAPHQL, 400)):
        body = {"query": document, "variables": variables}
        response = await server.client.post("/graphql", json=body, headers={"Accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (status, f"{accept}; charset=utf-8")
        assert response.json()["errors"][0]["extensions"]["code"] == code
        assert "data" not in response.json()


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/*", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"application/json, {GRAPHQL};q=0.5", "application/json"),
        (f"{GRAPHQL}, application/graphql+json, application/json, text/event-stream", GRAPHQL),
        ("text/html, application/json; q=0.1", "application/json"),
    ],
)
async def test_the_media_type_is_the_one_the_client_likes_best(server: Server, accept: str, answered: str) -> None:
    response = await server.client.post("/graphql", json={"query": "{ viewer { name } }"}, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, f"{answered}; charset=utf-8")


async def test_what_cannot_be_answered_or_read_is_said_by_status(server: Server) -> None:
    query = {"query": "{ viewer { name } }"}
    assert (await server.client.post("/graphql", json=query, headers={"Accept": "text/html"})).status_code == 406
    plain = {"Content-Type": "text/plain"}
    assert (await server.client.post("/graphql", content=b"{}", headers=plain)).status_code == 415
    latin = {"Content-Type": "application/json; charset=latin-1"}
    assert (await server.client.post("/graphql", content=b"{}", headers=latin)).status_code == 415
    deleted = await server.client.delete("/graphql")
    assert (deleted.status_code, deleted.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")


async def test_queries_go_over_get_and_mutations_do_not(server: Server) -> None:
    asked = await server.client.get(
        "/graphql", params={"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": '{"id":"UGVyc29uOng"}'}
    )
    assert (asked.status_code, asked.json()["data"]) == (200, {"node": None})
    acted = await server.client.get("/graphql", params={"query": "mutation { __typename }"})
    assert (acted.status_code, acted.headers["allow"]) == (405, "POST")
    broken = await server.client.get("/graphql", params={"query": "{ viewer { name } }", "variables": "{"})
    assert broken.status_code == 400


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer hw_wrong", f"Basic {TOKEN}", TOKEN])
async def test_without_a_token_nothing_is_answered(server: Server, authorization: str) -> None:
    response = await server.client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": authorization}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_body_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(max_body_bytes=1_000)) as server:
        response = await server.ask("{ viewer { name } } #" + "x" * 2_000)
        assert response.status_code == 413
        assert response.json()["errors"][0]["extensions"]["code"] == "CONTENT_TOO_LARGE"


async def test_every_answer_carries_the_request_id_that_its_errors_name(server: Server) -> None:
    given = await server.client.post("/graphql", json={"query": "{ nothing }"}, headers={"X-Request-Id": "mine-1"})
    assert given.headers["x-request-id"] == "mine-1"
    assert given.json()["errors"][0]["extensions"]["requestId"] == "mine-1"
    made = await server.client.post("/graphql", json={"query": "{"}, headers={"X-Request-Id": "not an id\t"})
    assert re.fullmatch("[0-9a-f]{16}", made.headers["x-request-id"])


async def test_a_fault_of_the_program_is_masked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("domain.store.reads.query.SqlReads.page", fails)
    response = await server.ask("{ people { nodes { id } } }")
    assert response.status_code == 200
    assert response.json()["data"] == {"people": None}
    (error,) = response.json()["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("INTERNAL", ["people"])
    assert "hunter2" not in response.text


async def test_a_fault_outside_of_operations_is_masked_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("domain.store.accounts.SqlAccounts.identity_of", fails)
    response = await server.ask("{ people { nodes { id } } }")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in response.text


async def test_an_operation_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(request_seconds=0.0)) as server:
        response = await server.ask("{ people { nodes { id } } }")
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "TIMEOUT")


async def test_the_schema_is_served_as_text(server: Server) -> None:
    assert (await server.client.get("/schema.graphql")).text == printed_schema()


async def test_graphiql_loads_from_this_server_alone(server: Server) -> None:
    page = await server.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in page.text.replace("<!doctype html>", "")
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await server.client.get(path)).status_code == 200
    assert 'get("token")' in (GRAPHIQL / "page.js").read_text(encoding="utf-8")
