"""What the server counts and measures, for Prometheus. No label ever holds a word of a client's.

Operations are told apart by the root field they ask for, which the schema bounds; requests by the server's own paths.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from domain.kernel.probes import Finding, Gauge, State

PREFIX = "headwater_"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# A second series for each that says when it began is of use to nobody here.
disable_created_metrics()  # type: ignore[no-untyped-call]

LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations = self._counter(
            "graphql_operations", "GraphQL operations by root field and outcome.", "operation", "outcome"
        )
        self._operation_seconds = self._histogram(
            "graphql_seconds", "Seconds per GraphQL operation.", SECONDS, "operation"
        )
        self._requests = self._counter(
            "http_requests", "Requests by path, method and status.", "path", "method", "status"
        )
        self._request_seconds = self._histogram(
            "http_seconds", "Seconds from a request to the end of its answer.", SECONDS, "path"
        )
        self._loop_lag = self._histogram(
            "event_loop_lag_seconds", "How much later than asked the event loop came back to a task.", LAG_SECONDS
        )

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, told, labels, registry=self.registry)

    def _histogram(self, name: str, told: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, told, labels, buckets=buckets, registry=self.registry)

    def observe(self, operation: str, outcome: str, seconds: float) -> None:
        """Count an operation; `outcome` is ok, refused or fault."""
        self._operations.labels(operation, outcome).inc()
        self._operation_seconds.labels(operation).observe(seconds)

    def observe_request(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request; the path is one of the server's own."""
        self._requests.labels(path, method, str(status)).inc()
        self._request_seconds.labels(path).observe(seconds)

    def observe_loop_lag(self, seconds: float) -> None:
        """Note by how much the event loop was late."""
        self._loop_lag.observe(seconds)

    def text(self, findings: Iterable[tuple[str, Finding]]) -> bytes:
        """Return everything in Prometheus' text format, with what the probes have just found."""
        found = CollectorRegistry()
        found.register(_Found(list(findings)))
        return generate_latest(self.registry) + generate_latest(found)


class _Found(Collector):
    """The findings of one round of looks as gauges."""

    def __init__(self, findings: Sequence[tuple[str, Finding]]) -> None:
        self._findings = findings

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the state of every dependency and the gauges of all findings, each name once."""
        state = GaugeMetricFamily(PREFIX + "dependency_up", "Whether a dependency answers.", labels=("dependency",))
        families: dict[str, GaugeMetricFamily] = {}
        for name, finding in self._findings:
            state.add_metric((name,), float(finding.state is not State.DOWN))
            for gauge in finding.gauges:
                _family_of(families, gauge).add_metric(tuple(gauge.labels.values()), gauge.value)
        yield state
        yield from families.values()


def _family_of(families: dict[str, GaugeMetricFamily], gauge: Gauge) -> GaugeMetricFamily:
    if gauge.name not in families:
        families[gauge.name] = GaugeMetricFamily(PREFIX + gauge.name, gauge.help, labels=tuple(gauge.labels))
    return families[gauge.name]
