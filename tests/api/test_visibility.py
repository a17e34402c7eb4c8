"""Rights are in the query: what is invisible is absent, everywhere and by every way to it."""

from datetime import timedelta

import pytest

from api.ids import encode_id
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.people.model import Team
from tests.api.desk import Desk, somebody
from tests.api.estate import hold_estate, number_events
from tests.builders import a_change, a_person, a_team, an_incident

CUSTOMER = somebody(Role.REQUESTER, person_id="customer")
STRANGER = somebody(Role.REQUESTER, person_id="stranger")
NOBODY = somebody(Role.REQUESTER)
AUDITOR = somebody(Role.AUDITOR)
ASSIGNEE = somebody(Role.SUPPORT, person_id="assignee")
TEAMMATE = somebody(Role.SUPPORT, person_id="teammate")
ADMINISTRATOR = somebody(Role.ADMINISTRATOR)


async def hold_incidents(desk: Desk) -> None:
    """An incident of the customer, one of somebody else, and a restricted one of the customer."""
    await desk.holds(a_person(id="customer"), a_person(id="assignee"), a_person(id="teammate"), a_person(id="stranger"))
    await desk.holds(
        a_team("teammate", id="team"),
        an_incident(id="own", number="INC0000001", reporter_id="customer"),
        an_incident(id="other", number="INC0000002", reporter_id="assignee"),
        an_incident(
            id="secret",
            number="INC0000003",
            reporter_id="customer",
            assignee_id="assignee",
            team_id="team",
            is_restricted=True,
        ),
    )


@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        (CUSTOMER, ["INC0000001"]),
        (STRANGER, []),
        (NOBODY, []),
        (AUDITOR, ["INC0000001", "INC0000002"]),
        (ASSIGNEE, ["INC0000001", "INC0000002", "INC0000003"]),
        (TEAMMATE, ["INC0000001", "INC0000002", "INC0000003"]),
        (ADMINISTRATOR, ["INC0000001", "INC0000002", "INC0000003"]),
    ],
)
async def test_who_sees_which_incidents(desk: Desk, actor: Actor, seen: list[str]) -> None:
    await hold_incidents(desk)
    data = await desk.data(
        "{ incidents(orderBy: [{ field: NUMBER }]) { totalCount nodes { number } edges { node { number } } } }", actor
    )
    assert [node["number"] for node in data["incidents"]["nodes"]] == seen
    assert [edge["node"]["number"] for edge in data["incidents"]["edges"]] == seen
    assert data["incidents"]["totalCount"] == len(seen)


@pytest.mark.parametrize(
    "way",
    [
        '{ incident(by: { number: "INC0000003" }) { title } }',
        f'{{ incident(by: {{ id: "{encode_id("Incident", "secret")}" }}) {{ title }} }}',
        f'{{ incident: node(id: "{encode_id("Incident", "secret")}") {{ id }} }}',
        '{ incident(by: { number: "INC9999999" }) { title } }',
        f'{{ incident: node(id: "{encode_id("Incident", "nothing")}") {{ id }} }}',
    ],
)
async def test_an_invisible_record_is_absent_by_every_way_to_it(desk: Desk, way: str) -> None:
    await hold_incidents(desk)
    answer = await desk.ask(way, AUDITOR)
    assert (answer.data, answer.errors) == ({"incident": None}, [])


async def test_relations_lead_to_the_visible_only_and_count_those(desk: Desk) -> None:
    await hold_incidents(desk)
    text = "{ people { nodes { reportedIncidents { totalCount nodes { number } } } } }"
    for actor, numbers in ((CUSTOMER, {"INC0000001"}), (AUDITOR, {"INC0000001", "INC0000002"})):
        people = (await desk.data(text, actor))["people"]["nodes"]
        reported = [person["reportedIncidents"] for person in people]
        assert {node["number"] for page in reported for node in page["nodes"]} == numbers
        assert sum(page["totalCount"] for page in reported) == len(numbers)


async def test_a_requester_sees_the_changes_they_requested_and_what_hangs_on_them(desk: Desk) -> None:
    await hold_estate(desk)
    await desk.holds(a_person(id="stranger"))
    text = """{ changes { totalCount nodes { number targets { nodes { step } } risk { score } conflicts { nodes {
      changes { totalCount nodes { number } } } } } } conflicts { totalCount } riskAssessments { totalCount } }"""
    own = await desk.data(text, CUSTOMER)
    assert [change["number"] for change in own["changes"]["nodes"]] == ["CHG0000001"]
    change = own["changes"]["nodes"][0]
    assert change["risk"] == {"score": 55.5}
    assert change["targets"]["nodes"] == [{"step": 1}]
    # The other change of the conflict is somebody else's: the conflict is seen, that change is not.
    assert change["conflicts"]["nodes"][0]["changes"] == {"totalCount": 1, "nodes": [{"number": "CHG0000001"}]}
    assert (own["conflicts"]["totalCount"], own["riskAssessments"]["totalCount"]) == (1, 1)
    strange = await desk.data(text, STRANGER)
    assert strange["changes"] == {"totalCount": 0, "nodes": []}
    assert (strange["conflicts"]["totalCount"], strange["riskAssessments"]["totalCount"]) == (0, 0)


async def test_fields_that_need_a_permission_are_null_without_it(desk: Desk) -> None:
    await hold_estate(desk)
    text = """{
      person(by: { externalId: "p-1" }) { name email leave { totalCount } }
      configurationItem(by: { externalId: "ci-1" }) {
        name attributes { name } relationsTo { totalCount } stakeholders { totalCount } }
      problems { totalCount } relations { totalCount } events { totalCount } cabMeetings { totalCount }
    }"""
    seen = await desk.data(text, CUSTOMER)
    assert seen["person"] == {"name": "Ada", "email": None, "leave": None}
    assert seen["configurationItem"] == {"name": "mail", "attributes": None, "relationsTo": None, "stakeholders": None}
    assert [seen[name] for name in ("problems", "relations", "events", "cabMeetings")] == [None] * 4
    full = await desk.data(text, AUDITOR)
    assert full["person"] == {"name": "Ada", "email": "ada@example.org", "leave": {"totalCount": 1}}
    assert full["configurationItem"]["relationsTo"] == {"totalCount": 1}


@pytest.mark.parametrize(
    ("type_name", "record_id"),
    [
        ("Problem", "prb"),
        ("Relation", "rel-1"),
        ("RedundancyGroup", "pair"),
        ("CabMeeting", "meeting"),
        ("CapacityLimit", "limit-site"),
    ],
)
async def test_what_is_for_staff_alone_is_absent_for_a_requester_by_its_id(
    desk: Desk, type_name: str, record_id: str
) -> None:
    await hold_estate(desk)
    text = f'{{ node(id: "{encode_id(type_name, record_id)}") {{ __typename }} }}'
    assert await desk.data(text, AUDITOR) == {"node": {"__typename": type_name}}
    assert await desk.data(text, CUSTOMER) == {"node": None}


async def test_the_log_keeps_what_it_tells_of_restricted_incidents_to_their_people(desk: Desk) -> None:
    await hold_incidents(desk)
    await number_events(desk.database)
    text = '{ events(where: { kind: { eq: "incident.built" } }) { totalCount nodes { image subject { id } } } }'
    auditor = await desk.data(text, AUDITOR)
    assert auditor["events"]["totalCount"] == 2
    assert {event["image"]["number"] for event in auditor["events"]["nodes"]} == {"INC0000001", "INC0000002"}
    assert (await desk.data(text, ASSIGNEE))["events"]["totalCount"] == 3
    assert (await desk.data(text, CUSTOMER))["events"] is None


async def test_whoever_left_a_team_no_longer_sees_its_restricted_incidents(desk: Desk) -> None:
    await hold_incidents(desk)
    async with desk.ports.work(SYSTEM) as work:
        team = await work.get(Team, "team")
        team.members[0].valid_to = desk.clock.now() + timedelta(hours=1)
        work.record("team.member_left", team)
        await work.commit()
    text = "{ incidents { totalCount } }"
    assert (await desk.data(text, TEAMMATE))["incidents"]["totalCount"] == 3
    desk.clock.advance(timedelta(hours=2))
    assert (await desk.data(text, TEAMMATE))["incidents"]["totalCount"] == 2


async def test_a_change_of_nobody_is_nobodys_own(desk: Desk) -> None:
    await desk.holds(a_change(id="orphan"))
    assert (await desk.data("{ changes { totalCount } }", NOBODY))["changes"]["totalCount"] == 0
