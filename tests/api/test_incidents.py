"""Incidents through the schema: found, listed, reported."""

from api.ids import encode_id
from domain.kernel.actor import Actor, Role
from tests.api.desk import Desk, somebody
from tests.builders import a_ci, a_class, a_person, a_team, an_incident


async def estate(desk: Desk) -> None:
    await desk.holds(a_person(id="staff", name="Ada"), a_person(id="customer", name="Ben"), a_team("staff", id="desk"))
    await desk.holds(a_class(), a_ci(id="mail", name="mail"), a_ci(id="web", name="web"))


async def test_an_incident_is_found_by_its_number_with_everything_around_it(desk: Desk, staff: Actor) -> None:
    await estate(desk)
    await desk.holds(an_incident("mail", "web", number="INC0000007", reporter_id="customer", team_id="desk"))
    data = await desk.data(
        """query ($number: String!) {
          incident(by: { number: $number }) {
            number state reporter { name } assignee { name } configurationItems { totalCount nodes { name } }
          }
        }""",
        staff,
        number="INC0000007",
    )
    assert data["incident"] == {
        "number": "INC0000007",
        "state": "NEW",
        "reporter": {"name": "Ben"},
        "assignee": None,
        "configurationItems": {"totalCount": 2, "nodes": [{"name": "mail"}, {"name": "web"}]},
    }


REPORT = """mutation ($input: IncidentReportInput!) {
  incidentReport(input: $input) {
    __typename
    ... on IncidentReportSuccess { incident { title reporter { name } configurationItems { nodes { name } } } }
    ... on InvalidInputError { issues { path message } }
    ... on UserError { code }
  }
}"""


async def test_a_report_answers_with_the_incident_as_a_query_would(desk: Desk, staff: Actor) -> None:
    await estate(desk)
    given = {
        "title": "Mail is down",
        "description": "Nothing arrives.",
        "configurationItemIds": [encode_id("ConfigurationItem", "mail")],
    }
    data = await desk.data(REPORT, staff, input=given)
    assert data["incidentReport"] == {
        "__typename": "IncidentReportSuccess",
        "incident": {
            "title": "Mail is down",
            "reporter": {"name": "Ada"},
            "configurationItems": {"nodes": [{"name": "mail"}]},
        },
    }


async def test_a_report_names_every_fault_and_changes_nothing(desk: Desk, staff: Actor) -> None:
    await estate(desk)
    data = await desk.data(REPORT, staff, input={"title": " ", "description": "", "priority": 9})
    assert data["incidentReport"]["code"] == "INVALID_INPUT"
    assert {issue["path"][0] for issue in data["incidentReport"]["issues"]} == {"title", "description", "priority"}
    assert (await desk.data("{ incidents { totalCount } }", staff))["incidents"]["totalCount"] == 0


async def test_a_report_without_the_permission_is_forbidden_and_changes_nothing(desk: Desk, staff: Actor) -> None:
    await estate(desk)
    auditor = somebody(Role.AUDITOR, person_id="customer")
    data = await desk.data(REPORT, auditor, input={"title": "Mail is down", "description": "Nothing arrives."})
    assert data["incidentReport"] == {"__typename": "ForbiddenError", "code": "FORBIDDEN"}
    assert (await desk.data("{ incidents { totalCount } }", staff))["incidents"]["totalCount"] == 0
