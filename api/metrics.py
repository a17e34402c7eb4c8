"""Counts and times of operations for Prometheus. Names come from clients, so only the first hundred are kept apart."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

MOST_NAMES = 100
OTHER = "other"


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations = Counter(
            "headwater_graphql_operations",
            "GraphQL operations by name and outcome.",
            ["name", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "headwater_graphql_seconds", "Seconds per GraphQL operation.", ["name"], registry=self.registry
        )
        self._names: set[str] = set()

    def observe(self, name: str | None, outcome: str, seconds: float) -> None:
        """Count an operation; `outcome` is ok, refused or fault."""
        label = self._label(name)
        self._operations.labels(label, outcome).inc()
        self._seconds.labels(label).observe(seconds)

    def _label(self, name: str | None) -> str:
        if name is None:
            return "anonymous"
        if name not in self._names and len(self._names) >= MOST_NAMES:
            return OTHER
        self._names.add(name)
        return name[:60]

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
