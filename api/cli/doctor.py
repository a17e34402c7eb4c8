"""`headwater doctor`: whether everything is in order, and what to do where it is not."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import typer

from api.cli.output import print_json, table
from api.cli.session import DatabaseOption, JsonOption, database_url, opened, run
from domain.kernel.errors import InvalidInput
from domain.store.examination import Examination, examine

NO = 1
PYTHON = (3, 11)
LONG_LAG = 1_000


class Verdict(StrEnum):
    """In order, worth knowing, or broken."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to do about it."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


def doctor(is_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Check the installation and the database; status 1 when something is broken."""
    checks = [_python(), *run(_database(database))]
    if is_json:
        print_json({"checks": checks})
    else:
        rows = [(check.verdict.value, check.name, check.found, check.advice) for check in checks]
        table("Headwater", ("", "check", "found", "advice"), rows)
    if any(check.verdict is Verdict.PROBLEM for check in checks):
        raise typer.Exit(NO)


def _python() -> Check:
    is_fine = sys.version_info[:2] == PYTHON
    advice = "" if is_fine else "use Python 3.11"
    return Check("python", Verdict.OK if is_fine else Verdict.PROBLEM, platform.python_version(), advice)


async def _database(database: str | None) -> list[Check]:
    url = database_url(database)
    try:
        async with opened(database) as runtime:
            found = await examine(runtime.database, runtime.ports.clock.now())
            consumers = [consumer.name for consumer in runtime.consumers]
    except InvalidInput as refusal:
        return [Check("database", Verdict.PROBLEM, url, refusal.issues[0].message)]
    return [Check("database", Verdict.OK, url), *_spine(found, consumers), *_record(found)]


def _spine(found: Examination, consumers: list[str]) -> Iterator[Check]:
    yield Check("schema", Verdict.OK, str(found.schema))
    yield _limit("events without a position", found.unnumbered, LONG_LAG, "`headwater serve` numbers them")
    for name in consumers:
        lag = found.head + found.unnumbered - found.offsets.get(name, 0)
        yield _limit(f"consumer {name}", lag, LONG_LAG, "`headwater serve` lets it catch up", " behind")
    yield _limit("rechecks waiting", found.rechecks_waiting, LONG_LAG, "`headwater serve` works them off")
    yield _none("rechecks failing", found.rechecks_failing, "the log of `headwater serve` says why", Verdict.PROBLEM)
    advice = "`headwater dead-letters` says what and why"
    yield _none("dead letters parked", found.dead_letters, advice, Verdict.PROBLEM)
    yield _none("timers overdue", found.timers_overdue, "`headwater serve` fires them")
    yield _none("imports broken off", found.imports_broken_off, "repeat the import: it goes on where it was")


def _record(found: Examination) -> Iterator[Check]:
    problem = Verdict.PROBLEM
    yield _none(
        "groups short of members", found.short_groups, "fewer members than min_up: state one of them anew", problem
    )
    yield _none("groups without members", found.empty_groups, "they have no effect: add members", problem)
    yield _none("open changes without targets", found.changes_without_targets, "name what they change")
    yield _none("windows that are over", found.expired_windows, "end or extend them")
    yield _none("unmapped items", found.unmapped_cis, "relate them: what is unmapped cannot look safe")
    advice = "give them one: without it every hour counts the same"
    told = f"{found.services_without_calendar} of {found.services}"
    verdict = Verdict.NOTE if found.services_without_calendar else Verdict.OK
    yield Check("services without a calendar", verdict, told, advice if found.services_without_calendar else "")
    yield _none("relations not confirmed for a year", found.stale_relations, "ask their owners, or import them again")


def _none(name: str, count: int, advice: str, verdict: Verdict = Verdict.NOTE) -> Check:
    return Check(name, verdict, f"{count:,}", advice) if count else Check(name, Verdict.OK, "0")


def _limit(name: str, count: int, most: int, advice: str, unit: str = "") -> Check:
    is_fine = count <= most
    return Check(name, Verdict.OK if is_fine else Verdict.NOTE, f"{count:,}{unit}", "" if is_fine else advice)
