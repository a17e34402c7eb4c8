"""Settings of the workers, from the environment (prefix `HEADWATER_`)."""

from pydantic_settings import BaseSettings, SettingsConfigDict

QUEUE_NAME = "headwater"
POLL_SECONDS = 0.1
JOB_SECONDS = 30
SWEEP_SECONDS = 5
"""How late an effect may be when every wake-up is lost."""


class WorkerSettings(BaseSettings):
    """Where the wake-ups go: a Redis server, or without one a broker inside the process (embedded mode)."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    redis_url: str | None = None
