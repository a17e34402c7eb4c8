"""Problems and known errors: raised, analysed, solved, closed (R121, R204). The full process is a later issue."""

from collections.abc import Sequence

from domain.ci.model import ConfigurationItem
from domain.incident.model import Incident
from domain.kernel.absent import apply_facts, trimmed
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import prose_issues, refuse, repeat_issues
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.ports import Ports, UnitOfWork
from domain.problem.model import Problem, ProblemCi, ProblemIncident
from domain.problem.rules import LIFECYCLE, ProblemAct, ProblemFacts, problem_issues
from domain.usecases.act import Reference, act, check, check_free, references


async def raise_problem(
    ports: Ports,
    actor: Actor,
    facts: ProblemFacts,
    *,
    ci_ids: Sequence[str] = (),
    incident_ids: Sequence[str] = (),
) -> str:
    """Register the unknown cause of incidents (`problemRaise`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = Problem(
            id=work.new_id(),
            number=await work.next_number("PRB"),
            external_id=None,
            title="",
            opened_at=work.now,
            recorded_at=work.now,
        )
        apply_facts(problem, facts)
        await _check(
            work,
            problem,
            [*repeat_issues("ci_ids", ci_ids), *repeat_issues("incident_ids", incident_ids)],
            [
                *references("ci_ids", ConfigurationItem, ci_ids),
                *references("incident_ids", Incident, incident_ids),
            ],
        )
        _put_on(work, problem, ci_ids)
        _attribute(work, problem, incident_ids)
        work.add(problem)
        work.record("problem.raised", problem)
    return problem.id


async def update(ports: Ports, actor: Actor, problem_id: str, expected_version: int, facts: ProblemFacts) -> str:
    """Change what is said of an open problem (`problemUpdate`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.UPDATE)
        apply_facts(problem, facts)
        await _check(work, problem)
        work.record("problem.updated", problem)
    return problem.id


async def add_cis(ports: Ports, actor: Actor, problem_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Say that a problem is on these configuration items too (`problemCisAdd`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.LINK)
        present = [link.ci_id for link in problem.cis if link.ended_at is None]
        await check(
            work, repeat_issues("ci_ids", ci_ids, besides=present), *references("ci_ids", ConfigurationItem, ci_ids)
        )
        _put_on(work, problem, ci_ids)
        work.record("problem.cis_added", problem)
    return problem.id


async def link_incidents(
    ports: Ports, actor: Actor, problem_id: str, expected_version: int, incident_ids: Sequence[str]
) -> str:
    """Attribute incidents to a problem (`problemIncidentsLink`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.LINK)
        present = [link.incident_id for link in problem.incidents if link.ended_at is None]
        await check(
            work,
            repeat_issues("incident_ids", incident_ids, besides=present),
            *references("incident_ids", Incident, incident_ids),
        )
        _attribute(work, problem, incident_ids)
        work.record("problem.incidents_linked", problem)
    return problem.id


async def analyse(ports: Ports, actor: Actor, problem_id: str, expected_version: int) -> str:
    """Take a problem up (`problemAnalyse`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.ANALYSE)
        work.record("problem.analysed", problem)
    return problem.id


async def declare_known_error(
    ports: Ports,
    actor: Actor,
    problem_id: str,
    expected_version: int,
    *,
    root_cause: str,
    workaround: str | None = None,
) -> str:
    """Record the cause that was found, and how to live with it until it is removed (`problemKnownErrorDeclare`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.DECLARE_KNOWN_ERROR)
        problem.root_cause, problem.workaround = trimmed(root_cause), trimmed(workaround)
        refuse(problem_issues(problem))
        work.record("problem.known_error_declared", problem)
    return problem.id


async def resolve(ports: Ports, actor: Actor, problem_id: str, expected_version: int, root_cause: str) -> str:
    """Record that the cause is removed, and what it was (`problemResolve`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.RESOLVE)
        problem.root_cause, problem.resolved_at = trimmed(root_cause), work.now
        refuse(prose_issues("root_cause", problem.root_cause, required=True))
        work.record("problem.resolved", problem)
    return problem.id


async def close(ports: Ports, actor: Actor, problem_id: str, expected_version: int) -> str:
    """Close a problem whose incidents stopped (`problemClose`)."""
    async with act(ports, actor, Permission.WRITE_PROBLEM) as work:
        problem = await _advance(work, problem_id, expected_version, ProblemAct.CLOSE)
        work.record("problem.closed", problem)
    return problem.id


async def _advance(work: UnitOfWork, problem_id: str, expected_version: int, step: ProblemAct) -> Problem:
    problem = await work.get_at(Problem, problem_id, expected_version)
    problem.state = LIFECYCLE.next(problem.state, step)
    return problem


async def _check(
    work: UnitOfWork, problem: Problem, issues: Sequence[Issue] = (), also: Sequence[Reference] = ()
) -> None:
    await check(
        work,
        [*issues, *problem_issues(problem)],
        Reference("assignee_id", Person, problem.assignee_id),
        Reference("team_id", Team, problem.team_id),
        *also,
    )
    await check_free(work, "problem", problem, "external_id")


def _put_on(work: UnitOfWork, problem: Problem, ci_ids: Sequence[str]) -> None:
    problem.cis += [
        ProblemCi(id=work.new_id(), problem_id=problem.id, ci_id=ci_id, recorded_at=work.now) for ci_id in ci_ids
    ]


def _attribute(work: UnitOfWork, problem: Problem, incident_ids: Sequence[str]) -> None:
    problem.incidents += [
        ProblemIncident(id=work.new_id(), problem_id=problem.id, incident_id=incident_id, recorded_at=work.now)
        for incident_id in incident_ids
    ]
