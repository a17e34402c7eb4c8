"""Settings of the graph, from the environment (prefix `HEADWATER_`)."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class GraphSettings(BaseSettings):
    """Which Neo4j server walks, if one does; without `neo4j_url` the tables do.

    `graph_copy` keeps relations and groups in the memory of every process, the fastest of all. `graph_wait_seconds` is
    how long a question waits for the server to hold the latest edits before the tables answer in its place;
    `graph_stale_seconds` how old edits may be that an answer to a reader lacks, and then says so (0: none).
    """

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    neo4j_url: str | None = None
    neo4j_user: str = "neo4j"
    neo4j_password: SecretStr = SecretStr("")
    neo4j_database: str = "neo4j"
    graph_copy: bool = True
    graph_wait_seconds: float = 0.2
    graph_stale_seconds: float = 0.0
