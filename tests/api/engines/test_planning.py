"""The boards' plan, free slots and the conflicts of a change, as GraphQL answers them."""

import pytest

from api.ids import encode_id as gid
from tests.api.mutations.office import Office

CHANGE = gid("Change", "change-AUTHORISE")
PLAN = "proposals { totalCount nodes { forum minutes reason startsAt meeting { number } change { number state } } }"


async def test_a_plan_is_proposed_and_nothing_of_it_stored(office: Office) -> None:
    before = await office.world.everything()
    proposals = (await office.data(f"{{ cabPlanProposal {{ {PLAN} }} }}"))["cabPlanProposal"]["proposals"]
    assert proposals["totalCount"] == len(proposals["nodes"]) > 0
    assert all(proposal["reason"] for proposal in proposals["nodes"])
    assert {proposal["change"]["state"] for proposal in proposals["nodes"]} <= {"ASSESS", "AUTHORISE"}
    assert await office.world.everything() == before


async def test_planning_stores_what_was_proposed(office: Office) -> None:
    proposed = (await office.data(f"{{ cabPlanProposal {{ {PLAN} }} }}"))["cabPlanProposal"]
    planned = (await office.data(f"mutation {{ cabAgendaPlan {{ ... on CabAgendaPlanSuccess {{ {PLAN} }} }} }}"))[
        "cabAgendaPlan"
    ]
    assert planned == proposed
    text = '{ cabMeeting(by: {number: "CAB-1"}) { items { nodes { place reason change { number } } } } }'
    items = (await office.data(text))["cabMeeting"]["items"]["nodes"]
    heard = {p["change"]["number"] for p in planned["proposals"]["nodes"] if p["meeting"] == {"number": "CAB-1"}}
    assert {item["change"]["number"] for item in items} == heard
    assert [item["place"] for item in items] == list(range(1, len(items) + 1))


SLOTS = """query($id: ID!, $first: Int!) { change(by: {id: $id}) { freeSlots(first: $first) {
  explanation
  slots { window { start end } risk { score } conflicts { totalCount } }
  relaxations { explanation window { start end } constraints { code name rule } }
} } }"""


async def test_where_no_slot_is_free_it_is_told_what_would_have_to_give(office: Office) -> None:
    """The freeze lies over every maintenance window: one of the two must go."""
    found = (await office.data(SLOTS, id=CHANGE, first=3))["change"]["freeSlots"]
    assert found["slots"] == []
    assert found["explanation"]
    singles = {r["constraints"][0]["code"] for r in found["relaxations"] if len(r["constraints"]) == 1}
    assert singles == {"MAINTENANCE", "BLACKOUT"}
    assert all(relaxation["explanation"] for relaxation in found["relaxations"])


async def test_a_stored_change_tells_its_free_slots(office: Office) -> None:
    await office.do("windowEnd", {"windowId": gid("ChangeWindow", "freeze"), "expectedVersion": 1})
    found = (await office.data(SLOTS, id=CHANGE, first=3))["change"]["freeSlots"]
    assert (found["explanation"], found["relaxations"]) == (None, [])
    assert len(found["slots"]) == 3
    assert all(slot["risk"]["score"] is not None for slot in found["slots"])


@pytest.mark.parametrize("first", [0, 21, -1])
async def test_how_many_slots_is_bounded(office: Office, first: int) -> None:
    text = "query($id: ID!, $first: Int!) { change(by: {id: $id}) { freeSlots(first: $first) { explanation } } }"
    [error] = (await office.ask(text, id=CHANGE, first=first))["errors"]
    assert [issue["path"] for issue in error["extensions"]["issues"]] == [["first"]]


async def test_a_change_without_targets_has_no_slots(office: Office) -> None:
    text = "query($id: ID!) { change(by: {id: $id}) { freeSlots { explanation } impact { targets { id } } } }"
    found = (await office.data(text, id=gid("Change", "change-bare")))["change"]
    assert found == {"freeSlots": None, "impact": {"targets": []}}


async def test_conflicts_are_read_worst_first_and_accepted_ones_stay_to_be_seen(office: Office) -> None:
    text = """query($id: ID!) { change(by: {id: $id}) { conflictGroups(first: 100) { totalCount
      nodes { count hub { id } worst { id severity status version } members { id } } } } }"""
    groups = (await office.data(text, id=CHANGE))["change"]["conflictGroups"]
    assert groups["totalCount"] == len(groups["nodes"]) > 0
    ranks = [["BLOCKER", "MAJOR", "MINOR", "INFO"].index(group["worst"]["severity"]) for group in groups["nodes"]]
    assert ranks == sorted(ranks)
    assert all(group["members"][0]["id"] == group["worst"]["id"] for group in groups["nodes"])
    worst = groups["nodes"][0]["worst"]
    accepted = await office.do(
        "conflictAccept", {"conflictId": worst["id"], "expectedVersion": worst["version"], "reason": "agreed"}
    )
    assert accepted["conflict"]["version"] == worst["version"] + 1
    await office.runtime.drain()
    again = (await office.data(text, id=CHANGE))["change"]["conflictGroups"]["nodes"]
    assert [g["worst"]["status"] for g in again if g["worst"]["id"] == worst["id"]] == ["ACCEPTED"]


async def test_an_accepted_conflict_is_reopened_and_its_changes_are_scored_anew(office: Office) -> None:
    text = "query($id: ID!) { change(by: {id: $id}) { risk { id } conflicts(first: 1) { nodes { id version } } } }"
    before = (await office.data(text, id=CHANGE))["change"]
    [found] = before["conflicts"]["nodes"]
    await office.do("conflictAccept", {"conflictId": found["id"], "expectedVersion": found["version"], "reason": "ok"})
    await office.runtime.drain()
    assert (await office.data(text, id=CHANGE))["change"]["risk"]["id"] != before["risk"]["id"]
    again = await office.do("conflictAccept", {"conflictId": found["id"], "expectedVersion": 1, "reason": "ok"})
    assert again["__typename"] == "StaleVersionError"
    reopened = await office.do("conflictReopen", {"conflictId": found["id"], "expectedVersion": found["version"] + 1})
    assert reopened["__typename"] == "ConflictReopenSuccess"
    refused = await office.do("conflictReopen", {"conflictId": found["id"], "expectedVersion": found["version"] + 2})
    assert (refused["__typename"], refused["allowed"]) == ("InvalidTransitionError", ["ACCEPT"])
