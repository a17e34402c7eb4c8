"""The cause ledger of an incident as GraphQL shows it (ENGINES 1.3)."""

import strawberry

from api.answers import listed
from api.fields import column, sourced
from api.relations import One
from api.relay import Connection
from api.types.names import AChange
from domain.incident.model import ChangeLinkType
from domain.kernel.page import Row
from domain.risk.causes import CandidateCause as Cause
from domain.risk.causes import CauseLedger as Ledger


@strawberry.type(description="A change an incident may come from, with the three parts of its weight.")
class CandidateCause:
    """`domain.risk.causes.CandidateCause` as a row."""

    hops: int = column("Links on the shortest way from what was changed to what the incident is on; each halves it.")
    hours_before: float = column("Hours from its start to the incident; every 24 of them halve it.", "hours")
    failure_rate: float = column("How often changes of its model or type failed, as known when it opened.", "rate")
    weight: float = column("The product of the three parts.")
    share: float = column("How likely it is the cause, from 0 to 1, among all candidates and none of them.")
    verdict: ChangeLinkType | None = column("What somebody stated about it; null while nobody did.")
    change: AChange | None = sourced("The change; null when you may not see it.", One("id"))


@strawberry.type(
    description="Which change an incident may come from: what began in the 14 days before and leads to it."
)
class CauseLedger:
    """`domain.risk.causes.CauseLedger` as a row."""

    none_share: float = column("How likely none of them is the cause, from 0 to 1; all shares add up to 1.")
    candidates: Connection[CandidateCause] = listed("The candidates, likeliest first.", "candidates")


def cause_ledger_row(ledger: Ledger) -> Row:
    """Return a ledger as a row of `CauseLedger`."""
    return {"none_share": ledger.none_share, "candidates": [_candidate_row(found) for found in ledger.candidates]}


def _candidate_row(found: Cause) -> Row:
    return {
        "id": found.change_id,
        "hops": found.hops,
        "hours": found.hours,
        "rate": found.rate,
        "weight": found.weight,
        "share": found.share,
        "verdict": found.verdict,
    }
