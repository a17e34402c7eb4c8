"""Problems: the known ones that still bite, and those of the past that were solved."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from api.demo.dates import Timeline
from api.demo.landscape import ITEMS
from api.demo.register import Register
from domain.ci.model import ConfigurationItem
from domain.incident.model import Incident
from domain.people.model import Person, Team
from domain.problem.model import Problem, ProblemCi, ProblemIncident, ProblemState

SOLVED = 40
LINKED_INCIDENTS = 5


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """A problem not solved yet; with a workaround it is a known error."""

    title: str
    ci: str
    priority: int
    days_ago: int
    root_cause: str | None = None
    workaround: str | None = None


OPEN_NOW = (
    OpenProblem("payments-db: log writer stalls under month-end load", "payments-db", 2, 40),
    OpenProblem(
        title="XYZ: account overview times out on the first of the month",
        ci="XYZ",
        priority=2,
        days_ago=75,
        root_cause="Missing index on the turnover table; bug XYZ-4711.",
        workaround="Restart both machines of XYZ one after the other at 05:30.",
    ),
    OpenProblem(
        title="Mail Gateway: queue stops on malformed attachments",
        ci="Mail Gateway",
        priority=3,
        days_ago=120,
        root_cause="The scanner does not release the file handle.",
        workaround="Empty the quarantine and restart the scanner.",
    ),
    OpenProblem("ATM fleet Hannover: card readers fail in damp weather", "ATM fleet Hannover", 3, 210),
    OpenProblem("br-nienburg: line of the carrier drops at night", "br-nienburg", 4, 60),
    OpenProblem(
        title="integration broker: consumers hang after a failover",
        ci="integration broker",
        priority=2,
        days_ago=95,
        root_cause="Heartbeat of the client library is longer than the failover.",
        workaround="Restart the consumers of the SEPA Gateway after every failover.",
    ),
    OpenProblem("card-db: lock waits during the settlement run", "card-db", 2, 18),
    OpenProblem("vSphere Bremen: balancing moves machines in office hours", "vSphere Bremen", 4, 150),
    OpenProblem("Teller Desktop: printing hangs after suspend", "Teller Desktop", 4, 33),
    OpenProblem("Payroll: month-end run has no restart point", "Payroll", 3, 300),
)


def past_problems(
    register: Register, timeline: Timeline, incidents: Sequence[Incident], dice: Random
) -> Iterator[Problem]:
    """Yield the open problems of the tables, and solved ones of the items that had most incidents."""
    by_ci: dict[str, list[Incident]] = {}
    for incident in sorted(incidents, key=lambda incident: incident.opened_at):
        by_ci.setdefault(incident.cis[0].ci_id, []).append(incident)
    for row in OPEN_NOW:
        yield _open(register, timeline, row, by_ci)
    names = {register.id_of(ConfigurationItem, name): name for name in ITEMS}
    most = Counter({names[ci_id]: len(found) for ci_id, found in by_ci.items()}).most_common(SOLVED)
    for name, _ in most:
        yield _solved(register, name, by_ci[register.id_of(ConfigurationItem, name)], dice)


def _open(register: Register, timeline: Timeline, row: OpenProblem, by_ci: Mapping[str, list[Incident]]) -> Problem:
    opened = timeline.ago(row.days_ago)
    known = by_ci.get(register.id_of(ConfigurationItem, row.ci), [])
    before = [incident for incident in known if incident.recorded_at < opened]
    problem = _problem(register, row.title, row.ci, before[-LINKED_INCIDENTS:], opened)
    problem.priority, problem.root_cause, problem.workaround = row.priority, row.root_cause, row.workaround
    problem.state = ProblemState.ANALYSIS if row.workaround is None else ProblemState.KNOWN_ERROR
    return problem


def _solved(register: Register, name: str, incidents: Sequence[Incident], dice: Random) -> Problem:
    linked = incidents[:LINKED_INCIDENTS]
    opened = linked[-1].recorded_at + timedelta(hours=1)
    problem = _problem(register, f"{name}: the same incident again and again", name, linked, opened)
    problem.resolved_at = opened + timedelta(minutes=round(dice.uniform(60, 300)))
    problem.root_cause, problem.state = "Found and removed; see the closing note.", ProblemState.CLOSED
    return problem


def _problem(register: Register, title: str, ci_name: str, incidents: Sequence[Incident], opened: datetime) -> Problem:
    problem_id, ci_id = register.new_id(), register.id_of(ConfigurationItem, ci_name)
    return Problem(
        id=problem_id,
        number="",
        external_id=None,
        title=title,
        opened_at=opened,
        recorded_at=opened,
        assignee_id=register.id_of(Person, "Jan Friese"),
        team_id=register.id_of(Team, ITEMS[ci_name].team),
        cis=[ProblemCi(id=register.new_id(), problem_id=problem_id, ci_id=ci_id, recorded_at=opened)],
        incidents=[
            ProblemIncident(id=register.new_id(), problem_id=problem_id, incident_id=incident.id, recorded_at=opened)
            for incident in incidents
        ],
    )
