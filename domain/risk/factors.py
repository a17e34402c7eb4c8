"""The catalogue of factors F1 to F14: code, label, unit and the function that measures it (ENGINES 1.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.risk import history_factors, impact_factors, plan_factors, rate_factors
from domain.risk.measurement import Measurement
from domain.risk.situation import Situation


@dataclass(frozen=True, slots=True)
class Factor:
    """One line of the sum, as people read it, and how it is measured."""

    code: str
    label: str
    unit: str
    measure: Callable[[Situation], Measurement]


FACTORS: tuple[Factor, ...] = (
    Factor("reach", "Services reached", "criticality × degree", impact_factors.reach),
    Factor("history_target", "Incidents on the targets", "faded severity", history_factors.history_target),
    Factor("history_impacted", "Incidents on what is reached", "faded severity", history_factors.history_impacted),
    Factor("cfr_type", "Record of the change type", "failure rate", rate_factors.cfr_type),
    Factor("cfr_model", "Record of the change model", "failure rate", rate_factors.cfr_model),
    Factor("cfr_team", "Record of the team", "failure rate", rate_factors.cfr_team),
    Factor("cfr_ci", "Record on the targets", "failure rate", rate_factors.cfr_ci),
    Factor("open_problems", "Open problems", "problems", history_factors.open_problems),
    Factor("complexity", "Configuration items changed", "items", impact_factors.complexity),
    Factor("novelty", "Practice with this kind of change", "successes", history_factors.novelty),
    Factor("timing", "Business hours touched", "share", impact_factors.timing),
    Factor("conflict", "Conflicts", "combined severity", plan_factors.conflict),
    Factor("test", "Test evidence", "gap", plan_factors.test),
    Factor("rollback", "Way back", "gap", plan_factors.rollback),
    Factor("emergency", "Emergency", "yes or no", plan_factors.emergency),
    Factor("duration", "Planned duration", "hours", plan_factors.duration),
    Factor("similar", "Similar changes", "failure rate", rate_factors.similar),
)

FACTOR_BY_CODE = {factor.code: factor for factor in FACTORS}
