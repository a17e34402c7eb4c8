"""Stored conflicts as people answer for them: accepted for a reason, or opened again (ENGINES 3.5, O8)."""

from collections.abc import Callable

from domain.conflict.acceptance import ConflictRecord, accept, reopen
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import prose_issues, refuse
from domain.kernel.errors import StaleVersion
from domain.ports import Ports
from domain.usecases.act import act, doer


async def accept_conflict(ports: Ports, actor: Actor, conflict_id: str, expected_version: int, reason: str) -> str:
    """Take a conflict upon oneself on the facts as they are; other facts open it again (`conflictAccept`)."""
    actor.require(Permission.ACCEPT_CONFLICT)
    refuse(prose_issues("reason", reason.strip(), required=True))
    return await _answer(
        ports, actor, conflict_id, expected_version, lambda found: accept(found, doer(actor), reason.strip())
    )


async def reopen_conflict(ports: Ports, actor: Actor, conflict_id: str, expected_version: int) -> str:
    """Take an acceptance back (`conflictReopen`)."""
    return await _answer(ports, actor, conflict_id, expected_version, reopen)


async def _answer(
    ports: Ports,
    actor: Actor,
    conflict_id: str,
    expected_version: int,
    answer: Callable[[ConflictRecord], ConflictRecord],
) -> str:
    async with act(ports, actor, Permission.ACCEPT_CONFLICT) as work:
        record, version = await work.assessments.conflict(conflict_id)
        if version != expected_version:
            raise StaleVersion("conflict", expected_version, version)
        await work.assessments.save_conflicts([answer(record)])
    return conflict_id
