"""A small estate in which every relation of the schema leads somewhere."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from domain.cab.model import CabAbsence
from domain.change import model as change
from domain.change.windows import WindowExemption
from domain.ci.model import Stakeholder
from domain.conflict.acceptance import Acceptance, ConflictRecord, ConflictStatus
from domain.conflict.model import AffectedCi, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.incident.model import ChangeLinkType, IncidentChangeLink
from domain.integration.model import CalendarFeed, CalendarKind, DeliveryState, WebhookEndpoint
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.people.model import Leave, Team
from domain.ports import RiskRow
from domain.problem.model import ProblemIncident
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.tables.log import outbox
from domain.store.webhooks import Attempt, SqlWebhooks
from tests import builders as b
from tests.api.desk import Desk

HOUR = timedelta(hours=1)


async def hold_estate(desk: Desk) -> None:
    """Write people, configuration, tickets, changes, boards and findings that refer to each other."""
    await _hold_people(desk)
    await _hold_configuration(desk)
    await _hold_tickets(desk)
    await _hold_changes(desk)
    await _hold_findings(desk)
    await _sign_in_and_update(desk)
    await number_events(desk.database)
    await _hold_integrations(desk)
    await number_events(desk.database)


async def number_events(database: Database) -> None:
    """Give every event its place in the log, as the relay would."""
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(outbox).values(position=outbox.c.id))


async def _sign_in_and_update(desk: Desk) -> None:
    """Change a team as a person who signed in, for a reason."""
    async with desk.ports.work(Actor("staff", "Ada", frozenset({Role.CONFIGURATION_MANAGER}), "staff")) as work:
        team = await work.get(Team, "desk")
        team.site = "Berlin"
        work.record("team.updated", team, "moved house")
        await work.commit()


async def _hold_people(desk: Desk) -> None:
    staff = b.a_person(id="staff", name="Ada", roles=[Role.SUPPORT], external_id="p-1")
    staff.leave.append(Leave(id="leave-1", person_id="staff", start=b.MONDAY, end=b.MONDAY + HOUR, reason="dentist"))
    await desk.holds(b.a_calendar(id="office", name="Office", external_id="c-1", holidays=["2026-12-25"]), staff)
    await desk.holds(b.a_person(id="customer", name="Ben", calendar_id="office", delegate_id="staff"))
    await desk.holds(
        b.a_team("staff", id="desk", name="Desk", external_id="t-1", lead_id="staff", calendar_id="office"),
        b.a_capacity_limit(id="limit-site"),
        b.a_capacity_limit(id="limit-team", subject_kind="TEAM", subject_id="desk"),
    )


async def _hold_configuration(desk: Desk) -> None:
    mail = b.a_ci(
        id="mail", name="mail", external_id="ci-1", owner_id="staff", owner_team_id="desk", attributes={"os": "Debian"}
    )
    mail.stakeholders.append(Stakeholder(id="interest-1", ci_id="mail", person_id="customer", interest="uses it"))
    await desk.holds(
        b.a_class(id="server", name="server", expert_team_id="desk"),
        b.a_class(id="service-class", name="service"),
        mail,
        b.a_ci(id="spare", name="spare"),
        b.a_ci(id="post", name="Post", class_name="service", external_id="s-1"),
        b.a_service(id="post", calendar_id="office", peak_days=["2026-12-24"], vip_person_ids=["customer"]),
        b.a_relation("post", "mail", id="rel-1", external_id="r-1"),
        b.a_group(["mail", "spare"], ["post"], id="pair", external_id="g-1"),
    )


async def _hold_tickets(desk: Desk) -> None:
    incident = b.an_incident(
        "mail",
        id="inc",
        number="INC0000001",
        external_id="i-1",
        reporter_id="customer",
        assignee_id="staff",
        team_id="desk",
    )
    problem = b.a_problem(
        "mail", id="prb", number="PRB0000001", external_id="pr-1", assignee_id="staff", team_id="desk"
    )
    problem.incidents.append(ProblemIncident(id="attr-1", problem_id="prb", incident_id="inc", recorded_at=b.MONDAY))
    await desk.holds(incident, problem)


def _planned_change() -> Any:
    record = b.a_change(
        "mail",
        id="chg",
        number="CHG0000001",
        external_id="ch-1",
        requester_id="customer",
        authorised_by_id="staff",
        team_id="desk",
        service_id="post",
        model="Patch",
        planned_start=b.MONDAY,
        planned_end=b.MONDAY + HOUR,
        downtime_start=b.MONDAY,
        downtime_end=b.MONDAY + HOUR / 2,
    )
    record.tasks.append(
        change.ChangeTask(id="task-1", change_id="chg", title="patch", ci_id="mail", implementer_id="staff")
    )
    record.evidence.append(
        change.ChangeEvidence(
            id="ev-1",
            change_id="chg",
            kind=change.EvidenceKind.TEST,
            summary="ok",
            author_id="staff",
            recorded_at=b.MONDAY,
        )
    )
    record.technical_risks.append(
        change.TechnicalRisk(
            id="tr-1",
            change_id="chg",
            kind=change.TechnicalRiskKind.SECURITY,
            finding="none",
            assessor_id="staff",
            recorded_at=b.MONDAY,
        )
    )
    return record


async def _hold_changes(desk: Desk) -> None:
    later = b.a_change("mail", "spare", id="chg-2", number="CHG0000002", requester_id="staff")
    later.predecessors.append(change.ChangePredecessor(id="pre-1", change_id="chg-2", predecessor_id="chg"))
    freeze = b.a_window(id="freeze", external_id="w-1")
    freeze.exemptions.append(
        WindowExemption(
            id="ex-1", window_id="freeze", change_id="chg", granted_by="staff", reason="urgent", recorded_at=b.MONDAY
        )
    )
    await desk.holds(b.a_change_model(id="patch", name="Patch"), _planned_change(), later, freeze)
    await desk.holds(
        b.a_window(
            id="mail-window", scope_kind="CI", scope_id="mail", kind="MAINTENANCE", weekdays=[], rrule="FREQ=DAILY"
        ),
        b.a_window(id="post-window", scope_kind="SERVICE", scope_id="post"),
        b.a_cab_series("staff", id="board", external_id="b-1", calendar_id="office"),
    )
    meeting = b.a_cab_meeting("board", "chg", id="meeting", number="CAB0000001")
    meeting.items[0].attendee_ids = ["staff"]
    meeting.absences.append(CabAbsence(id="away-1", meeting_id="meeting", person_id="staff", recorded_at=b.MONDAY))
    await desk.holds(meeting)
    await desk.holds(b.a_service_account(id="account", token_hash="0", actor_person_id="staff"))
    async with desk.ports.work(Actor("account", "test", frozenset({Role.CHANGE_MANAGER}), "staff")) as work:
        decided = await work.get(change.Change, "chg")
        decided.decisions.append(
            change.ChangeDecision(
                id="dec-1",
                change_id="chg",
                kind=change.DecisionKind.APPROVE,
                decided_by="staff",
                decided_at=b.MONDAY,
                meeting_id="meeting",
            )
        )
        work.record("change.approved", decided)
        incident = await work.find_all(type(b.an_incident()), id=["inc"])
        incident[0].change_links.append(
            IncidentChangeLink(
                id="link-1",
                incident_id="inc",
                change_id="chg",
                type=ChangeLinkType.CAUSED_BY,
                recorded_at=b.MONDAY,
                recorded_by="staff",
            )
        )
        work.record("incident.change_linked", incident[0])
        await work.commit()


async def _hold_integrations(desk: Desk) -> None:
    """Write a webhook that was told of the first event in vain, and calendars of a board and of a team."""
    hook = WebhookEndpoint(
        id="hook", name="Hook", url="https://example.org/", account_id="account", created_at=b.MONDAY
    )
    hook.follows = [{"feed": "TICKETS", "priorities": [1]}]
    feed = {"account_id": "account", "created_at": b.MONDAY}
    await desk.holds(
        hook,
        CalendarFeed(id="f-1", name="a", kind=CalendarKind.BOARD, token_hash="1", series_id="board", **feed),
        CalendarFeed(id="f-2", name="b", kind=CalendarKind.CHANGES, token_hash="2", team_id="desk", **feed),
    )
    deliveries = SqlWebhooks(desk.database)
    (event,) = await SqlEventLog(desk.database).read_after(0, 1)
    async with desk.database.writer.begin() as connection:
        await deliveries.enqueue([("hook", event)], (), b.MONDAY)(connection)
    (due,) = await deliveries.claim(b.MONDAY, 1)
    await deliveries.note(
        due, Attempt(b.MONDAY, False, 500, 12, "sorry"), DeliveryState.PENDING, b.MONDAY + HOUR, "try-1"
    )


async def _hold_findings(desk: Desk) -> None:
    found = conflict(
        ["chg", "chg-2"],
        ConflictCode.BLACKOUT,
        Rating(ConflictSeverity.MAJOR, 0.5),
        "runs in the freeze",
        "1",
        kind=ConflictKind.PLANNED,
        window=(0, 3600),
        cis=[AffectedCi("mail", 0.9, ("mail", "post"))],
        subject="freeze",
    )
    acceptance = Acceptance("staff", "we know", found.fingerprint)
    async with desk.ports.work(SYSTEM) as work:
        await work.assessments.save_conflicts([ConflictRecord(found, 1, ConflictStatus.ACCEPTED, acceptance)])
        await work.assessments.save_risks([a_risk_row("chg")])
        await work.commit()


EVIDENCE = {"kind": "CI", "id": "mail", "label": "mail", "at": 0, "weight": 1.0}
FACTOR = {
    "code": "F1",
    "label": "Size",
    "unit": "CIs",
    "raw": 1.0,
    "x": 0.1,
    "typical": 0.2,
    "weight": 1.0,
    "points": -1.4,
    "is_known": True,
    "muted_reason": None,
    "evidence": [
        EVIDENCE,
        {"kind": "CHANGE", "id": "chg-2", "label": "failed", "at": None, "weight": None},
        {"kind": "INCIDENT", "id": "inc", "label": "P3", "at": None, "weight": 0.5},
        {"kind": "CONFLICT", "id": "key", "label": "CHG0000001 and CHG0000002 collide", "at": None, "weight": 0.6},
    ],
}
LOSS = {
    "id": "post",
    "name": "Post",
    "tier": 1,
    "q": 0.5,
    "criticality": 8.0,
    "demand": 1.0,
    "sla_factor": 1.0,
    "vip_factor": 1.0,
    "weighted_minutes": 240.0,
    "share": 1.0,
    "witness": ["mail", "post"],
    "kind": "EDGE",
    "redundancy_before": None,
    "redundancy_after": None,
}
ANSWER = {
    "computed_level": "MODERATE",
    "log_odds": -2.0,
    "probability_low": 0.05,
    "probability_high": 0.2,
    "is_calibrated": False,
    "is_truncated": False,
    "confidence": {"evidence": 0.5, "statistics": 0.4, "cmdb": 0.9, "overall": "MEDIUM"},
    "expected_loss": {"weighted_minutes": 240.0, "restore_minutes": 60.0, "services": [LOSS]},
    "factors": [FACTOR],
    "guardrails": [{"code": "G2", "reason": "not schedulable: CHG0000001 and CHG0000002 collide"}],
    "counterfactuals": [
        {
            "actions": [{"code": "TEST", "label": "test it", "effort": 2}],
            "new_score": 40.0,
            "new_level": "LOW",
            "new_probability": 0.05,
            "effort": 2,
        }
    ],
    "comparables": [
        {"change_id": "chg-2", "similarity": 0.8, "parts": [["model", 0.25], ["target", 0.35]], "outcome": "SUCCESSFUL"}
    ],
    "route": {
        "row": 6,
        "forum": "SERVICE_OWNER",
        "reason": "the rest",
        "needs_presenter": False,
        "needs_retrospective": False,
        "is_retyped": False,
    },
}
"""The stored answer of an assessment, with something in every part."""


def a_risk_row(change_id: str) -> RiskRow:
    """A stored assessment with something in every part of its answer."""
    return RiskRow(
        change_id=change_id,
        as_of=0,
        position=1,
        params_version="1",
        input_hash="0" * 64,
        score=55.5,
        likelihood=48.6,
        impact=56.9,
        level="MODERATE",
        probability=0.1,
        inputs={},
        result=ANSWER,
    )
