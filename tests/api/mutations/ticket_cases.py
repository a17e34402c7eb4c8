"""Mutations of incidents and problems."""

from typing import Any

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, Given, nobody, seen
from tests.api.mutations.configuration_cases import ci


def incident(**rest: Any) -> Given:
    return seen("Incident", "incident", **rest)


def problem(state: str = "NEW", **rest: Any) -> Given:
    return seen("Problem", f"problem-{state}", **rest)


CLOSED = gid("Change", "change-CLOSED")

CASES = [
    Case(
        mutation="incidentReport",
        event="incident.reported",
        right={"title": "Mail is down", "description": "since nine", "configurationItemIds": [ci("mail")]},
        wrong={
            "title description priority": {"title": "", "description": " ", "priority": 5},
            "configurationItemIds.1 teamId": {
                "configurationItemIds": [ci("mail"), ci("mail")],
                "teamId": nobody("Team"),
            },
            "openedAt": {"openedAt": "2027-01-01T00:00:00Z"},
        },
    ),
    Case(
        mutation="incidentUpdate",
        event="incident.updated",
        right=incident(priority=1, assigneeId=gid("Person", "cyd")),
        wrong={"priority assigneeId": {"priority": 0, "assigneeId": nobody()}},
    ),
    Case(
        mutation="incidentCisAdd",
        event="incident.cis_added",
        right=incident(configurationItemIds=[ci("shop")]),
        wrong={
            "configurationItemIds.0 configurationItemIds.1": {
                "configurationItemIds": [ci("web"), nobody("ConfigurationItem")]
            }
        },
    ),
    Case(
        mutation="incidentCisRemove",
        event="incident.cis_removed",
        right=incident(configurationItemIds=[ci("web")]),
        wrong={"configurationItemIds.0": {"configurationItemIds": [ci("shop")]}},
    ),
    Case(
        mutation="incidentResolve",
        event="incident.resolved",
        right=incident(solution="restarted"),
        wrong={"solution resolvedAt": {"solution": " ", "resolvedAt": "2027-01-01T00:00:00Z"}},
    ),
    Case(mutation="incidentCancel", event="incident.cancelled", right=incident()),
    Case(
        mutation="incidentChangeLink",
        event="incident.change_linked",
        right=incident(changeId=CLOSED, linkType="RELATED"),
        wrong={"changeId": {"linkType": "CAUSED_BY"}, "changeId ": {"changeId": nobody("Change")}},
    ),
    Case(
        mutation="incidentChangeUnlink",
        event="incident.change_unlinked",
        right=incident(changeId=CLOSED, linkType="CAUSED_BY"),
        wrong={"changeId": {"linkType": "FIXED_BY"}},
    ),
    Case(
        mutation="problemRaise",
        event="problem.raised",
        right={"title": "Leak", "configurationItemIds": [ci("web")], "incidentIds": [gid("Incident", "incident")]},
        wrong={
            "title priority": {"title": "", "priority": 9},
            "incidentIds.0": {"incidentIds": [nobody("Incident")]},
        },
    ),
    Case(
        mutation="problemUpdate",
        event="problem.updated",
        right=problem(workaround="restart daily", rootCause=None),
        wrong={"teamId": {"teamId": nobody("Team")}},
    ),
    Case(
        mutation="problemCisAdd",
        event="problem.cis_added",
        right=problem(configurationItemIds=[ci("web")]),
        wrong={"configurationItemIds.0": {"configurationItemIds": [nobody("ConfigurationItem")]}},
    ),
    Case(
        mutation="problemIncidentsLink",
        event="problem.incidents_linked",
        right=problem(incidentIds=[gid("Incident", "incident")]),
        wrong={"incidentIds.0": {"incidentIds": [nobody("Incident")]}},
    ),
    Case(mutation="problemAnalyse", event="problem.analysed", right=problem()),
    Case(
        mutation="problemKnownErrorDeclare",
        event="problem.known_error_declared",
        right=problem(rootCause="a leak", workaround="restart"),
        wrong={"rootCause": {"rootCause": " "}},
    ),
    Case(
        mutation="problemResolve",
        event="problem.resolved",
        right=problem("KNOWN_ERROR", rootCause="a leak"),
        wrong={"rootCause": {"rootCause": ""}},
    ),
    Case(mutation="problemClose", event="problem.closed", right=problem("RESOLVED")),
]
