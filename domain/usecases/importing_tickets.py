"""Importing incidents and problems, history included."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain.change.model import Change
from domain.ci.model import ConfigurationItem
from domain.incident.model import ChangeLinkType, Incident, IncidentChangeLink, IncidentCi
from domain.incident.rules import incident_issues
from domain.kernel.checks import text_issues
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.ports import UnitOfWork
from domain.problem.model import Problem, ProblemCi, ProblemIncident
from domain.problem.rules import problem_issues
from domain.usecases.act import doer
from domain.usecases.importing_recipe import Link, Recipe, Values

NUMBER = 20
"""Most characters of a number."""


def number_issues(number: str) -> list[Issue]:
    """Return what is wrong with a number that was given from outside."""
    return text_issues("number", number or None, most=NUMBER)


def _blank_incident(work: UnitOfWork, record_id: str, values: Values) -> Incident:
    return Incident(
        id=record_id, number="", external_id=None, title="", opened_at=values["opened_at"], recorded_at=work.now
    )


def _blank_problem(work: UnitOfWork, record_id: str, values: Values) -> Problem:
    return Problem(
        id=record_id, number="", external_id=None, title="", opened_at=values["opened_at"], recorded_at=work.now
    )


def _incident_issues(incident: Incident) -> list[Issue]:
    return [*number_issues(incident.number), *incident_issues(incident)]


def _problem_issues(problem: Problem) -> list[Issue]:
    issues = [*number_issues(problem.number), *problem_issues(problem)]
    if not issues and problem.resolved_at is not None and problem.resolved_at < problem.opened_at:
        issues.append(Issue("resolved_at", "must not lie before the problem was opened"))
    return issues


def _known_since(ticket: Incident | Problem, work: UnitOfWork) -> datetime:
    """Return since when what an input says of a ticket was known: with the ticket itself when it is taken in."""
    return ticket.recorded_at if ticket.version == 0 else work.now


def _restate_incident_cis(work: UnitOfWork, incident: Incident, ci_ids: Sequence[str]) -> None:
    known = _ended(work, incident.cis, "ci_id", ci_ids)
    incident.cis += [
        IncidentCi(id=work.new_id(), incident_id=incident.id, ci_id=ci_id, recorded_at=_known_since(incident, work))
        for ci_id in ci_ids
        if ci_id not in known
    ]


def _restate_problem_cis(work: UnitOfWork, problem: Problem, ci_ids: Sequence[str]) -> None:
    known = _ended(work, problem.cis, "ci_id", ci_ids)
    problem.cis += [
        ProblemCi(id=work.new_id(), problem_id=problem.id, ci_id=ci_id, recorded_at=_known_since(problem, work))
        for ci_id in ci_ids
        if ci_id not in known
    ]


def _restate_problem_incidents(work: UnitOfWork, problem: Problem, incident_ids: Sequence[str]) -> None:
    known = _ended(work, problem.incidents, "incident_id", incident_ids)
    problem.incidents += [
        ProblemIncident(
            id=work.new_id(),
            problem_id=problem.id,
            incident_id=incident_id,
            recorded_at=_known_since(problem, work),
        )
        for incident_id in incident_ids
        if incident_id not in known
    ]


def _changes_linked(link_type: ChangeLinkType) -> Callable[[UnitOfWork, Incident, Sequence[str]], None]:
    def restate(work: UnitOfWork, incident: Incident, change_ids: Sequence[str]) -> None:
        links = [link for link in incident.change_links if link.type is link_type]
        known = _ended(work, links, "change_id", change_ids)
        incident.change_links += [
            IncidentChangeLink(
                id=work.new_id(),
                incident_id=incident.id,
                change_id=change_id,
                type=link_type,
                recorded_at=_known_since(incident, work),
                recorded_by=doer(work.actor),
            )
            for change_id in change_ids
            if change_id not in known
        ]

    return restate


def _ended(work: UnitOfWork, links: Sequence[Any], to: str, wanted: Sequence[str]) -> set[str]:
    """End the links that are said no longer and return what is linked already."""
    standing = [link for link in links if link.ended_at is None]
    for link in standing:
        if getattr(link, to) not in wanted:
            link.ended_at = work.now
    return {getattr(link, to) for link in standing}


INCIDENTS = Recipe(
    noun=Incident,
    event="incident",
    keys=("external_id", "number"),
    blank=_blank_incident,
    issues=_incident_issues,
    required=("opened_at",),
    unique=("number",),
    series="INC",
    references={"reporter_id": Person, "assignee_id": Person, "team_id": Team},
    links={
        "cis": Link(ConfigurationItem, _restate_incident_cis),
        "caused_by": Link(Change, _changes_linked(ChangeLinkType.CAUSED_BY)),
        "fixed_by": Link(Change, _changes_linked(ChangeLinkType.FIXED_BY)),
        "related_changes": Link(Change, _changes_linked(ChangeLinkType.RELATED)),
    },
)

PROBLEMS = Recipe(
    noun=Problem,
    event="problem",
    keys=("external_id", "number"),
    blank=_blank_problem,
    issues=_problem_issues,
    required=("opened_at",),
    unique=("number",),
    series="PRB",
    references={"assignee_id": Person, "team_id": Team},
    links={
        "cis": Link(ConfigurationItem, _restate_problem_cis),
        "incidents": Link(Incident, _restate_problem_incidents),
    },
)
