"""Adapters of the numeric ports; each imports its optional library inside its own module."""

from importlib import import_module

from domain.kernel.errors import InvalidInput
from domain.ports import CabSolver
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
