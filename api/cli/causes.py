"""`headwater causes`: which change an incident may come from, with the three parts of each weight."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.output import moment, print_json, say, stamp, table
from api.cli.session import DatabaseOption, JsonOption, change_meant, opened, run
from domain.change.model import Change
from domain.incident.model import ChangeLinkType, Incident
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.time import to_seconds
from domain.ports import Snapshot
from domain.risk.causes import CandidateCause, CauseLedger
from domain.usecases.causes import candidate_causes
from domain.usecases.incidents import link_change, unlink_change


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says that a change has to do with the incident, or says no longer."""

    change: str
    verdict: ChangeLinkType
    is_withdrawn: bool


Found = tuple[Incident, CauseLedger, dict[str, Change]]


def causes(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its number, external id or id.")],
    *,
    verdict: Annotated[
        ChangeLinkType | None,
        typer.Option("--verdict", case_sensitive=False, help="State what --change has to do with it, and record that."),
    ] = None,
    change: Annotated[
        str | None, typer.Option("--change", metavar="CHANGE", help="The change the verdict is about.")
    ] = None,
    is_withdrawn: Annotated[bool, typer.Option("--withdraw", help="Take the verdict back.")] = False,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """List the changes an incident may come from, likeliest first, with what people stated about them."""
    if (verdict is None) != (change is None):
        raise InvalidInput.at("--verdict", "needs --change, and --change a --verdict")
    if is_withdrawn and verdict is None:
        raise InvalidInput.at("--withdraw", "needs the --verdict and the --change it was about")
    statement = None if verdict is None or change is None else Statement(change, verdict, is_withdrawn)
    found, ledger, changes = run(_found(database, incident, statement))
    if is_json:
        rows = [_answer(candidate, changes[candidate.change_id]) for candidate in ledger.candidates]
        about = {"id": found.id, "number": found.number, "opened_at": stamp(to_seconds(found.opened_at))}
        print_json({"incident": about, "candidates": rows, "none_share": ledger.none_share})
    else:
        _print(found, ledger, changes)


async def _found(database: str | None, reference: str, statement: Statement | None) -> Found:
    async with opened(database) as runtime:
        async with runtime.ports.snapshot() as snapshot:
            incident = await _incident_meant(snapshot, reference)
            meant = None if statement is None else await change_meant(snapshot, statement.change)
        if statement is not None and meant is not None:
            state = unlink_change if statement.is_withdrawn else link_change
            await state(
                runtime.ports, SYSTEM, incident.id, incident.version, change_id=meant.id, link_type=statement.verdict
            )
            await runtime.drain()
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
