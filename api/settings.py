"""Settings of the server, from the environment (prefix `HEADWATER_`)."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ApiSettings(BaseSettings):
    """How requests are taken, and where wake-ups go: a Redis server, or without one a worker in this process."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    redis_url: str | None = None
    max_body_bytes: int = 1_000_000
    request_seconds: float = 30.0
    max_log_lag: int = 10_000
    """Events without a place in the log, or not taken in by a consumer, above which the server is not ready."""
