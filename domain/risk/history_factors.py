"""Factors read off what went wrong before: F2, F3 incidents, F5 problems, F7 novelty (ENGINES 1.3)."""

from collections.abc import Mapping
from heapq import nsmallest
from math import fsum, log2

from domain.risk.facts import IncidentFacts, ProblemFacts
from domain.risk.measurement import SHOWN_ROWS, Measurement, heaviest, unknown
from domain.risk.model import EvidenceKind, EvidenceRow
from domain.risk.params import DAY
from domain.risk.situation import Situation

NOVELTY_HALF = 6.0
"""Successes that halve novelty."""


def history_target(situation: Situation) -> Measurement:
    """F2: Σ severity weight · decay over incidents on the targets, log2(1 + raw)."""
    if not situation.facts.targets:
        return unknown("history_target", situation.params.factors["history_target"].typical)
    targets = situation.target_ids
    return _incident_history(
        "history_target",
        situation,
        {i.id: 1.0 for i in situation.facts.incidents if not targets.isdisjoint(i.ci_ids)},
    )


def history_impacted(situation: Situation) -> Measurement:
    """F3: the same over everything reached, targets included, times the greatest degree among the incident's CIs."""
    if situation.facts.is_truncated or not situation.facts.targets:
        return unknown("history_impacted", situation.params.factors["history_impacted"].typical)
    degrees = situation.degrees
    reached = {incident.id: _greatest(degrees, incident.ci_ids) for incident in situation.facts.incidents}
    return _incident_history("history_impacted", situation, {key: q for key, q in reached.items() if q > 0})


def _greatest(degrees: Mapping[str, float], ci_ids: tuple[str, ...]) -> float:
    """Return the greatest degree among these CIs; nearly every incident is on one."""
    if len(ci_ids) == 1:
        return degrees.get(ci_ids[0], 0.0)
    return max([degrees.get(ci_id, 0.0) for ci_id in ci_ids], default=0.0)


def open_problems(situation: Situation) -> Measurement:
    """F5: open problems, 1 on a target and q / 2 on what is reached, half with a workaround; log2(1 + raw)."""
    if not situation.facts.targets:
        return unknown("open_problems", situation.params.factors["open_problems"].typical)
    rows = [
        EvidenceRow(EvidenceKind.PROBLEM, problem.id, _problem_label(problem), problem.opened_at, weight)
        for problem in situation.facts.problems
        if (weight := _problem_weight(problem, situation)) > 0
    ]
    raw = fsum(row.weight or 0.0 for row in rows)
    return Measurement("open_problems", raw, log2(1 + raw), not situation.facts.is_truncated, heaviest(rows))


def novelty(situation: Situation) -> Measurement:
    """F7: the fewest successes k of this (team, class, model) over the target classes, 2^(−k/6)."""
    change, targets = situation.facts.change, situation.facts.targets
    if change.team is None or change.model is None or not targets:
        return unknown("novelty", situation.params.factors["novelty"].typical)
    classes = sorted({target.class_name for target in targets})
    records = [(situation.rates.track_record(change.team, name, change.model), name) for name in classes]
    record, class_name = min(records, key=lambda pair: (pair[0].successes, pair[1]))
    rows = tuple(
        EvidenceRow(EvidenceKind.CHANGE, change_id, f"successful on {class_name}") for change_id in record.latest_ids
    )
    return Measurement("novelty", record.successes, 2.0 ** (-record.successes / NOVELTY_HALF), evidence=rows)


def _incident_history(code: str, situation: Situation, degree_of: Mapping[str, float]) -> Measurement:
    weighed = [
        (degree_of[incident.id] * _faded_severity(incident, situation), incident)
        for incident in situation.facts.incidents
        if incident.id in degree_of
    ]
    raw = fsum([weight for weight, _ in weighed])
    # Thousands may count: only those that are shown are put into words.
    shown = nsmallest(SHOWN_ROWS, weighed, key=lambda found: (-found[0], found[1].id))
    rows = [
        EvidenceRow(EvidenceKind.INCIDENT, incident.id, f"P{incident.severity}", incident.opened_at, weight)
        for weight, incident in shown
    ]
    return Measurement(code, raw, log2(1 + raw), evidence=tuple(rows))


def _faded_severity(incident: IncidentFacts, situation: Situation) -> float:
    """Return severity weight · 2^(−age / half-life), the age in fractional days."""
    params = situation.params
    age_days = (situation.facts.as_of - incident.opened_at) / DAY
    faded: float = 2.0 ** (-age_days / params.incident_half_life_days)
    return params.severity_weights[incident.severity - 1] * faded


def _problem_weight(problem: ProblemFacts, situation: Situation) -> float:
    if not situation.target_ids.isdisjoint(problem.ci_ids):
        weight = 1.0
    else:
        weight = max((situation.degrees.get(ci_id, 0.0) for ci_id in problem.ci_ids), default=0.0) / 2
    return weight / 2 if problem.has_workaround else weight


def _problem_label(problem: ProblemFacts) -> str:
    return "known error with a workaround" if problem.has_workaround else "open problem"
