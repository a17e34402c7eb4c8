"""Severities and thresholds of conflict detection: data with a version, never constants in a rule (ENGINES 3.3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConflictPolicy:
    """The numbers of ENGINES 3.2, 3.3 and 3.5. Weights are the s of risk factor F9, in [0, 1].

    `footprint_degree` is the least q that puts a CI into the footprint F, `maintenance_degree` the least q from which
    an impacted service must stay inside its maintenance windows. A CI is a hub from `hub_fan_out` dependents or
    `hub_open_changes` open changes on (both exclusive).
    """

    version: str = "conflict-1"
    footprint_degree: float = 0.2
    maintenance_degree: float = 0.5
    critical_tier: int = 2
    incident_horizon_seconds: int = 24 * 3600
    hub_fan_out: int = 2_000
    hub_open_changes: int = 200
    same_ci: float = 0.6
    same_ci_exclusive: float = 0.9
    dependent_ci_base: float = 0.2
    dependent_ci_slope: float = 0.3
    redundancy: float = 0.6
    redundancy_critical: float = 0.9
    reserve: float = 0.15
    shared_service: float = 0.15
    soak: float = 0.2
    order: float = 0.9
    blackout: float = 0.9
    outside_maintenance: float = 0.5
    impacted_outside_maintenance: float = 0.2
    person: float = 0.4
    approver: float = 0.4
    incident: float = 0.6
    incident_first_priority: float = 0.9
    capacity: float = 0.2

    def is_hub(self, fan_out: int, open_changes: int) -> bool:
        """Whether a CI with that many dependents and open changes on it is compared at service level only."""
        return fan_out > self.hub_fan_out or open_changes > self.hub_open_changes
