"""The exact planner's port, and the rule that its answer must earn its place (ENGINES 4.9, T6)."""

from typing import Protocol

from domain.cab.checker import violations
from domain.cab.greedy import greedy_plan
from domain.cab.plan import Plan
from domain.cab.problem import PlanningProblem


class CabSolver(Protocol):
    """Finds plans of least lexicographic objective."""

    def solve(self, problem: PlanningProblem, deterministic_limit: float) -> Plan | None:
        """Return the best plan found within the limit per level, in the solver's own seconds; None if it found none."""
        ...


def best_plan(problem: PlanningProblem, solver: CabSolver | None, deterministic_limit: float = 5.0) -> Plan:
    """Return the solver's plan if it is valid and no worse than the greedy one, else the greedy plan."""
    greedy = greedy_plan(problem)
    exact = None if solver is None else solver.solve(problem, deterministic_limit)
    if exact is None or violations(problem, exact.assignments, exact.attendees):
        return greedy
    return min(exact, greedy, key=lambda plan: plan.objective)
