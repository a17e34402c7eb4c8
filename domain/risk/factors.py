"""The catalogue of factors F1 to F14: code, label, unit, what each reads and how it is measured (ENGINES 1.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.risk import history_factors, impact_factors, plan_factors, rate_factors
from domain.risk.measurement import Measurement
from domain.risk.situation import Situation


@dataclass(frozen=True, slots=True)
class Factor:
    """One line of the sum, as people read it, and how it is measured.

    `reads` names the parts of `RiskFacts` it looks at: while those stay the same object, so does the measurement.
    """

    code: str
    label: str
    unit: str
    reads: frozenset[str]
    measure: Callable[[Situation], Measurement]


WALK = frozenset({"targets", "impacted", "services", "classes", "organisation_busy_share", "is_truncated"})
"""The parts that say what is reached and what it is worth."""

_CHANGE = frozenset({"change"})
_CHANGE_ON_TARGETS = frozenset({"change", "targets"})
_TARGET_INCIDENTS = frozenset({"targets", "incidents"})
_REACHED_INCIDENTS = frozenset({"targets", "impacted", "is_truncated", "incidents"})
_REACHED_PROBLEMS = frozenset({"targets", "impacted", "is_truncated", "problems"})


FACTORS: tuple[Factor, ...] = (
    Factor("reach", "Services reached", "criticality × degree", WALK, impact_factors.reach),
    Factor(
        "history_target",
        "Incidents on the targets",
        "faded severity",
        _TARGET_INCIDENTS,
        history_factors.history_target,
    ),
    Factor(
        "history_impacted",
        "Incidents on what is reached",
        "faded severity",
        _REACHED_INCIDENTS,
        history_factors.history_impacted,
    ),
    Factor("cfr_type", "Record of the change type", "failure rate", _CHANGE, rate_factors.cfr_type),
    Factor("cfr_model", "Record of the change model", "failure rate", _CHANGE, rate_factors.cfr_model),
    Factor("cfr_team", "Record of the team", "failure rate", _CHANGE, rate_factors.cfr_team),
    Factor("cfr_ci", "Record on the targets", "failure rate", frozenset({"targets"}), rate_factors.cfr_ci),
    Factor("open_problems", "Open problems", "problems", _REACHED_PROBLEMS, history_factors.open_problems),
    Factor("complexity", "Configuration items changed", "items", frozenset({"targets"}), impact_factors.complexity),
    Factor("novelty", "Practice with this kind of change", "successes", _CHANGE_ON_TARGETS, history_factors.novelty),
    Factor("timing", "Business hours touched", "share", WALK, impact_factors.timing),
    Factor("conflict", "Conflicts", "combined severity", frozenset({"conflicts"}), plan_factors.conflict),
    Factor("test", "Test evidence", "gap", _CHANGE, plan_factors.test),
    Factor("rollback", "Way back", "gap", _CHANGE, plan_factors.rollback),
    Factor("emergency", "Emergency", "yes or no", _CHANGE, plan_factors.emergency),
    Factor("duration", "Planned duration", "hours", _CHANGE, plan_factors.duration),
    Factor("similar", "Similar changes", "failure rate", _CHANGE_ON_TARGETS, rate_factors.similar),
)

FACTOR_BY_CODE = {factor.code: factor for factor in FACTORS}
