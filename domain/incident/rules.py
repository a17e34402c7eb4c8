"""What may be said of an incident, what must hold of it, and what may follow (R071, R072, D1, D6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.incident.model import OPEN_STATES, Incident, IncidentState
from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import instant_issues, prose_issues, range_issues, text_issues
from domain.kernel.errors import Issue
from domain.kernel.lifecycle import Lifecycle


class IncidentAct(StrEnum):
    """What can be done to an incident."""

    UPDATE = "UPDATE"
    LINK = "LINK"
    RESOLVE = "RESOLVE"
    CANCEL = "CANCEL"


LIFECYCLE: Lifecycle[IncidentState, IncidentAct] = Lifecycle(
    "incident",
    {
        **{
            (state, act): following
            for state in IncidentState
            if state in OPEN_STATES
            for act, following in (
                (IncidentAct.UPDATE, state),
                (IncidentAct.RESOLVE, IncidentState.RESOLVED),
                (IncidentAct.CANCEL, IncidentState.CANCELLED),
            )
        },
        # What an incident was about and which change caused it is often found out after it was solved.
        **{(state, IncidentAct.LINK): state for state in IncidentState if state is not IncidentState.CANCELLED},
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """What may be said of an incident; see `domain.incident.model.Incident`."""

    external_id: Maybe[str | None] = ABSENT
    title: Maybe[str] = ABSENT
    description: Maybe[str] = ABSENT
    priority: Maybe[int] = ABSENT
    opened_at: Maybe[datetime] = ABSENT
    reporter_id: Maybe[str | None] = ABSENT
    assignee_id: Maybe[str | None] = ABSENT
    team_id: Maybe[str | None] = ABSENT
    is_restricted: Maybe[bool] = ABSENT


def incident_issues(incident: Incident) -> list[Issue]:
    """Return what is wrong with an incident about to be stored."""
    issues = [
        *text_issues("external_id", incident.external_id),
        *text_issues("title", incident.title, required=True),
        *prose_issues("description", incident.description),
        *range_issues("priority", incident.priority, 1, 4),
        *instant_issues("opened_at", incident.opened_at, not_after=incident.recorded_at),
        *prose_issues("solution", incident.solution),
    ]
    if incident.resolved_at is not None and not issues and incident.resolved_at < incident.opened_at:
        issues.append(Issue("resolved_at", "must not lie before the incident was found"))
    return issues


def report_issues(incident: Incident, *, is_by_system: bool) -> list[Issue]:
    """Return what a report lacks at creation (D1): a description, and a reporter unless a system reports."""
    issues = prose_issues("description", incident.description, required=True)
    if incident.reporter_id is None and not is_by_system:
        issues.append(Issue("reporter_id", "is required unless a system reports"))
    return issues
