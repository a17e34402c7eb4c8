"""The verbs of incidents and problems."""

from datetime import timedelta

from domain.incident.model import ChangeLinkType
from domain.incident.rules import IncidentFacts
from domain.problem.rules import ProblemFacts
from domain.usecases import incidents, problems
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import HOUR, NOW, YESTERDAY

CASES = [
    Case(
        verb=incidents.report,
        event="incident.reported",
        right=lambda p, a, v: incidents.report(p, a, IncidentFacts(title="Down", description="no page"), ["web"]),
        wrong={
            "title description": lambda p, a, v: incidents.report(p, a, IncidentFacts()),
            "priority opened_at": lambda p, a, v: incidents.report(
                p, a, IncidentFacts(title="Down", description="x", priority=5, opened_at=NOW + HOUR)
            ),
            "assignee_id team_id ci_ids.0 ci_ids.2": lambda p, a, v: incidents.report(
                p,
                a,
                IncidentFacts(title="Down", description="x", assignee_id="nobody", team_id="none"),
                ["nothing", "web", "web"],
            ),
        },
        seen=None,
    ),
    Case(
        verb=incidents.update,
        event="incident.updated",
        right=lambda p, a, v: incidents.update(p, a, "incident", v, IncidentFacts(priority=2, assignee_id="ada")),
        wrong={"priority": lambda p, a, v: incidents.update(p, a, "incident", v, IncidentFacts(priority=0))},
    ),
    Case(
        verb=incidents.add_cis,
        event="incident.cis_added",
        right=lambda p, a, v: incidents.add_cis(p, a, "incident", v, ["db"]),
        wrong={"ci_ids.0 ci_ids.1": lambda p, a, v: incidents.add_cis(p, a, "incident", v, ["web", "nothing"])},
    ),
    Case(
        verb=incidents.remove_cis,
        event="incident.cis_removed",
        right=lambda p, a, v: incidents.remove_cis(p, a, "incident", v, ["web"]),
        wrong={"ci_ids.0": lambda p, a, v: incidents.remove_cis(p, a, "incident", v, ["db"])},
    ),
    Case(
        verb=incidents.resolve,
        event="incident.resolved",
        right=lambda p, a, v: incidents.resolve(p, a, "incident", v, solution="restarted"),
        wrong={
            "solution": lambda p, a, v: incidents.resolve(p, a, "incident", v, solution=" "),
            "resolved_at": lambda p, a, v: incidents.resolve(
                p, a, "incident", v, solution="restarted", resolved_at=YESTERDAY - timedelta(days=1)
            ),
        },
    ),
    Case(
        verb=incidents.cancel,
        event="incident.cancelled",
        right=lambda p, a, v: incidents.cancel(p, a, "incident", v),
    ),
    Case(
        verb=incidents.link_change,
        event="incident.change_linked",
        right=lambda p, a, v: incidents.link_change(
            p, a, "incident", v, change_id="change-NEW", link_type=ChangeLinkType.FIXED_BY
        ),
        wrong={
            "change_id": lambda p, a, v: incidents.link_change(
                p, a, "incident", v, change_id="change-CLOSED", link_type=ChangeLinkType.CAUSED_BY
            )
        },
    ),
    Case(
        verb=incidents.unlink_change,
        event="incident.change_unlinked",
        right=lambda p, a, v: incidents.unlink_change(
            p, a, "incident", v, change_id="change-CLOSED", link_type=ChangeLinkType.CAUSED_BY
        ),
        wrong={
            "change_id": lambda p, a, v: incidents.unlink_change(
                p, a, "incident", v, change_id="change-CLOSED", link_type=ChangeLinkType.RELATED
            )
        },
    ),
    Case(
        verb=problems.raise_problem,
        event="problem.raised",
        right=lambda p, a, v: problems.raise_problem(
            p, a, ProblemFacts(title="Leak"), ci_ids=["web"], incident_ids=["incident"]
        ),
        wrong={
            "title ci_ids.0 incident_ids.0": lambda p, a, v: problems.raise_problem(
                p, a, ProblemFacts(), ci_ids=["nothing"], incident_ids=["none"]
            )
        },
        seen=None,
    ),
    Case(
        verb=problems.update,
        event="problem.updated",
        right=lambda p, a, v: problems.update(p, a, "problem-NEW", v, ProblemFacts(priority=1, team_id="team")),
        wrong={
            "priority assignee_id": lambda p, a, v: problems.update(
                p, a, "problem-NEW", v, ProblemFacts(priority=9, assignee_id="nobody")
            ),
            "root_cause": lambda p, a, v: problems.update(
                p, a, "problem-KNOWN_ERROR", v, ProblemFacts(root_cause=None)
            ),
        },
    ),
    Case(
        verb=problems.add_cis,
        event="problem.cis_added",
        right=lambda p, a, v: problems.add_cis(p, a, "problem-NEW", v, ["web", "db"]),
        wrong={"ci_ids.1": lambda p, a, v: problems.add_cis(p, a, "problem-NEW", v, ["web", "web"])},
    ),
    Case(
        verb=problems.link_incidents,
        event="problem.incidents_linked",
        right=lambda p, a, v: problems.link_incidents(p, a, "problem-NEW", v, ["incident"]),
        wrong={"incident_ids.0": lambda p, a, v: problems.link_incidents(p, a, "problem-NEW", v, ["none"])},
    ),
    Case(
        verb=problems.analyse,
        event="problem.analysed",
        right=lambda p, a, v: problems.analyse(p, a, "problem-NEW", v),
    ),
    Case(
        verb=problems.declare_known_error,
        event="problem.known_error_declared",
        right=lambda p, a, v: problems.declare_known_error(
            p, a, "problem-NEW", v, root_cause="a leak", workaround="restart at night"
        ),
        wrong={"root_cause": lambda p, a, v: problems.declare_known_error(p, a, "problem-NEW", v, root_cause="  ")},
    ),
    Case(
        verb=problems.resolve,
        event="problem.resolved",
        right=lambda p, a, v: problems.resolve(p, a, "problem-KNOWN_ERROR", v, "a leak"),
        wrong={"root_cause": lambda p, a, v: problems.resolve(p, a, "problem-KNOWN_ERROR", v, "")},
    ),
    Case(
        verb=problems.close,
        event="problem.closed",
        right=lambda p, a, v: problems.close(p, a, "problem-RESOLVED", v),
    ),
]
