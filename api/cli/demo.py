"""`headwater demo`: a bank in a file of its own, what a change manager would ask about it, then the API on top."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.cli.serve import serve
from api.cli.session import run
from api.demo.database_file import check_replaceable, fresh_draft, put_in_place
from api.demo.dates import ZONE_NAME, this_monday
from api.demo.report import print_report
from api.demo.seeding import STEPS, Stage, Step, seed_demo
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import seeded_ids
from domain.kernel.time import FixedClock, SystemClock, local_instant
from domain.store.settings import async_url, sqlite_file
from domain.usecases.accounts import create_service_account
from workers.runtime import Runtime

DEFAULT_URL = "sqlite:///headwater-demo.db"
HOST = "127.0.0.1"
FIRST_YEAR, LAST_YEAR = 2000, 2099


def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, help="What the past of the bank is made up from.")] = 1,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="INSTANT", help=f"The present of the demo; without an offset in {ZONE_NAME}."),
    ] = None,
    database: Annotated[str, typer.Option(metavar="URL", help="Where the demo is kept.")] = DEFAULT_URL,
    report_only: Annotated[bool, typer.Option("--report-only", help="Print the report and end.")] = False,
    is_fitted: Annotated[
        bool,
        typer.Option("--activate-fit", help="Fit the risk to the two years past and score the coming month with it."),
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8000,
) -> None:
    """Seed a believable estate, explain three of its coming changes and the next agenda, then serve it."""
    present = this_monday(SystemClock().now()) if as_of is None else _instant(as_of)
    async_url(database)
    file = sqlite_file(database)
    if file is None:
        run(_seed(database, seed, present, is_fitted=is_fitted))
    else:
        check_replaceable(file)
        draft = fresh_draft(file)
        run(_seed(f"sqlite:///{draft}", seed, present, is_fitted=is_fitted))
        put_in_place(draft, file)
    run(_report(database, seed, present))
    if report_only:
        return
    token = run(_token(database))
    sys.stdout.write(f"\nServing http://{HOST}:{port}/#token={token}\nBearer token: {token}\n")
    sys.stdout.flush()
    serve(host=HOST, port=port, database=database)


async def _seed(url: str, seed: int, present: datetime, *, is_fitted: bool) -> None:
    clock = FixedClock(present)
    ids = seeded_ids(seed, clock)
    runtime = await Runtime.open(url, clock=clock, ids=ids)
    try:
        if await runtime.log.head() or await runtime.log.number():
            raise InvalidInput.at("--database", "holds other data: the demo is seeded into an empty database only")
        with _progress() as step:
            await seed_demo(Stage(runtime.ports, clock, ids, runtime), seed, present, step, is_fitted=is_fitted)
    finally:
        await runtime.stop()


async def _report(url: str, seed: int, present: datetime) -> None:
    runtime = await Runtime.open(url, clock=FixedClock(present))
    try:
        await print_report(runtime.ports, seed, present, sys.stdout)
    finally:
        await runtime.stop()


async def _token(url: str) -> str:
    runtime = await Runtime.open(url)
    try:
        account = await create_service_account(runtime.ports, SYSTEM, "headwater demo", Role.ADMINISTRATOR, None)
        return account.token
    finally:
        await runtime.stop()


@contextmanager
def _progress() -> Iterator[Step]:
    """Yield what is told of every step; a person at a terminal sees how far it is."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("Opening the database", total=STEPS)

        def step(text: str) -> None:
            shown.update(task, description=text, advance=1)

        yield step


def _instant(text: str) -> datetime:
    """Return the present asked for, in whole seconds; without an offset it is a local time of the bank."""
    try:
        stated = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError as malformed:
        raise InvalidInput.at("--as-of", "must be an instant such as 2026-11-23T08:00") from malformed
    if not FIRST_YEAR <= stated.year <= LAST_YEAR:
        raise InvalidInput.at("--as-of", f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return local_instant(stated, ZONE_NAME, "--as-of") if stated.tzinfo is None else stated.astimezone(UTC)
