"""What the engines found in a record as it was known at an instant, found again: footprints, conflicts and scores.

The record holds what people and sources had told it by then; findings follow from it. Only who had accepted which
conflict is a fact of its own, and handed in.
"""

from collections.abc import Collection, Iterator, Sequence

from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, ConflictStatus, reconcile
from domain.kernel.actor import SYSTEM
from domain.ports import Ports
from domain.usecases.assessment import Session, walk
from domain.usecases.reassessment import footprint_row, reassess
from domain.usecases.surroundings import Surroundings

CHANGES_AT_A_TIME = 200


async def find_again(ports: Ports, standing: Collection[ConflictRecord]) -> None:
    """Assess every open change of a record without findings; what of `standing` was accepted stays so on its facts.

    Changes looked at together meet each other. Where they are too many for that, all leave their footprints first.
    """
    async with ports.snapshot() as snapshot:
        open_ids = sorted(await snapshot.open_changes())
    portions = list(_portions(open_ids))
    if len(portions) > 1:
        for some in portions:
            await _leave_footprints(ports, some)
    for some in portions:
        await reassess(ports, some)
    rescored = await _accept_again(ports, standing)
    for some in _portions(sorted(rescored)):
        await reassess(ports, (), risk_only=some)


async def _leave_footprints(ports: Ports, change_ids: Sequence[str]) -> None:
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        changes = await snapshot.find_all(Change, id=list(change_ids))
        rows = [footprint_row(await walk(session, change), snapshot.position) for change in changes]
    async with ports.work(SYSTEM) as work:
        await work.assessments.replace_footprints(rows)
        await work.commit()


async def _accept_again(ports: Ports, standing: Collection[ConflictRecord]) -> set[str]:
    """Store the acceptances that hold for what was found; return the changes whose risk has not heard of them."""
    accepted = {record.conflict.key: record for record in standing if record.status is ConflictStatus.ACCEPTED}
    async with ports.snapshot() as snapshot:
        found = await snapshot.conflicts_by_key(accepted)
        position = snapshot.position
    settled = [reconcile(accepted[record.conflict.key], record.conflict, position) for record in found]
    holding = [record for record in settled if record is not None and record.status is ConflictStatus.ACCEPTED]
    async with ports.work(SYSTEM) as work:
        await work.assessments.save_conflicts(holding)
        await work.commit()
    return {change_id for record in holding for change_id in record.conflict.change_ids}


def _portions(change_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(change_ids), CHANGES_AT_A_TIME):
        yield change_ids[start : start + CHANGES_AT_A_TIME]
