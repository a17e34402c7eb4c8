"""What can be asked of incidents and problems."""

from domain.store.reads.noun import Link, noun
from domain.store.tables.tickets import (
    incident,
    incident_change_link,
    incident_ci,
    problem,
    problem_ci,
    problem_incident,
)

_ci_incidents = Link(incident_ci.c.ci_id, incident_ci.c.incident_id, (incident_ci.c.ended_at.is_(None),))
_ci_problems = Link(problem_ci.c.ci_id, problem_ci.c.problem_id, (problem_ci.c.ended_at.is_(None),))
_standing_link = (incident_change_link.c.ended_at.is_(None),)

NOUNS = (
    noun(
        incident,
        filters=("state", "priority", "opened_at", "reporter_id", "assignee_id", "team_id"),
        orders=("priority", "opened_at", "number"),
        links={
            "ci": _ci_incidents,
            "problem": Link(
                problem_incident.c.problem_id, problem_incident.c.incident_id, (problem_incident.c.ended_at.is_(None),)
            ),
            "reporter": Link(incident.c.reporter_id),
            "assignee": Link(incident.c.assignee_id),
            "team": Link(incident.c.team_id),
        },
        linked_filters={"ci_id": _ci_incidents},
    ),
    noun(
        incident_change_link,
        links={
            "incident": Link(incident_change_link.c.incident_id, conditions=_standing_link),
            "change": Link(incident_change_link.c.change_id, conditions=_standing_link),
        },
    ),
    noun(
        problem,
        filters=("state", "priority", "opened_at", "assignee_id", "team_id"),
        orders=("priority", "opened_at", "number"),
        links={
            "ci": _ci_problems,
            "incident": Link(
                problem_incident.c.incident_id, problem_incident.c.problem_id, (problem_incident.c.ended_at.is_(None),)
            ),
            "assignee": Link(problem.c.assignee_id),
            "team": Link(problem.c.team_id),
        },
        linked_filters={"ci_id": _ci_problems},
    ),
)
