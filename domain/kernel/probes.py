"""What a process can say of itself and of what it depends on: a probe looks, a finding answers.

Every part that others depend on brings its own probes, and `Runtime.probes` holds them all. Readiness and metrics are
drawn from the same findings, so that they cannot disagree.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Fine; slower or later than it should be, while answers go on; or unable to answer."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure at the moment of asking.

    `name` is that of Prometheus without the prefix `headwater_`, with its unit at the end. Label values come from the
    program, never from clients.
    """

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found: `reason` says why it is not fine, `behind` how many events of the log are still to come."""

    state: State = State.OK
    reason: str = ""
    behind: int | None = None
    gauges: tuple[Gauge, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """A named look at one dependency; a look that raises or takes too long finds it down.

    `is_required` says whether answers need it: without a dependency that is not required the process is degraded, not
    down.
    """

    name: str
    look: Callable[[], Awaitable[Finding]]
    is_required: bool = True
