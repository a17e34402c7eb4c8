"""Fitting the risk to the record: a candidate with its calibration report, which a person may put to use."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import InvalidInput
from domain.kernel.image import as_json
from domain.kernel.policy import Policy
from domain.kernel.time import to_seconds
from domain.ports import Ports, RiskFitter
from domain.risk.params import SHIPPED
from domain.risk.refit import Refit, refit, tried_on_the_past
from domain.risk.report import CalibrationReport, calibration_report
from domain.risk.training import TrainingChange
from domain.usecases.act import act
from domain.usecases.policies import RISK, activate, add_candidate, next_number, risk_version


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fit with its report; `labels_position` says of which labels. It is stored only as a version of the policy."""

    number: int
    found: Refit
    report: CalibrationReport
    labels_position: int

    @property
    def body(self) -> dict[str, Any]:
        """What is stored: the parameters as the engine reads them, with the report beside them."""
        stated = {"report": as_json(self.report), "labelsPosition": self.labels_position}
        return self.found.params.to_json() | stated


@dataclass(frozen=True, slots=True)
class RiskVersion:
    """A stored version of the risk parameters, with the report it was proposed with."""

    number: int
    is_active: bool
    recorded_at: datetime
    labels_position: int
    report: dict[str, Any]


async def fitted_now(ports: Ports, actor: Actor) -> Candidate:
    """Return what a fit of the record as it is now would be; nothing is stored.

    `InvalidInput` where the numeric library is missing.
    """
    actor.require(Permission.READ_ALL)
    if ports.fitter is None:
        raise InvalidInput.at("", "fitting needs the extra: pip install 'headwater[solver]'")
    async with ports.snapshot() as snapshot:
        changes = await snapshot.training_changes()
        number = await next_number(snapshot, RISK)
        position = await snapshot.labels_position()
    as_of = to_seconds(ports.clock.now())
    found, report = await asyncio.to_thread(_fitted, changes, as_of, risk_version(number), ports.fitter)
    return Candidate(number, found, report, position)


async def propose_fit(ports: Ports, actor: Actor) -> Candidate:
    """Store a fit of the record as it is now as a candidate, not in use, and return it."""
    actor.require(Permission.MANAGE_POLICY)
    candidate = await fitted_now(ports, actor)
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        await add_candidate(work, RISK, candidate.number, candidate.body)
    return candidate


async def propose_nightly_fit(ports: Ports, actor: Actor) -> Candidate | None:
    """Propose a fit unless nothing was learnt since the last one; None then, and where there is no fitter."""
    versions = await risk_versions(ports, actor)
    async with ports.snapshot() as snapshot:
        position = await snapshot.labels_position()
    is_known = any(version.labels_position == position for version in versions[-1:])
    if ports.fitter is None or position == 0 or is_known:
        return None
    return await propose_fit(ports, actor)


@dataclass(frozen=True, slots=True)
class FitAtLoad:
    """What became of a fit made when records were loaded: its number if it is in use now, else why it is not."""

    number: int | None
    told: str


async def activate_fit_at_load(ports: Ports, actor: Actor) -> FitAtLoad:
    """Fit the risk to records just loaded and put the fit to use, if it is calibrated; else keep nothing of it.

    For whoever loads a whole past at once and stands for it; later fits are candidates that a person puts to use.
    """
    actor.require(Permission.MANAGE_POLICY)
    versions = await risk_versions(ports, actor)
    candidate = await fitted_now(ports, actor)
    params = candidate.found.params
    stands_on = f"{params.matured_changes:,} matured changes of which {params.positive_changes:,} went wrong"
    if any(version.is_active and version.labels_position == candidate.labels_position for version in versions):
        return FitAtLoad(None, f"nothing was learnt since the version in use was fitted, on {stands_on}")
    if not params.is_calibrated:
        told = f"the weights in use stay: {stands_on} are too few, 300 and 10 are needed"
        return FitAtLoad(None, told)
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        await add_candidate(work, RISK, candidate.number, candidate.body)
    await activate(ports, actor, RISK, candidate.number)
    return FitAtLoad(candidate.number, f"version {candidate.number} is in use, fitted on {stands_on}")


async def risk_versions(ports: Ports, actor: Actor) -> list[RiskVersion]:
    """Return the stored versions of the risk parameters, by number."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        stored = await snapshot.find_all(Policy, name=RISK)
    return [
        RiskVersion(
            number=policy.number,
            is_active=policy.is_active,
            recorded_at=policy.recorded_at,
            labels_position=policy.body.get("labelsPosition", 0),
            report=policy.body.get("report", {}),
        )
        for policy in sorted(stored, key=lambda policy: policy.number)
    ]


def _fitted(
    changes: Sequence[TrainingChange], as_of: int, version: str, fitter: RiskFitter
) -> tuple[Refit, CalibrationReport]:
    found = refit(changes, as_of, SHIPPED, version, fitter.fit)
    predictions = tried_on_the_past(changes, as_of, SHIPPED, fitter.fit)
    return found, calibration_report(found, predictions, SHIPPED, as_of)
