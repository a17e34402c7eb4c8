"""Stored conflicts as people answer for them: accepted for a reason, or opened again (ENGINES 3.5, O8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.conflict.acceptance import ConflictRecord, accept, reopen
from domain.conflict.model import Conflict
from domain.conflict.reading import Cluster, read_conflicts
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import prose_issues, refuse
from domain.kernel.errors import StaleVersion
from domain.kernel.intervals import Interval
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


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """Stored conflicts of one change read as one: ids worst first, and what gathers them where there are several."""

    conflict_ids: tuple[str, ...]
    hub_id: str | None = None
    window: Interval | None = None


async def grouped_conflicts(ports: Ports, actor: Actor, change_id: str) -> list[ConflictGroup]:
    """Return the standing conflicts of a change as people read them: worst first, floods gathered (ENGINES 3.5)."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        records = await snapshot.conflicts_of([change_id])
        ids = await snapshot.conflict_ids([record.conflict.key for record in records])
    reading = read_conflicts((record.conflict for record in records), limit=len(records))
    return [_group(entry, ids) for entry in reading.entries]


def _group(entry: Conflict | Cluster, ids: Mapping[str, str]) -> ConflictGroup:
    if isinstance(entry, Cluster):
        return ConflictGroup(tuple(ids[found.key] for found in entry.members), entry.hub_id, entry.window)
    return ConflictGroup((ids[entry.key],), None, entry.window)


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
