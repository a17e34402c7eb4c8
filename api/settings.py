"""Settings of the server, from the environment (prefix `HEADWATER_`)."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.kernel.actor import Role


class ApiSettings(BaseSettings):
    """How requests are taken, and where wake-ups go: a Redis server, or without one a worker in this process.

    A setting that is None follows from that: what is open on a workbench is shut where a Redis server is named.
    """

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    redis_url: str | None = None
    max_body_bytes: int = 1_000_000
    request_seconds: float = 30.0
    max_log_lag: int = 10_000
    """Events without a place in the log, or not taken in by a consumer, above which the server is not ready."""
    introspection: bool | None = None
    """Whether the schema may be asked for in GraphQL; names are not suggested where it may not."""
    ide: bool | None = None
    """Whether the page to try queries on is served."""
    cost_per_minute: int = 2_000_000
    """What the operations of one actor may cost a minute; 0 for no bound."""
    documents: Path | None = None
    """JSON file of documents by id that clients name instead of sending them."""
    only_documents: bool = False
    """Whether nothing but those documents is executed."""
    defer: bool = False
    """Whether clients may have parts of an answer later (`@defer`), which GraphQL has not settled yet."""
    cors_origins: list[str] = []
    """Origins whose pages may call the API from a browser, as a JSON list."""
    development_login: bool = False
    """Whether anybody on this machine may take a token for anybody; only in embedded mode and on loopback."""

    oidc_issuer: str | None = None
    """Issuer of an OpenID Connect provider whose tokens are taken."""
    oidc_audience: str = "headwater"
    oidc_algorithms: frozenset[str] = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
    oidc_leeway_seconds: int = 30
    oidc_groups_claim: str = "groups"
    """Claim with the groups of a person; dots lead into objects, e.g. `realm_access.roles`."""
    oidc_roles: dict[str, list[Role]] = {}
    """Roles by group, as a JSON object, e.g. `{"cab": ["CAB_MEMBER"]}`."""
    oidc_roles_of_everyone: frozenset[Role] = frozenset({Role.REQUESTER})

    @property
    def is_embedded(self) -> bool:
        """Whether the worker runs in this process."""
        return self.redis_url is None

    @property
    def may_introspect(self) -> bool:
        """Whether the schema may be asked for."""
        return self.is_embedded if self.introspection is None else self.introspection

    @property
    def has_ide(self) -> bool:
        """Whether the page to try queries on is served."""
        return self.is_embedded if self.ide is None else self.ide
