"""Mutations of changes, from draft to review, and of their conflicts."""

from typing import Any

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, Given, nobody, seen
from tests.api.mutations.configuration_cases import ci

FRIDAY, LATER = "2026-11-27T21:00:00Z", "2026-11-27T23:00:00Z"
GAP = {"start": "2026-03-29T02:30", "end": "2026-03-29T04:00"}
NOTE = "lower the concurrency meanwhile"
MEETING = gid("CabMeeting", "meeting")


def change(state: str = "NEW", **rest: Any) -> Given:
    return seen("Change", f"change-{state}", **rest)


def instants(start: str, end: str, **rest: Any) -> Given:
    return {"times": {"instants": {"window": {"start": start, "end": end}, **rest}}}


def local(**times: Any) -> Given:
    return {"times": {"localTimes": {"timeZone": "Europe/Berlin", **times}}}


PLANNING = [
    Case(
        mutation="changeModelDefine",
        event="change_model.defined",
        right={"name": "patch", "expectedVersion": 1, "approvedTiers": [3, 4]},
        wrong={"usualMinutes approvedTiers.0": {"usualMinutes": 0, "approvedTiers": [5]}},
    ),
    Case(
        mutation="changeCreate",
        event="change.created",
        right={
            "title": "Upgrade",
            "serviceId": gid("BusinessService", "shop"),
            "modelName": "patch",
            "type": "STANDARD",
        },
        wrong={
            "title prepMinutes": {"title": "", "prepMinutes": -1},
            "modelName teamId serviceId": {
                "modelName": "none",
                "teamId": nobody("Team"),
                "serviceId": nobody("BusinessService"),
            },
            "testState": {"testState": "PASSED"},
        },
    ),
    Case(
        mutation="changeUpdate",
        event="change.updated",
        right=change(bundle="november", reason=None),
        wrong={"title bakeMinutes": {"title": "", "bakeMinutes": -1}},
    ),
    Case(
        mutation="changeTargetsSet",
        event="change.targets_set",
        right=change(targets=[{"configurationItemId": ci("web"), "step": 2}, {"configurationItemId": ci("db")}]),
        wrong={
            "targets.1 targets.2 targets.2.step": {
                "targets": [
                    {"configurationItemId": ci("db")},
                    {"configurationItemId": ci("db")},
                    {"configurationItemId": nobody("ConfigurationItem"), "step": 0},
                ]
            }
        },
    ),
    Case(
        mutation="changeTasksSet",
        event="change.tasks_set",
        right=change(
            tasks=[
                {"id": gid("ChangeTask", "task-NEW"), "title": "Stop"},
                {
                    "title": "Go",
                    "step": 2,
                    "action": "RESTART",
                    "configurationItemId": ci("db"),
                    "implementerId": gid("Person", "cyd"),
                    "window": {"start": FRIDAY, "end": LATER},
                },
            ]
        ),
        wrong={
            "tasks.0.id": {"tasks": [{"id": gid("ChangeTask", "task-ASSESS"), "title": "Stop"}]},
            "tasks.0.title tasks.0.window.end tasks.0.configurationItemId tasks.1.implementerId": {
                "tasks": [
                    {
                        "title": "",
                        "window": {"start": FRIDAY, "end": FRIDAY},
                        "configurationItemId": nobody("ConfigurationItem"),
                    },
                    {"title": "x", "implementerId": nobody()},
                ]
            },
            "tasks.1.window.start": {
                "tasks": [
                    {"title": "first", "window": {"start": FRIDAY, "end": LATER}},
                    {"title": "then", "step": 2, "window": {"start": "2026-11-27T20:00:00Z", "end": LATER}},
                ]
            },
        },
    ),
    Case(
        mutation="changePredecessorsSet",
        event="change.predecessors_set",
        right=change(predecessors=[{"changeId": gid("Change", "change-ASSESS"), "isBackToBack": True}]),
        wrong={
            "predecessors.0": {"predecessors": [{"changeId": gid("Change", "change-NEW")}]},
            "predecessors.1 predecessors.2": {
                "predecessors": [
                    {"changeId": gid("Change", "change-ASSESS")},
                    {"changeId": gid("Change", "change-ASSESS")},
                    {"changeId": nobody("Change")},
                ]
            },
        },
    ),
    Case(
        mutation="changeSchedule",
        event="change.scheduled",
        right=change(**instants(FRIDAY, LATER, downtime={"start": FRIDAY, "end": "2026-11-27T22:00:00Z"})),
        wrong={
            "times.instants.window.end": instants(FRIDAY, FRIDAY),
            "times.instants.downtime.end": instants(
                FRIDAY, LATER, downtime={"start": FRIDAY, "end": "2026-11-28T00:00:00Z"}
            ),
            "times.localTimes.window.start": local(window=GAP),
            "times.localTimes.timeZone": local(window=GAP, timeZone="Mars/Base"),
        },
    ),
    Case(
        mutation="changeEvidenceAdd",
        event="change.evidence_added",
        right=change(kind="TEST", summary="green", link="https://ci/run/7", testState="PASSED"),
        wrong={
            "summary measuredMinutes": {"summary": " ", "measuredMinutes": -5},
            "testState": {"link": None},
        },
    ),
    Case(
        mutation="changeTechnicalRiskAdd",
        event="change.technical_risk_added",
        right=change("ASSESS", kind="SECURITY", finding="open port"),
        wrong={"finding": {"finding": " "}},
    ),
    Case(
        mutation="changeTechnicalRiskMitigate",
        event="change.technical_risk_mitigated",
        right=change("ASSESS", technicalRiskId=gid("TechnicalRisk", "risk-ASSESS")),
        wrong={"technicalRiskId": {"technicalRiskId": gid("TechnicalRisk", "risk-NEW")}},
    ),
]

LIFE = [
    Case(
        mutation="changeSubmit",
        event="change.submitted",
        right=change(),
        wrong={"description targets window rollbackPlan": change("bare")},
    ),
    Case(
        mutation="changeRequestAuthorisation",
        event="change.authorisation_requested",
        right=change("ASSESS"),
    ),
    Case(
        mutation="changeApprove",
        event="change.approved",
        right=change("AUTHORISE"),
        wrong={"meetingId": {"meetingId": nobody("CabMeeting")}},
    ),
    *(
        Case(
            mutation=mutation,
            event=event,
            right=change("AUTHORISE", note=NOTE, meetingId=MEETING),
            wrong={"note": {"note": " "}},
        )
        for mutation, event in (
            ("changeApproveWithConditions", "change.approved_with_conditions"),
            ("changeAsk", "change.asked"),
            ("changeDefer", "change.deferred"),
            ("changeReject", "change.rejected"),
        )
    ),
    Case(mutation="changeStart", event="change.started", right=change("SCHEDULED")),
    Case(mutation="changeComplete", event="change.completed", right=change("IMPLEMENT")),
    Case(
        mutation="changeClose",
        event="change.closed",
        right=change("REVIEW", outcome="SUCCESSFUL"),
        wrong={"review": {"outcome": "BACKED_OUT"}},
    ),
    *(
        Case(
            mutation=mutation,
            event=event,
            right=change("ASSESS", reason="no budget"),
            wrong={"reason": {"reason": " "}},
        )
        for mutation, event in (
            ("changeCancel", "change.cancelled"),
            ("changeHold", "change.held"),
            ("changeExclude", "change.excluded"),
        )
    ),
    Case(mutation="changeResume", event="change.resumed", right=change("ON_HOLD")),
]

CONFLICTS = [
    Case(
        mutation="conflictAccept",
        event="conflict.accepted",
        right=seen("Conflict", "conflict-open", reason="both teams agreed"),
        wrong={"reason": {"reason": " "}},
    ),
    Case(mutation="conflictReopen", event="conflict.reopened", right=seen("Conflict", "conflict-accepted")),
]

CASES = PLANNING + LIFE + CONFLICTS
