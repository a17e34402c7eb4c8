"""Web clients: the audit of GraphQL over HTTP, Apollo Client, urql, Relay, graphql-ws, graphql-sse, TypeScript."""

import shutil

from tests.clients.conftest import HERE, ROOT, RunScript, printed

BUILT = ROOT / "build" / "clients"
BOTH_TIMES = ("While the network was down, {}", "After it came back, {}")
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


def test_texts_are_sent_once_and_then_by_their_hash(node: RunScript) -> None:
    seen = node("persisted.mjs")
    for asked in (seen["apollo"], seen["urql"]):
        assert [one["sent"] for one in asked] == [["POST hash", "POST text"], ["POST hash"], ["GET hash"]]
        assert [one["roles"] for one in asked] == [["ADMINISTRATOR"]] * 3


def test_parts_of_an_answer_come_later_in_both_drafts(node: RunScript) -> None:
    seen = node("defer.mjs")
    for client in ("older", "newer", "urql"):
        assert seen[client]["first"]["levels"] == [None, None, None], client
        assert all(seen[client]["last"]["levels"]), client
        assert seen[client]["refused"]["viewer"], client
        assert seen[client]["refused"]["codes"] == ["INVALID_INPUT"], client
    for client in ("older", "newer"):
        assert seen[client]["last"]["state"] == "complete"
        assert seen[client]["cached"] == seen[client]["last"]["levels"]
    assert seen["urql"]["first"]["hasNext"]
    assert seen["types"] == [*["deferSpec=20220824"] * 2, *["incrementalSpec=v0.2"] * 2, *["deferSpec=20220824"] * 2]


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
    ways = {"graphql-ws", "graphql-sse"} | {
        f"{client} over {way}" for client in ("apollo", "urql") for way in ("a socket", "events", "parts")
    }
    assert seen["heard"] == dict.fromkeys(ways, "The gateway is slow")
    assert seen["missed"][-1] == "While you were away"
    assert set(seen["missed"][:-1]) <= {"The gateway is slow"}


def test_clients_connect_again_and_miss_nothing(node: RunScript) -> None:
    seen = node("reconnect.mjs")
    rounds = [title.format(number) for number in (1, 2) for title in BOTH_TIMES]
    assert seen["heard"] == {"graphql-ws": rounds, "graphql-sse": rounds}
    assert seen["connections"] >= 6
