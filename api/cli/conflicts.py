"""`headwater conflicts`: the conflicts of the calendar, or of one change."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from api.cli.output import entry, moment, print_json, say, stamp
from api.cli.session import AsOfOption, DatabaseOption, JsonOption, change_meant, current, run
from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.kernel.actor import SYSTEM
from domain.usecases.preview import preview_stored

Found = tuple[list[ConflictRecord], dict[str, Change], dict[str, str], int]


def conflicts(
    change: Annotated[str | None, typer.Option(help="Of this change only: its number, external id or id.")] = None,
    is_json: JsonOption = False,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
) -> None:
    """List conflicts between planned changes, worst first."""
    records, changes, names, position = run(_found(database, change, as_of))
    records.sort(key=lambda record: record.conflict.order)
    if is_json:
        print_json({"position": position, "conflicts": [_answer(record, changes, names) for record in records]})
    else:
        _print(records, changes)


async def _found(database: str | None, reference: str | None, as_of: str | None) -> Found:
    async with current(database, as_of) as ports, ports.snapshot() as snapshot:
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
    say(f"{len(records)} conflicts, worst first")
    for record in records:
        found = record.conflict
        say()
        entry(
            _head(record), found.message, *(f"{changes[id_].number}  {changes[id_].title}" for id_ in found.change_ids)
        )


def _head(record: ConflictRecord) -> str:
    found = record.conflict
    window = f"{moment(found.window[0])} to {moment(found.window[1])}" if found.window else "at no time yet"
    accepted = ", accepted" if record.status is ConflictStatus.ACCEPTED else ""
    return f"{found.severity.value}  {found.code.value}  {window}{accepted}"


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
