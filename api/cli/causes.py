"""`headwater causes`: which change an incident may come from, with the three parts of each weight."""

from collections.abc import Mapping
from typing import Annotated

import typer

from api.cli.output import moment, print_json, say, stamp, table
from api.cli.session import DatabaseOption, JsonOption, opened, run
from domain.change.model import Change
from domain.incident.model import Incident
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import NotFound
from domain.kernel.time import to_seconds
from domain.ports import Snapshot
from domain.risk.causes import CandidateCause, CauseLedger
from domain.usecases.causes import candidate_causes

Found = tuple[Incident, CauseLedger, dict[str, Change]]


def causes(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its number, external id or id.")],
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """List the changes an incident may come from, likeliest first, with what people stated about them."""
    found, ledger, changes = run(_found(database, incident))
    if is_json:
        rows = [_answer(candidate, changes[candidate.change_id]) for candidate in ledger.candidates]
        about = {"id": found.id, "number": found.number, "opened_at": stamp(to_seconds(found.opened_at))}
        print_json({"incident": about, "candidates": rows, "none_share": ledger.none_share})
    else:
        _print(found, ledger, changes)


async def _found(database: str | None, reference: str) -> Found:
    async with opened(database) as runtime:
        async with runtime.ports.snapshot() as snapshot:
            incident = await _incident_meant(snapshot, reference)
        ledger = await candidate_causes(runtime.ports, SYSTEM, incident.id)
        ids = sorted(candidate.change_id for candidate in ledger.candidates)
        async with runtime.ports.snapshot() as snapshot:
            return incident, ledger, {change.id: change for change in await snapshot.find_all(Change, id=ids)}


async def _incident_meant(snapshot: Snapshot, reference: str) -> Incident:
    for column in ("number", "external_id", "id"):
        incident = await snapshot.find(Incident, **{column: reference})
        if incident is not None:
            return incident
    raise NotFound("incident", reference, "INCIDENT")


def _print(incident: Incident, ledger: CauseLedger, changes: Mapping[str, Change]) -> None:
    say(f"{incident.number}  {incident.title}, opened {moment(incident.opened_at)}")
    if not ledger.candidates:
        say("No change of the 14 days before leads to it.")
        return
    rows = [
        (
            changes[found.change_id].number,
            changes[found.change_id].title,
            f"{found.hops}",
            f"{found.hours:.1f}",
            f"{found.rate:.1%}",
            f"{found.share:.1%}",
            found.verdict or "",
        )
        for found in ledger.candidates
    ]
    columns = ("change", "title", "hops", "hours", "rate", "share", "verdict")
    table("Changes it may come from", columns, rows, right=("hops", "hours", "rate", "share"))
    say(f"None of them: {ledger.none_share:.1%}")


def _answer(found: CandidateCause, change: Change) -> dict[str, object]:
    return {
        "change": {"id": change.id, "number": change.number, "external_id": change.external_id, "title": change.title},
        "hops": found.hops,
        "hours_before": found.hours,
        "failure_rate": found.rate,
        "weight": found.weight,
        "share": found.share,
        "verdict": found.verdict,
    }
