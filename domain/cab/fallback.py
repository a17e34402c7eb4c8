"""An exact plan must earn its place: the rule that keeps a slow or wrong solver harmless (ENGINES 4.9, T6)."""

from collections.abc import Callable

from domain.cab.checker import violations
from domain.cab.greedy import greedy_plan
from domain.cab.plan import Plan
from domain.cab.problem import PlanningProblem

Solve = Callable[[PlanningProblem, float], Plan | None]
"""The act of the port `CabSolver`: the problem and the deterministic limit per level."""


def best_plan(problem: PlanningProblem, solve: Solve | None, deterministic_limit: float = 5.0) -> Plan:
    """Return the solver's plan if it is valid and no worse than the greedy one, else the greedy plan."""
    greedy = greedy_plan(problem)
    exact = None if solve is None else solve(problem, deterministic_limit)
    if exact is None or violations(problem, exact.assignments, exact.attendees):
        return greedy
    return min(exact, greedy, key=lambda plan: plan.objective)
