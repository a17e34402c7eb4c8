"""The preview of a change: it writes nothing, and says what the stored assessment will say."""

from typing import Any

import pytest
import sqlalchemy as sa

from api.ids import encode_id as gid
from tests.api.mutations.office import Office

FRIDAY = {"start": "2026-11-27T21:00:00Z", "end": "2026-11-27T23:00:00Z"}
RISK = """
  score likelihood impact level computedLevel logOdds probability probabilityLow probabilityHigh isCalibrated
  isTruncated paramsVersion confidence { evidence statistics estate overall } weightedLossMinutes restoreMinutes
  factors { code label raw unit x typical points isKnown mutedReason evidence { kind label weight } }
  guardrails { code reason } serviceLosses { tier degree share service { name } } route { row forum reason }
"""
ASKED = f"""
  query($input: ChangePreviewInput!) {{
    changePreview(input: $input) {{
      __typename
      ... on ChangePreview {{
        position
        risk {{ id isCurrent asOf {RISK} counterfactuals {{ newScore effort actions {{ code label }} }} }}
        impact {{ targets {{ name }} services {{ nodes {{ service {{ name }} state }} }} }}
        conflicts {{
          totalCount
          nodes {{ code severity weight status message window {{ start end }} stored {{ id }} changes {{ number }} }}
        }}
        freeSlots {{
          explanation
          slots {{ window {{ start end }} risk {{ score }} conflicts {{ totalCount }} }}
          relaxations {{ explanation window {{ start }} constraints {{ name rule }} }}
        }}
        cab {{ forum minutes reason startsAt meeting {{ number }} change {{ number }} }}
      }}
      ... on UserError {{ message code path }}
      ... on InvalidInputError {{ issues {{ path }} }}
    }}
  }}
"""


def ci(name: str) -> str:
    return gid("ConfigurationItem", name)


def draft(**given: Any) -> dict[str, Any]:
    """A complete draft on the database, on Friday night."""
    return {
        "title": "Upgrade",
        "description": "Upgrade the database",
        "rollbackPlan": "Restore the snapshot",
        "rollbackMinutes": 30,
        "requesterId": gid("Person", "ada"),
        "teamId": gid("Team", "team"),
        "targets": [{"configurationItemId": ci("db")}],
        "tasks": [{"title": "Upgrade", "configurationItemId": ci("db"), "implementerId": gid("Person", "ada")}],
        "times": {"instants": {"window": FRIDAY}},
        **given,
    }


def local(time_zone: str, start: str) -> dict[str, Any]:
    """A window of local time that ends late on the day it begins."""
    window = {"start": start, "end": f"{start[:10]}T23:30"}
    return {"times": {"localTimes": {"timeZone": time_zone, "window": window}}}


async def previewed(office: Office, person: str | None = "bob", **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await office.data(ASKED, person, input=given))["changePreview"]
    return answer


async def saved(office: Office, given: dict[str, Any]) -> str:
    """Save what was previewed by the mutations a person would use, submitted so that it is compared with others."""
    plans = ("targets", "tasks", "times")
    facts = {name: value for name, value in given.items() if name not in plans}
    created = await office.do("changeCreate", facts)
    change_id: str = created["change"]["id"]
    for version, (mutation, plan) in enumerate(
        (("changeTargetsSet", "targets"), ("changeTasksSet", "tasks"), ("changeSchedule", "times")), start=1
    ):
        done = await office.do(mutation, {"changeId": change_id, "expectedVersion": version, plan: given[plan]})
        assert done["__typename"].endswith("Success"), done
    await office.do("changeSubmit", {"changeId": change_id, "expectedVersion": 4})
    await office.runtime.drain()
    return change_id


@pytest.mark.requirement("R202")
async def test_everything_a_requester_wants_to_know_is_there(office: Office) -> None:
    seen = await previewed(office, **draft())
    assert seen["__typename"] == "ChangePreview"
    risk = seen["risk"]
    assert round(50 + sum(factor["points"] for factor in risk["factors"]), 1) == risk["likelihood"]
    assert risk["isCurrent"] is False
    assert seen["impact"]["targets"] == [{"name": "db"}]
    assert {found["code"] for found in seen["conflicts"]["nodes"]} >= {"SAME_CI", "BLACKOUT"}
    assert seen["conflicts"]["totalCount"] == len(seen["conflicts"]["nodes"])
    assert all(slot["risk"]["score"] is not None for slot in seen["freeSlots"]["slots"])
    assert risk["counterfactuals"]
    assert seen["cab"] is None or seen["cab"]["reason"]


async def test_it_writes_nothing_and_opens_no_write_transaction(office: Office) -> None:
    begun: list[Any] = []
    sa.event.listen(office.runtime.database.writer.sync_engine, "begin", begun.append)
    before, head = await office.world.everything(), await office.runtime.log.head()
    await previewed(office, **draft())
    await previewed(office, changeId=gid("Change", "change-ASSESS"), targets=[{"configurationItemId": ci("web")}])
    await previewed(office, **draft(targets=[{"configurationItemId": gid("ConfigurationItem", "nothing")}]))
    assert (begun, await office.runtime.log.head()) == ([], head)
    assert await office.world.everything() == before


async def test_it_equals_what_is_stored_after_saving_the_same(office: Office) -> None:
    seen = await previewed(office, **draft())
    change_id = await saved(office, draft())
    text = f"""query($id: ID!) {{ change(by: {{id: $id}}) {{
      risk {{ {RISK} }} conflicts {{ nodes {{ code weight }} }}
    }} }}"""
    stored = (await office.data(text, id=change_id))["change"]
    names = ("score", "likelihood", "impact", "level", "logOdds", "probability", "confidence", "route")
    assert {name: seen["risk"][name] for name in names} == {name: stored["risk"][name] for name in names}
    assert seen["risk"]["serviceLosses"] == stored["risk"]["serviceLosses"]
    assert list(map(_without_names, seen["risk"]["factors"])) == list(map(_without_names, stored["risk"]["factors"]))
    held = [[guardrail["code"] for guardrail in risk["guardrails"]] for risk in (seen["risk"], stored["risk"])]
    assert held[0] == held[1]
    found = sorted((found["code"], found["weight"]) for found in seen["conflicts"]["nodes"])
    assert found == sorted((found["code"], found["weight"]) for found in stored["conflicts"]["nodes"])


def _without_names(factor: dict[str, Any]) -> dict[str, Any]:
    """Return a factor with its evidence by kind and weight: what was a draft has a number of its own since."""
    return {**factor, "evidence": [(row["kind"], row["weight"]) for row in factor["evidence"]]}


async def test_a_stored_change_is_previewed_as_it_is_and_as_it_would_be(office: Office) -> None:
    change_id = gid("Change", "change-ASSESS")
    as_it_is = await previewed(office, changeId=change_id)
    assert as_it_is["impact"]["targets"] == [{"name": "db"}]
    elsewhere = await previewed(
        office, changeId=change_id, targets=[{"configurationItemId": ci("web")}, {"configurationItemId": ci("web2")}]
    )
    assert elsewhere["impact"]["services"]["nodes"] == [{"service": {"name": "Shop"}, "state": "DOWN"}]
    assert elsewhere["risk"]["score"] > as_it_is["risk"]["score"]


async def test_a_requester_may_preview_a_draft_and_their_own_change_only(office: Office) -> None:
    assert (await previewed(office, "ada", **draft()))["__typename"] == "ChangePreview"
    own = gid("Change", "change-ASSESS")
    assert (await previewed(office, "ada", changeId=own))["__typename"] == "ChangePreview"
    others = gid("Change", "change-bare")
    refused = await previewed(office, "ada", changeId=others)
    assert (refused["__typename"], refused["path"]) == ("NotFoundError", ["changeId"])


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"changeId": gid("Change", "nothing")}, None),
        ({"targets": [{"configurationItemId": gid("ConfigurationItem", "nothing")}]}, {"targets.0"}),
        ({"targets": [{"configurationItemId": "x"}]}, {"targets.0.configurationItemId"}),
        ({"targets": [{"configurationItemId": ci("db"), "step": 0}]}, {"targets.0.step"}),
        ({"times": {"instants": {"window": {**FRIDAY, "end": FRIDAY["start"]}}}}, {"times.instants.window.end"}),
        (local("Mars/Base", "2026-11-27T21:00"), {"times.localTimes.timeZone"}),
        (local("Europe/Berlin", "2027-03-28T02:30"), {"times.localTimes.window.start"}),
        (
            {"tasks": [{"title": "", "implementerId": gid("Person", "nothing")}]},
            {"tasks.0.title", "tasks.0.implementerId"},
        ),
        ({"predecessors": [{"changeId": gid("Change", "nothing")}]}, {"predecessors.0"}),
        ({"prepMinutes": -1, "modelName": "none", "title": ""}, {"prepMinutes", "modelName", "title"}),
        ({"testState": "PASSED"}, {"testState"}),
    ],
)
async def test_bad_input_is_typed_and_names_its_fields(
    office: Office, wrong: dict[str, Any], paths: set[str] | None
) -> None:
    answer = await previewed(office, **draft(**wrong))
    if paths is None:
        assert (answer["__typename"], answer["path"]) == ("NotFoundError", ["changeId"])
    else:
        assert answer["__typename"] == "InvalidInputError"
        assert {".".join(issue["path"]) for issue in answer["issues"]} >= paths


async def test_a_cycle_of_order_is_refused(office: Office) -> None:
    first, second = gid("Change", "change-NEW"), gid("Change", "change-ASSESS")
    await office.do(
        "changePredecessorsSet", {"changeId": first, "expectedVersion": 1, "predecessors": [{"changeId": second}]}
    )
    answer = await previewed(office, changeId=second, predecessors=[{"changeId": first}])
    assert [issue["path"] for issue in answer["issues"]] == [["predecessors", "0"]]
