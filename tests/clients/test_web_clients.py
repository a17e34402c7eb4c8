"""Web clients: the audit of GraphQL over HTTP, Apollo Client, urql, Relay, generated TypeScript."""

import shutil

from tests.clients.conftest import HERE, ROOT, RunScript, printed

BUILT = ROOT / "build" / "clients"
TOOLS = HERE / "node_modules" / ".bin"


def test_every_audit_of_graphql_over_http_passes(node: RunScript) -> None:
    found = node("audit.mjs")
    assert len(found) == 61
    assert [audit for audit in found if audit["status"] != "ok"] == []


def test_apollo_pages_caches_mutates_and_reads_refusals(node: RunScript) -> None:
    seen = node("apollo.mjs")
    assert len(seen["first"]) == 3
    assert seen["grown"][:3] == seen["first"]
    assert len(set(seen["grown"])) == 6
    assert seen["shown"][-1] == 6
    assert seen["listed"][0] == seen["reported"]["incident"]["number"]
    assert len(seen["listed"]) == 6
    assert seen["refused"]["code"] == "INVALID_INPUT"
    assert seen["overGet"] == {"methods": ["GET"], "edges": 1}


def test_urql_asks_over_post_and_get_and_reads_refusals(node: RunScript) -> None:
    seen = node("urql.mjs")
    assert seen["viewer"]["roles"] == ["ADMINISTRATOR"]
    assert seen["overGet"] == seen["viewer"]
    assert seen["raised"]["problem"]["title"] == "Cards decline now and then"
    assert [issue["path"] for issue in seen["refused"]["issues"]] == [["title"]]
    assert seen["unknown"] == ["GRAPHQL_VALIDATION_FAILED"]


def test_relay_compiles_pages_and_joins_new_records_to_its_lists(node: RunScript) -> None:
    shutil.rmtree(BUILT / "relay", ignore_errors=True)
    (BUILT / "relay").mkdir(parents=True)
    printed([str(TOOLS / "relay-compiler"), "relay.config.json"], folder=HERE / "relay")
    (BUILT / "relay" / "package.json").write_text('{"type": "module"}')
    seen = node("relay.mjs")
    assert len(seen["first"]) == 3
    assert seen["grown"][:3] == seen["first"]
    assert len(set(seen["grown"])) == 5
    assert seen["after"] == [seen["raised"]["problemRaise"]["problem"]["number"], *seen["grown"]]


def test_generated_typescript_compiles_strictly() -> None:
    printed([str(TOOLS / "graphql-codegen"), "--config", "codegen.yml"])
    printed([str(TOOLS / "tsc"), "--project", "typescript"])


def test_events_are_heard_over_sockets_streams_and_parts_and_nothing_is_missed_in_between(node: RunScript) -> None:
    seen = node("live.mjs")
    ways = {"graphql-ws", "graphql-sse", "apollo over a socket", "apollo over parts"}
    assert seen["heard"] == dict.fromkeys(ways, "The gateway is slow")
    assert seen["missed"][-1] == "While you were away"
    assert set(seen["missed"][:-1]) <= {"The gateway is slow"}
