"""Impact as GraphQL answers it: the engine's own answer on the same data, in pages, with typed refusals."""

from typing import Any

import pytest

from api.ids import decode_any_id
from api.ids import encode_id as gid
from domain.ci.impact import assess_impact
from domain.ci.topology import Topology
from tests.api.mutations.office import Office
from tests.unit.usecases.world import NOW

ASKED = """
  query($of: [ConfigurationItemRef!]!, $first: Int = 100, $after: String) {
    impact(of: $of) {
      isTruncated engine position reachedCount targets { id } tiers { tier down degraded atRisk }
      impacted(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          state degree degreeInContext distance via hasNoSpare confidence redundancyBefore redundancyAfter
          configurationItem { id name className } path { id } redundancyGroup { id name }
        }
      }
      services { nodes { tier state degree distance service { id name } path { id } } }
    }
  }
"""


def by_id(*names: str) -> list[dict[str, str]]:
    return [{"id": gid("ConfigurationItem", name)} for name in names]


def plain(global_id: str) -> str:
    return decode_any_id(global_id, "id")[1]


@pytest.mark.parametrize("targets", [("web",), ("web", "web2"), ("db",), ("shop",), ("spare",)])
async def test_it_is_what_the_engine_says_of_the_same_data(office: Office, targets: tuple[str, ...]) -> None:
    answer = (await office.data(ASKED, of=by_id(*targets)))["impact"]
    closure = await office.runtime.ports.graph.closure(set(targets), as_of=NOW)
    expected = assess_impact(Topology.of(closure), [frozenset(targets)])
    found = {plain(node["configurationItem"]["id"]): node for node in answer["impacted"]["nodes"]}
    assert found.keys() == expected.impacted.keys()
    for ci_id, ci in expected.impacted.items():
        node = found[ci_id]
        assert (node["state"], node["degree"], node["degreeInContext"]) == (ci.state.value, ci.q, ci.q_in_context)
        assert (node["distance"], node["hasNoSpare"], node["confidence"]) == (
            ci.distance,
            ci.has_no_spare,
            ci.confidence,
        )
        assert (node["redundancyBefore"], node["redundancyAfter"]) == (ci.redundancy_before, ci.redundancy_after)
        assert [plain(step["id"]) for step in node["path"]] == list(ci.path)
        assert node["via"] == (ci.link_kind and ci.link_kind.value)
        assert (node["redundancyGroup"] and plain(node["redundancyGroup"]["id"])) == ci.group_id
    assert [plain(target["id"]) for target in answer["targets"]] == sorted(targets)
    assert (answer["engine"], answer["isTruncated"]) == (office.runtime.ports.graph.name, expected.truncated)
    assert answer["reachedCount"] == expected.reached_nodes
    assert answer["position"] == await office.runtime.log.head()


@pytest.mark.requirement("R012")
async def test_services_are_told_by_tier_and_the_gravest_come_first(office: Office) -> None:
    answer = (await office.data(ASKED, of=by_id("web", "web2")))["impact"]
    assert answer["tiers"] == [{"tier": 1, "down": 1, "degraded": 0, "atRisk": 0}]
    [shop] = answer["services"]["nodes"]
    assert (shop["tier"], shop["state"], shop["service"]["name"]) == (1, "DOWN", "Shop")
    assert [plain(step["id"]) for step in shop["path"]] == ["web2", "shop"]
    states = [node["state"] for node in answer["impacted"]["nodes"]]
    assert states == sorted(states, key=["DOWN", "DEGRADED", "AT_RISK"].index)


async def test_one_member_of_a_pair_leaves_the_service_without_a_spare(office: Office) -> None:
    answer = (await office.data(ASKED, of=by_id("web")))["impact"]
    [shop] = [node for node in answer["impacted"]["nodes"] if node["configurationItem"]["name"] == "Shop"]
    assert (shop["state"], shop["hasNoSpare"], shop["redundancyBefore"], shop["redundancyAfter"]) == (
        "AT_RISK",
        True,
        2,
        1,
    )


async def test_pages_follow_each_other_without_gap_or_repeat(office: Office) -> None:
    whole = (await office.data(ASKED, of=by_id("web", "web2", "db")))["impact"]["impacted"]
    met: list[Any] = []
    after = None
    while True:
        page = (await office.data(ASKED, of=by_id("web", "web2", "db"), first=2, after=after))["impact"]["impacted"]
        assert page["totalCount"] == len(whole["nodes"])
        met += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert met == whole["nodes"]


@pytest.mark.requirement("R206")
async def test_a_record_tells_its_own_impact(office: Office) -> None:
    change, ci = gid("Change", "change-ASSESS"), gid("ConfigurationItem", "db")
    text = """query($change: ID!, $ci: ID!) {
      change(by: {id: $change}) { impact { targets { name } } }
      configurationItem(by: {id: $ci}) { impact { targets { name } } }
    }"""
    answer = await office.data(text, change=change, ci=ci)
    assert answer["change"]["impact"] == answer["configurationItem"]["impact"] == {"targets": [{"name": "db"}]}


async def test_items_are_referred_to_by_key_too(office: Office) -> None:
    by_key = await office.data(ASKED, of=[{"externalId": "ext-web"}])
    assert by_key == await office.data(ASKED, of=by_id("web"))


@pytest.mark.parametrize(
    ("of", "paths"),
    [
        ([*by_id("web"), *by_id("nothing"), {"externalId": "nothing"}], [["of", "1"], ["of", "2"]]),
        ([{"id": "x"}], [["of", "0", "id"]]),
        ([{"id": gid("Person", "ada")}], [["of", "0", "id"]]),
        ([], [["of"]]),
        (by_id(*(f"ci-{number}" for number in range(101))), [["of"]]),
    ],
    ids=["absent", "no id", "another type", "none", "too many"],
)
async def test_a_wrong_reference_is_named(office: Office, of: list[Any], paths: list[list[str]]) -> None:
    [error] = (await office.ask(ASKED, of=of))["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert [issue["path"] for issue in error["extensions"]["issues"]] == paths


async def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    [error] = (await office.ask(ASKED, of=by_id("web"), after="eA"))["errors"]
    assert [issue["path"] for issue in error["extensions"]["issues"]] == [["after"]]


async def test_who_may_not_read_the_record_is_told_nothing(office: Office) -> None:
    answer = await office.ask(ASKED, person="ada", of=by_id("web"))
    assert answer["data"] == {"impact": None}


async def test_many_walks_at_once_are_refused(office: Office) -> None:
    text = "{ changes(first: 11) { nodes { impact { engine } } } }"
    [error] = (await office.ask(text))["errors"]
    assert error["extensions"]["code"] == "TOO_LARGE"
