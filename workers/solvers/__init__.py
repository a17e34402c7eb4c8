"""Adapters of the numeric ports; each imports its optional library inside its own module."""

from importlib import import_module
from importlib.util import find_spec

from domain.kernel.errors import InvalidInput
from domain.ports import CabSolver, RiskFitter
from domain.risk.fitting import Fit, FitProblem
from workers.settings import CabSolverName


def cab_solver(name: CabSolverName) -> CabSolver | None:
    """Return the planner that was asked for, None for the greedy one; `InvalidInput` when its library is missing."""
    if name is CabSolverName.GREEDY:
        return None
    try:
        module = import_module("workers.solvers.cab_cp_sat")
    except ImportError as missing:
        hint = "exact planning needs the extra: pip install 'headwater[solver]'"
        raise InvalidInput.at("HEADWATER_CAB_SOLVER", hint) from missing
    solver: CabSolver = module.CpSatCabSolver()
    return solver


def fitter_on_demand() -> RiskFitter | None:
    """Return the fitter of the risk weights, None where its library is missing: then the shipped weights stand."""
    return None if find_spec("scipy") is None else _FitterOnDemand()


class _FitterOnDemand:
    """Loads the numeric library when something is fitted, not whenever a command starts."""

    def fit(self, problem: FitProblem) -> Fit:
        """Return the one minimum of the problem."""
        fitter: RiskFitter = import_module("workers.solvers.risk_fitter").ScipyRiskFitter()
        return fitter.fit(problem)
