"""Versions of policies: proposed by anybody who may manage them, put to use by a person (ADR 0008)."""

from typing import Any

from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.policy import Policy
from domain.ports import Ports, Snapshot, UnitOfWork
from domain.risk.params import SHIPPED, RiskParams
from domain.usecases.act import act

RISK = "risk"
SHIPPED_NUMBER = 0
"""The number under which the shipped defaults are put back to use."""


def risk_version(number: int) -> str:
    """Return the name under which assessments remember a version of the risk parameters."""
    return f"{RISK}-{number}"


async def add_candidate(work: UnitOfWork, name: str, number: int, body: dict[str, Any]) -> None:
    """Store a version that is not in use yet; `Duplicate` when another act has taken the number."""
    candidate = Policy(id=work.new_id(), name=name, number=number, body=body, recorded_at=work.now)
    work.add(candidate)
    work.record("policy.proposed", candidate)


async def next_number(snapshot: Snapshot, name: str) -> int:
    """Return the number of the next version of a policy."""
    return max((policy.number for policy in await snapshot.find_all(Policy, name=name)), default=0) + 1


async def activate(ports: Ports, actor: Actor, name: str, number: int) -> None:
    """Put a version of a policy to use in place of the one that is; 0 stands for the shipped defaults.

    `NotFound` without such a version, `InvalidInput` when it is in use already. Every open change is assessed anew.
    """
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        versions = {policy.number: policy for policy in await work.find_all(Policy, name=name)}
        chosen = versions.get(number)
        if chosen is None and number != SHIPPED_NUMBER:
            raise NotFound("policy", f"{name} {number}", "number")
        in_use = [policy for policy in versions.values() if policy.is_active]
        if in_use == ([] if chosen is None else [chosen]):
            raise InvalidInput.at("number", f"{name} {number} is in use already")
        for policy in in_use:
            policy.is_active = False
            work.record("policy.retired", policy)
        if chosen is not None:
            chosen.is_active = True
            work.record("policy.activated", chosen)


async def risk_params(snapshot: Snapshot, version: str) -> RiskParams:
    """Return the risk parameters of a version, in use or not, as replays need them; `NotFound` without them."""
    if version == SHIPPED.version:
        return SHIPPED
    number = version.removeprefix(f"{RISK}-")
    found = await snapshot.find(Policy, name=RISK, number=int(number)) if number.isdecimal() else None
    if found is None:
        raise NotFound("risk parameters", version)
    return RiskParams.from_json(found.body)
