"""Whether the server is ready for requests: every probe looks, all at once, and each within two seconds."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from domain.kernel.probes import Finding, Probe, State

LOOK_SECONDS = 2.0


async def look_at_all(probes: Sequence[Probe]) -> list[tuple[Probe, Finding]]:
    """Return what each probe finds; one that fails or takes too long finds its dependency down."""
    return list(zip(probes, await asyncio.gather(*map(_look, probes)), strict=True))


async def _look(probe: Probe) -> Finding:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await probe.look()
    except TimeoutError:
        return Finding(State.DOWN, f"does not answer within {LOOK_SECONDS:g} s")
    except Exception as failure:
        structlog.get_logger(__name__).warning("probe failed", dependency=probe.name, exc_info=failure)
        return Finding(State.DOWN, f"does not answer ({type(failure).__name__})")


def readiness(findings: Sequence[tuple[Probe, Finding]], most_behind: int) -> dict[str, Any]:
    """Return the answer to "are you ready": `unavailable` when something required is down or too far behind."""
    judged = [(probe, _judged(probe, finding, most_behind)) for probe, finding in findings]
    worst = max((finding.state for _, finding in judged), key=list(State).index, default=State.OK)
    return {
        "status": "unavailable" if worst is State.DOWN else worst.value,
        "reasons": [f"{probe.name}: {finding.reason}" for probe, finding in judged if finding.reason],
        "dependencies": {probe.name: _shown(finding) for probe, finding in judged},
    }


def _judged(probe: Probe, finding: Finding, most_behind: int) -> Finding:
    """Return the finding as it counts for readiness: without what is not required answers go on, if degraded."""
    state, reason = finding.state, finding.reason
    if finding.behind is not None and finding.behind > most_behind:
        state, reason = State.DOWN, f"{finding.behind:,} events behind, {most_behind:,} are allowed"
    if state is State.DOWN and not probe.is_required:
        state = State.DEGRADED
    return Finding(state, reason, finding.behind, finding.gauges)


def _shown(finding: Finding) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"status": finding.state.value}
    if finding.reason:
        shown["reason"] = finding.reason
    if finding.behind is not None:
        shown["behind"] = finding.behind
    return shown
