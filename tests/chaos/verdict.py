"""What must be so after the run, asked of the database itself and not of the product."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from api.ids import decode_any_id
from tests.chaos.load import Ledger

CONSUMERS = ("assessment", "tally")
REST_SECONDS = 120.0
LOOK_SECONDS = 0.5

BUSY = {
    "events without a position": "SELECT count(*) FROM outbox WHERE position IS NULL",
    "rechecks due": "SELECT count(*) FROM recheck WHERE due_at <= now()",
    "dead letters": "SELECT count(*) FROM dead_letter",
    "timers overdue": "SELECT count(*) FROM timer WHERE fired_at IS NULL AND due_at <= now()",
}


async def come_to_rest(url: str) -> list[str]:
    """Wait until nothing is left to do; return what is stuck: what stays as it is for so long.

    Nothing must be left at two looks in a row: each asks for one thing after the other, and what a consumer takes in
    meanwhile may become a letter that was not there when letters were counted.
    """
    connection = await asyncpg.connect(url)
    left = {"looks": 1}
    looks_alike = 0
    while looks_alike < REST_SECONDS / LOOK_SECONDS:
        before, left = left, await _left(connection)
        if not left and not before:
            break
        looks_alike = looks_alike + 1 if left == before else 0
        await asyncio.sleep(LOOK_SECONDS)
    await connection.close()
    return [f"stuck for {REST_SECONDS:.0f} s: {count} {name}" for name, count in left.items()]


async def _left(connection: Any) -> dict[str, int]:
    left = {name: await connection.fetchval(statement) for name, statement in BUSY.items()}
    head = await connection.fetchval("SELECT coalesce(max(position), 0) FROM outbox")
    for consumer in CONSUMERS:
        reached = await connection.fetchval("SELECT position FROM consumer_offset WHERE consumer = $1", consumer)
        left[f"events before consumer {consumer}"] = head - (reached or 0)
    return {name: count for name, count in left.items() if count}


async def violations(url: str, ledger: Ledger) -> tuple[list[str], dict[str, int]]:
    """Return what is wrong with the record the run left, and the counts of what was looked at."""
    connection = await asyncpg.connect(url)
    events = await connection.fetch(
        "SELECT position, kind, subject_type, subject_id, subject_version FROM outbox ORDER BY position"
    )
    tally = await connection.fetch("SELECT position, subject, version FROM tally ORDER BY id")
    found = [
        *_acknowledged(ledger, await _column(connection, "SELECT number FROM incident"), "incident"),
        *_edits(ledger, events),
        *_imports(ledger, await _column(connection, "SELECT external_id FROM ci")),
        *_positions(ledger, [event["position"] for event in events]),
        *_effects(events, tally),
        *await _assessments(connection),
    ]
    if ledger.surprises:
        found.append(f"{len(ledger.surprises)} acts were refused without reason, e.g. {ledger.surprises[0]}")
    fired = await connection.fetchval("SELECT count(*) FROM timer WHERE fired_at IS NOT NULL")
    if not fired:
        found.append("no timer fired")
    counts = {
        "events": len(events),
        "effects of the tally": len(tally),
        "timers fired": fired,
        "assessments": await connection.fetchval("SELECT count(*) FROM risk_assessment"),
    }
    await connection.close()
    return found, counts


async def _column(connection: Any, statement: str) -> set[str]:
    return {row[0] for row in await connection.fetch(statement)}


def _acknowledged(ledger: Ledger, stored: set[str], noun: str) -> list[str]:
    lost = ledger.incidents - stored
    return [f"{len(lost)} acknowledged {noun}s are lost: {sorted(lost)[:5]}"] if lost else []


def _imports(ledger: Ledger, stored: set[str]) -> list[str]:
    lost = ledger.imported - stored
    return [f"{len(lost)} imported rows are lost: {sorted(lost)[:5]}"] if lost else []


def _edits(ledger: Ledger, events: Sequence[Any]) -> list[str]:
    """Each acknowledged version was written once and told once; versions of a subject leave no gap."""
    told = Counter((event["subject_id"], event["subject_version"]) for event in events)
    acknowledged = Counter((decode_any_id(item_id, "id")[1], version) for item_id, version in ledger.versions)
    found = [f"version {key} was acknowledged {count} times" for key, count in acknowledged.items() if count > 1]
    found += [f"acknowledged version {key} has {told[key]} events" for key in acknowledged if told[key] != 1]
    return found


def _positions(ledger: Ledger, positions: Sequence[int]) -> list[str]:
    found = []
    if list(positions) != list(range(1, len(positions) + 1)):
        found.append("positions have gaps or doubles")
    for number, seen in enumerate(ledger.positions, start=1):
        if seen != list(range(1, len(seen) + 1)):
            found.append(f"reader {number} of the log skipped or saw twice")
    return found


def _effects(events: Sequence[Any], tally: Sequence[Any]) -> list[str]:
    """Each event had its effect once, and those of a subject in their order."""
    found = []
    times = Counter(row["position"] for row in tally)
    wrong = [event["position"] for event in events if times[event["position"]] != 1]
    if wrong or len(tally) != len(events):
        found.append(f"{len(wrong)} events had no effect or several, e.g. {[(at, times[at]) for at in wrong[:5]]}")
    last: dict[str, int] = {}
    for row in tally:
        if last.get(row["subject"], 0) >= row["position"]:
            found.append(f"effects of {row['subject']} happened out of order at {row['position']}")
        last[row["subject"]] = row["position"]
    return found


async def _assessments(connection: Any) -> list[str]:
    doubled = await connection.fetchval(
        "SELECT count(*) FROM (SELECT change_id FROM risk_assessment WHERE is_current"
        " GROUP BY change_id HAVING count(*) > 1) AS doubled"
    )
    missing = await connection.fetchval(
        "SELECT count(*) FROM change WHERE state NOT IN ('CLOSED', 'CANCELLED', 'REVIEW') AND NOT EXISTS"
        " (SELECT 1 FROM risk_assessment WHERE change_id = change.id AND is_current)"
    )
    findings = await connection.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM conflict_finding GROUP BY instant, code, subject, record"
        " HAVING count(*) > 1) AS doubled"
    )
    told = {"changes have several current scores": doubled, "changes have none": missing, "findings twice": findings}
    return [f"{count} {name}" for name, count in told.items() if count]
