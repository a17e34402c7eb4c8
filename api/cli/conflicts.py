"""`headwater conflicts`: the conflicts of the calendar, or of one change."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from api.cli.output import moment, print_json, say, stamp, table
from api.cli.session import DatabaseOption, JsonOption, change_meant, current, run
from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord
from domain.kernel.actor import SYSTEM
from domain.usecases.preview import preview_stored

Found = tuple[list[ConflictRecord], dict[str, Change], dict[str, str], int]


def conflicts(
    change: Annotated[str | None, typer.Option(help="Of this change only: its number, external id or id.")] = None,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """List conflicts between planned changes, worst first."""
    records, changes, names, position = run(_found(database, change))
    records.sort(key=lambda record: record.conflict.order)
    if is_json:
        print_json({"position": position, "conflicts": [_answer(record, changes, names) for record in records]})
    else:
        _print(records, changes)


async def _found(database: str | None, reference: str | None) -> Found:
    async with current(database) as ports, ports.snapshot() as snapshot:
        if reference is None:
            wanted = await snapshot.open_changes()
            records = await snapshot.conflicts_of(wanted)
        else:
            change = await change_meant(snapshot, reference)
            # Looked at now: what is stored of a finished change was let go of.
            records = list((await preview_stored(ports, SYSTEM, change.id)).conflicts)
        involved = {change_id for record in records for change_id in record.conflict.change_ids}
        changes = {found.id: found for found in await snapshot.find_all(Change, id=sorted(involved))}
        hit = {ci.id for record in records for ci in record.conflict.cis}
        return records, changes, await snapshot.names_of(hit), snapshot.position


def _print(records: Sequence[ConflictRecord], changes: Mapping[str, Change]) -> None:
    if not records:
        say("No conflicts.")
        return
    rows = [
        (
            record.conflict.severity.value,
            record.conflict.code.value,
            " ".join(changes[change_id].number for change_id in record.conflict.change_ids),
            moment(record.conflict.window[0] if record.conflict.window else None),
            record.conflict.message,
        )
        for record in records
    ]
    table(f"Conflicts ({len(records)})", ("severity", "type", "changes", "from", "what"), rows)


def _answer(record: ConflictRecord, changes: Mapping[str, Change], names: Mapping[str, str]) -> dict[str, Any]:
    found = record.conflict
    window = found.window or (None, None)
    return {
        "key": found.key,
        "code": found.code.value,
        "kind": found.kind.value,
        "severity": found.severity.value,
        "weight": found.weight,
        "status": record.status.value,
        "start": stamp(window[0]),
        "end": stamp(window[1]),
        "subject": found.subject,
        "message": found.message,
        "changes": [
            {"id": c.id, "number": c.number, "external_id": c.external_id, "title": c.title}
            for c in (changes[change_id] for change_id in found.change_ids)
        ],
        "cis": [{"id": ci.id, "name": names.get(ci.id), "q": ci.q, "witness": list(ci.witness)} for ci in found.cis],
        "ci_count": found.total_cis,
    }
