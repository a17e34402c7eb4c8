"""The verbs of changes, from draft to review."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from domain.change.model import ChangeOutcome, EvidenceKind, TechnicalRiskKind, TestState
from domain.change.rules import ChangeFacts, ChangeModelFacts
from domain.kernel.actor import Actor
from domain.ports import Ports
from domain.usecases import change_lifecycle, changes
from domain.usecases.change_lifecycle import CloseChange, Decide
from domain.usecases.change_plan import PredecessorPlan, ScheduleChange, TargetPlan, TaskPlan
from domain.usecases.changes import EvidenceFacts
from tests.unit.usecases.cases import Case, Doing
from tests.unit.usecases.world import FRIDAY, HOUR

PLANNING = [
    Case(
        verb=changes.define_model,
        event="change_model.defined",
        right=lambda p, a, v: changes.define_model(
            p, a, "patch", ChangeModelFacts(approved_tiers=[3, 4]), expected_version=v
        ),
        wrong={
            "name usual_minutes": lambda p, a, v: changes.define_model(p, a, "", ChangeModelFacts(usual_minutes=0)),
            "approved_tiers approved_tiers.0": lambda p, a, v: changes.define_model(
                p, a, "new", ChangeModelFacts(approved_tiers=[5])
            ),
        },
    ),
    Case(
        verb=changes.create,
        event="change.created",
        right=lambda p, a, v: changes.create(p, a, ChangeFacts(title="Upgrade", service_id="shop", model="patch")),
        wrong={
            "title prep_minutes": lambda p, a, v: changes.create(p, a, ChangeFacts(prep_minutes=-1)),
            "model team_id service_id": lambda p, a, v: changes.create(
                p, a, ChangeFacts(title="x", model="none", team_id="none", service_id="mail")
            ),
            "test_state": lambda p, a, v: changes.create(p, a, ChangeFacts(title="x", test_state=TestState.PASSED)),
        },
        seen=None,
    ),
    Case(
        verb=changes.update,
        event="change.updated",
        right=lambda p, a, v: changes.update(p, a, "change-NEW", v, ChangeFacts(bundle="november")),
        wrong={
            "title": lambda p, a, v: changes.update(p, a, "change-NEW", v, ChangeFacts(title="")),
            "test_state": lambda p, a, v: changes.update(
                p, a, "change-NEW", v, ChangeFacts(test_state=TestState.PASSED)
            ),
        },
    ),
    Case(
        verb=changes.set_targets,
        event="change.targets_set",
        right=lambda p, a, v: changes.set_targets(p, a, "change-NEW", v, [TargetPlan("web", 2), TargetPlan("db")]),
        wrong={
            "targets.1 targets.2 targets.2.step": lambda p, a, v: changes.set_targets(
                p, a, "change-NEW", v, [TargetPlan("db"), TargetPlan("db"), TargetPlan("nothing", 0)]
            )
        },
    ),
    Case(
        verb=changes.set_tasks,
        event="change.tasks_set",
        right=lambda p, a, v: changes.set_tasks(
            p,
            a,
            "change-NEW",
            v,
            [TaskPlan(id="task-NEW", title="Stop"), TaskPlan(title="Go", step=2, ci_id="db", implementer_id="cyd")],
        ),
        wrong={
            "tasks.0.id": lambda p, a, v: changes.set_tasks(
                p, a, "change-NEW", v, [TaskPlan(id="task-ASSESS", title="Stop")]
            ),
            "tasks.0.title tasks.0.window.end tasks.0.ci_id tasks.1.implementer_id": lambda p, a, v: changes.set_tasks(
                p,
                a,
                "change-NEW",
                v,
                [
                    TaskPlan(title="", start=FRIDAY, end=FRIDAY, ci_id="nothing"),
                    TaskPlan(title="x", implementer_id="nobody"),
                ],
            ),
            "tasks.1.window.start": lambda p, a, v: changes.set_tasks(
                p,
                a,
                "change-NEW",
                v,
                [
                    TaskPlan(title="first", start=FRIDAY, end=FRIDAY + HOUR),
                    TaskPlan(title="then", step=2, start=FRIDAY - HOUR, end=FRIDAY),
                ],
            ),
        },
    ),
    Case(
        verb=changes.set_predecessors,
        event="change.predecessors_set",
        right=lambda p, a, v: changes.set_predecessors(p, a, "change-NEW", v, [PredecessorPlan("change-ASSESS", True)]),
        wrong={
            "predecessors.0": lambda p, a, v: changes.set_predecessors(
                p, a, "change-NEW", v, [PredecessorPlan("change-NEW")]
            ),
            "predecessors.1 predecessors.2": lambda p, a, v: changes.set_predecessors(
                p,
                a,
                "change-NEW",
                v,
                [PredecessorPlan("change-ASSESS"), PredecessorPlan("change-ASSESS"), PredecessorPlan("none")],
            ),
        },
    ),
    Case(
        verb=changes.schedule,
        event="change.scheduled",
        right=lambda p, a, v: changes.schedule(
            p,
            a,
            "change-NEW",
            v,
            ScheduleChange(start=FRIDAY, end=FRIDAY + HOUR, downtime_start=FRIDAY, downtime_end=FRIDAY + HOUR / 2),
        ),
        wrong={
            "window.end": lambda p, a, v: changes.schedule(
                p, a, "change-NEW", v, ScheduleChange(start=FRIDAY, end=FRIDAY)
            ),
            "downtime.end": lambda p, a, v: changes.schedule(
                p,
                a,
                "change-NEW",
                v,
                ScheduleChange(
                    start=FRIDAY, end=FRIDAY + HOUR, downtime_start=FRIDAY, downtime_end=FRIDAY + timedelta(hours=3)
                ),
            ),
            "time_zone": lambda p, a, v: changes.schedule(
                p,
                a,
                "change-NEW",
                v,
                ScheduleChange(
                    start=FRIDAY.replace(tzinfo=None), end=FRIDAY.replace(tzinfo=None), time_zone="Mars/Base"
                ),
            ),
            "window.start": lambda p, a, v: changes.schedule(
                p,
                a,
                "change-NEW",
                v,
                ScheduleChange(
                    start=datetime.fromisoformat("2026-03-29T02:30"),
                    end=datetime.fromisoformat("2026-03-29T04:00"),
                    time_zone="Europe/Berlin",
                ),
            ),
        },
    ),
    Case(
        verb=changes.add_evidence,
        event="change.evidence_added",
        right=lambda p, a, v: changes.add_evidence(
            p,
            a,
            "change-NEW",
            v,
            EvidenceFacts(
                kind=EvidenceKind.TEST, summary="green", link="https://ci/run/7", test_state=TestState.PASSED
            ),
        ),
        wrong={
            "summary measured_minutes": lambda p, a, v: changes.add_evidence(
                p, a, "change-NEW", v, EvidenceFacts(kind=EvidenceKind.ROLLBACK, summary=" ", measured_minutes=-5)
            ),
            "test_state": lambda p, a, v: changes.add_evidence(
                p,
                a,
                "change-NEW",
                v,
                EvidenceFacts(kind=EvidenceKind.TEST, summary="told so", test_state=TestState.PASSED),
            ),
        },
    ),
    Case(
        verb=changes.add_technical_risk,
        event="change.technical_risk_added",
        right=lambda p, a, v: changes.add_technical_risk(
            p, a, "change-ASSESS", v, kind=TechnicalRiskKind.SECURITY, finding="open port"
        ),
        wrong={
            "finding": lambda p, a, v: changes.add_technical_risk(
                p, a, "change-ASSESS", v, kind=TechnicalRiskKind.SECURITY, finding=" "
            )
        },
    ),
    Case(
        verb=changes.mitigate_technical_risk,
        event="change.technical_risk_mitigated",
        right=lambda p, a, v: changes.mitigate_technical_risk(p, a, "change-ASSESS", v, "risk-ASSESS"),
        wrong={
            "technical_risk_id": lambda p, a, v: changes.mitigate_technical_risk(p, a, "change-ASSESS", v, "risk-NEW")
        },
    ),
]

NOTE = "lower the concurrency meanwhile"


def decide(change_id: str, version: int, note: str | None = NOTE, meeting_id: str | None = "meeting") -> Decide:
    return Decide(change_id=change_id, expected_version=version, note=note, meeting_id=meeting_id)


def said(verb: Callable[[Ports, Actor, Decide], Awaitable[str]], note: str) -> Doing:
    return lambda ports, actor, seen: verb(ports, actor, decide("change-AUTHORISE", seen, note))


def done_for(verb: Callable[[Ports, Actor, str, int, str], Awaitable[str]], reason: str) -> Doing:
    return lambda ports, actor, seen: verb(ports, actor, "change-ASSESS", seen, reason)


LIFE = [
    Case(
        verb=change_lifecycle.submit,
        event="change.submitted",
        right=lambda p, a, v: change_lifecycle.submit(p, a, "change-NEW", v),
        wrong={
            "description targets window rollback_plan": lambda p, a, v: change_lifecycle.submit(p, a, "change-bare", v)
        },
    ),
    Case(
        verb=change_lifecycle.request_authorisation,
        event="change.authorisation_requested",
        right=lambda p, a, v: change_lifecycle.request_authorisation(p, a, "change-ASSESS", v),
    ),
    Case(
        verb=change_lifecycle.approve,
        event="change.approved",
        right=lambda p, a, v: change_lifecycle.approve(p, a, decide("change-AUTHORISE", v, None)),
        wrong={
            "meeting_id": lambda p, a, v: change_lifecycle.approve(p, a, decide("change-AUTHORISE", v, None, "never"))
        },
    ),
    *(
        Case(
            verb=verb,
            event=event,
            right=said(verb, NOTE),
            wrong={"note": said(verb, " ")},
        )
        for verb, event in (
            (change_lifecycle.approve_with_conditions, "change.approved_with_conditions"),
            (change_lifecycle.ask, "change.asked"),
            (change_lifecycle.defer, "change.deferred"),
            (change_lifecycle.reject, "change.rejected"),
        )
    ),
    Case(
        verb=change_lifecycle.start,
        event="change.started",
        right=lambda p, a, v: change_lifecycle.start(p, a, "change-SCHEDULED", v),
    ),
    Case(
        verb=change_lifecycle.complete,
        event="change.completed",
        right=lambda p, a, v: change_lifecycle.complete(p, a, "change-IMPLEMENT", v),
    ),
    Case(
        verb=change_lifecycle.close,
        event="change.closed",
        right=lambda p, a, v: change_lifecycle.close(
            p, a, CloseChange(change_id="change-REVIEW", expected_version=v, outcome=ChangeOutcome.SUCCESSFUL)
        ),
        wrong={
            "review": lambda p, a, v: change_lifecycle.close(
                p, a, CloseChange(change_id="change-REVIEW", expected_version=v, outcome=ChangeOutcome.BACKED_OUT)
            )
        },
    ),
    *(
        Case(
            verb=verb,
            event=event,
            right=done_for(verb, "no budget"),
            wrong={"reason": done_for(verb, " ")},
        )
        for verb, event in (
            (change_lifecycle.cancel, "change.cancelled"),
            (change_lifecycle.hold, "change.held"),
            (change_lifecycle.exclude, "change.excluded"),
        )
    ),
    Case(
        verb=change_lifecycle.resume,
        event="change.resumed",
        right=lambda p, a, v: change_lifecycle.resume(p, a, "change-ON_HOLD", v),
    ),
]

CASES = PLANNING + LIFE
