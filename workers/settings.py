"""Settings of the workers, from the environment (prefix `HEADWATER_`)."""

from enum import StrEnum

from pydantic_settings import BaseSettings, SettingsConfigDict

SWEEP_SECONDS = 5.0
"""How late an effect may be when every wake-up is lost."""

PAUSE_SECONDS = 1.0
"""How long a lane that failed, or the way to a lost Redis server, is left alone."""

STOP_SECONDS = 8.0
"""How long a step may go on after the process was told to end."""

SCHEDULED_SECONDS = 1_800
"""How long a nightly fit may take."""


class CabSolverName(StrEnum):
    """How agendas are planned: the greedy planner of the core, or the exact one of the extra `solver`."""

    GREEDY = "greedy"
    EXACT = "exact"


class WorkerSettings(BaseSettings):
    """Where the wake-ups go (a Redis server; without one they stay in the process), and which planner is used."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    redis_url: str | None = None
    cab_solver: CabSolverName = CabSolverName.GREEDY
    webhook_allow_private: bool = False
    """Whether webhooks may go over plain HTTP and to addresses that are not public: for a closed network, and tests."""
